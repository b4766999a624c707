//! Moves at the client and with what it holds: callbacks, codes, tokens.

use super::{Ended, Reader, Thief, told};
use crate::{
    Trouble,
    app::Tokens,
    attacks::{Act, Bend, Login, Move, Who},
    checks::Place,
    message::{Exchange, Sent, Side},
    record::Record,
    walk::Walk,
    wire::{self, Pairs},
};

/// A resource server of the thief's. Nobody listens there: whoever gets a token for it is the thief.
const OTHER_API: &str = "http://127.0.0.1:4999/other-api";

impl Thief {
    pub(super) async fn call_back(
        &self,
        walk: &Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let own = || format!("{}?{}", walk.client.redirect_uri, self.own.write());
        let url = match (step.login, &self.elsewhere) {
            (Login::Elsewhere, Some(elsewhere)) => elsewhere.callback.clone(),
            // The user's login may not have come that far.
            (Login::Users, _) if !walk.callback.is_empty() => walk.callback.clone(),
            _ => own(),
        };
        let (uri, query) = url.split_once('?').unwrap_or_default();
        let pairs = self.bend(walk, step.bends, Pairs::parse(query.as_bytes())).await?;
        let url = format!("{uri}?{}", pairs.write());
        let exchanges = vec![Exchange::request(Sent::get(&url))];
        if step.act == Act::BlindCallback {
            let worked = pairs.find("code").is_some();
            return Ok((Record { exchanges, ..record }, Ended { worked, refused_by: None }));
        }
        let (outcome, checks) = self.app(walk, step.login)?.check_callback(&url);
        let refused_by = checks.iter().find(|check| !check.ok).map(|check| check.rule);
        Ok((Record { exchanges, checks, ..record }, Ended { worked: outcome.is_ok(), refused_by }))
    }

    pub(super) async fn redeem(
        &mut self,
        walk: &mut Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let code = match (step.login, &self.elsewhere) {
            (Login::Elsewhere, Some(elsewhere)) => code_of(&elsewhere.callback),
            _ => code_of(&walk.callback),
        };
        let request = self.app(walk, step.login)?.redeem(&code)?;
        let trip = self.send(walk, step.bends, request).await?;
        if trip.is_success() {
            *self.tokens_of(walk, step) = Tokens::of(&trip);
        }
        let (record, ended) = told(record, (Place::Token, walk.stage.pkce), &trip);
        // What the thief's own server checks is nobody's business.
        let theirs = step.login == Login::Elsewhere;
        Ok((Record { checks: if theirs { Vec::new() } else { record.checks }, ..record }, ended))
    }

    /// The client proves the ID token that it got last, with keys that it fetches.
    pub(super) async fn read_id_token(
        &self,
        walk: &Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let keys = walk.stage.keys().await?;
        let (outcome, checks) = self.app(walk, step.login)?.check_id_token(&keys);
        let refused_by = checks.iter().find(|check| !check.ok).map(|check| check.rule);
        let exchanges = vec![Exchange::of(&keys, Side::Both)];
        Ok((Record { exchanges, checks, ..record }, Ended { worked: outcome.is_ok(), refused_by }))
    }

    pub(super) async fn refresh(
        &mut self,
        walk: &mut Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let token = match step.by {
            Who::Thief => &self.stolen_refresh_token,
            Who::Client | Who::User => &walk.app.tokens.refresh_token,
        };
        let request = walk.app.refresh(token.as_deref().unwrap_or_default())?;
        let trip = self.send(walk, step.bends, request).await?;
        if trip.is_success() {
            *self.tokens_of(walk, step) = Tokens::of(&trip);
            if step.by == Who::Thief {
                self.stolen_refresh_token.clone_from(&self.tokens.refresh_token);
            }
        }
        Ok(told(record, (Place::Refresh, walk.stage.pkce), &trip))
    }

    /// The client begins another login, for a token that is meant for the thief's resource server.
    pub(super) async fn other_api(&mut self, walk: &mut Walk<'_>, record: Record) -> Result<(Record, Ended), Trouble> {
        let app = walk.stage.begin_for(&walk.client, OTHER_API)?;
        let first = walk.browser.get(&app.url).await?;
        let visit = walk.browser.sign_in(&walk.stage.user, &first, &walk.client.redirect_uri).await?;
        let callback = visit.last.as_ref().and_then(wire::Trip::location).unwrap_or_default();
        let trip = walk.stage.wire.send(app.redeem(&code_of(callback))?).await?;
        self.tokens = Tokens::of(&trip);
        Ok(told(record, (Place::Token, walk.stage.pkce), &trip))
    }

    pub(super) async fn call_api(
        &self,
        walk: &Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let trip = walk.stage.files(Some(&self.token(walk, step))).await?;
        Ok(told(record, (Place::Api, walk.stage.pkce), &trip))
    }

    pub(super) async fn userinfo(
        &self,
        walk: &Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let endpoint = walk.stage.metadata.document().userinfo_endpoint.as_deref();
        let endpoint = endpoint.ok_or_else(|| Trouble::new("the server has no userinfo endpoint"))?;
        let request = wire::bearer(wire::get(endpoint)?, &self.token(walk, step))?;
        let trip = walk.stage.wire.send(request).await?;
        Ok(told(record, (Place::Userinfo, walk.stage.pkce), &trip))
    }

    pub(super) async fn call_reader(
        &mut self,
        walk: &Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let mut token = self.token(walk, step);
        for bend in step.bends {
            if let Bend::Forged(forgery) = bend {
                let published = walk.stage.keys().await?.json();
                let real = walk.app.tokens.access_token.as_deref().unwrap_or_default();
                token = forgery.make(real, &published.into())?;
            }
        }
        if self.reader.is_none() {
            self.reader = Some(Reader::start(walk.stage).await?);
        }
        let reader = self.reader.as_ref().ok_or_else(|| Trouble::new("the resource server did not start"))?;
        let (trip, checks) = reader.files(walk.stage, &token).await?;
        let (record, ended) = told(record, (Place::Api, walk.stage.pkce), &trip);
        Ok((Record { checks, ..record }, ended))
    }

    /// The token that whoever makes a move would send to a resource server.
    fn token(&self, walk: &Walk<'_>, step: &Move) -> String {
        let tokens = if step.by == Who::Thief { &self.tokens } else { &walk.app.tokens };
        let token = if step.bends.contains(&Bend::IdToken) { &walk.app.tokens.id_token } else { &tokens.access_token };
        token.clone().unwrap_or_default()
    }
}

fn code_of(callback: &str) -> String {
    let query = callback.split_once('?').map_or("", |(_, query)| query);
    Pairs::parse(query.as_bytes()).find("code").unwrap_or_default().to_owned()
}
