//! Makes the moves of an attack: takes what the client would send, bends it, sends it, and looks at the answer.

use countersign_protocol::Rule;
use http::header;

use crate::{
    Trouble,
    app::{self, Tokens},
    attacks::{Act, Bend, Move, Who},
    browser::Browser,
    checks::{Place, at, refused_by},
    message::{Exchange, Sent, Side},
    record::{Record, Turn},
    stage::public,
    walk::Walk,
    wire::{Pairs, Request, Trip},
};

/// What the thief has got hold of.
#[derive(Debug)]
pub(crate) struct Thief {
    /// Of the user's login.
    stolen_refresh_token: Option<String>,
    /// What the thief was given for a stolen code.
    tokens: Tokens,
    /// The callback of the thief's own login.
    own: Pairs,
}

/// How a move ended.
struct Ended {
    worked: bool,
    refused_by: Option<&'static Rule>,
}

impl Thief {
    /// Looks over the client's shoulder.
    pub(crate) fn beside(walk: &Walk<'_>) -> Self {
        Self {
            stolen_refresh_token: walk.app.tokens.refresh_token.clone(),
            tokens: Tokens::default(),
            own: Pairs::default(),
        }
    }

    /// Makes a move and compares its end with what must be.
    pub(crate) async fn make(&mut self, walk: &mut Walk<'_>, step: &'static Move) -> Result<Record, Trouble> {
        let record = Record::of_move(step);
        let (record, ended) = match step.act {
            Act::Authorize => self.authorize(walk, step, record).await?,
            Act::OwnLogin => self.log_in(walk, record).await?,
            Act::Callback => self.call_back(walk, step, record).await?,
            Act::Redeem => self.redeem(walk, step, record).await?,
            Act::Refresh => self.refresh(walk, step, record).await?,
            Act::CallApi => self.call_api(walk, step, record).await?,
        };
        let as_it_must = match step.refused_by {
            Some(rule) => ended.refused_by == Some(rule),
            None => ended.worked,
        };
        let trouble = (!as_it_must).then(|| unexpected(step, &ended));
        let turn = Some(Turn { by: step.by, act: step.act, refused_by: ended.refused_by });
        Ok(Record { turn, ..record }.failing(trouble))
    }

    async fn authorize(
        &mut self,
        walk: &mut Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let (endpoint, query) = walk.app.url.split_once('?').unwrap_or_default();
        let pairs = self.bend(walk, step.bends, Pairs::parse(query.as_bytes())).await?;
        let trip = walk.browser.get(&format!("{endpoint}?{}", pairs.write())).await?;
        Ok(told(record, (Place::Authorize, walk.stage.pkce), &trip))
    }

    async fn log_in(&mut self, walk: &Walk<'_>, record: Record) -> Result<(Record, Ended), Trouble> {
        let app = walk.stage.begin(&walk.client)?;
        let mut browser = Browser::new(walk.stage.wire.clone());
        let first = browser.get(&app.url).await?;
        let visit = browser.sign_in(&walk.stage.thief, &first, &walk.client.redirect_uri).await?;
        let Some(last) = visit.last else { return Ok((record, Ended { worked: false, refused_by: None })) };
        let query = last.location().and_then(|location| location.split_once('?')).map_or("", |(_, query)| query);
        self.own = Pairs::parse(query.as_bytes());
        let worked = self.own.find("code").is_some();
        let exchanges = vec![Exchange::of(&last, Side::Both)];
        Ok((Record { exchanges, ..record }, Ended { worked, refused_by: None }))
    }

    async fn call_back(&self, walk: &Walk<'_>, step: &Move, record: Record) -> Result<(Record, Ended), Trouble> {
        let (uri, query) = walk.callback.split_once('?').unwrap_or_default();
        let pairs = self.bend(walk, step.bends, Pairs::parse(query.as_bytes())).await?;
        let url = format!("{uri}?{}", pairs.write());
        let (outcome, checks) = walk.app.check_callback(&url);
        let refused_by = checks.iter().find(|check| !check.ok).map(|check| check.rule);
        let exchanges = vec![Exchange::request(Sent::get(&url))];
        Ok((Record { exchanges, checks, ..record }, Ended { worked: outcome.is_ok(), refused_by }))
    }

    async fn redeem(&mut self, walk: &mut Walk<'_>, step: &Move, record: Record) -> Result<(Record, Ended), Trouble> {
        let request = walk.app.redeem(&walk.came("code").unwrap_or_default())?;
        let trip = self.send(walk, step, request).await?;
        if trip.is_success() && step.by == Who::Thief {
            self.tokens = Tokens::of(&trip);
        }
        Ok(told(record, (Place::Token, walk.stage.pkce), &trip))
    }

    async fn refresh(&mut self, walk: &mut Walk<'_>, step: &Move, record: Record) -> Result<(Record, Ended), Trouble> {
        let token = match step.by {
            Who::Thief => &self.stolen_refresh_token,
            Who::Client => &walk.app.tokens.refresh_token,
        };
        let request = walk.app.refresh(token.as_deref().unwrap_or_default())?;
        let trip = self.send(walk, step, request).await?;
        if trip.is_success() {
            let kept = if step.by == Who::Thief { &mut self.tokens } else { &mut walk.app.tokens };
            *kept = Tokens::of(&trip);
        }
        Ok(told(record, (Place::Refresh, walk.stage.pkce), &trip))
    }

    async fn call_api(&self, walk: &Walk<'_>, step: &Move, record: Record) -> Result<(Record, Ended), Trouble> {
        let tokens = if step.by == Who::Thief { &self.tokens } else { &walk.app.tokens };
        let trip = walk.stage.files(tokens.access_token.as_deref()).await?;
        Ok(told(record, (Place::Api, walk.stage.pkce), &trip))
    }

    /// Sends a request of the client's, bent.
    async fn send(&mut self, walk: &Walk<'_>, step: &Move, mut request: Request) -> Result<Trip, Trouble> {
        let form = self.bend(walk, step.bends, Pairs::parse(request.body())).await?;
        if step.bends.iter().any(|bend| matches!(bend, Bend::WithoutSecret | Bend::OtherClient)) {
            request.headers_mut().remove(header::AUTHORIZATION);
        }
        *request.body_mut() = form.write().into_bytes();
        walk.stage.wire.send(request).await
    }

    async fn bend(&self, walk: &Walk<'_>, bends: &[Bend], mut pairs: Pairs) -> Result<Pairs, Trouble> {
        for bend in bends {
            match bend {
                Bend::Without(name) => pairs.remove(name),
                Bend::With(name, text) => pairs.set(name, text),
                Bend::Longer(name, more) => {
                    let longer = format!("{}{more}", pairs.find(name).unwrap_or_default());
                    pairs.set(name, &longer);
                }
                Bend::GuessedVerifier => pairs.set("code_verifier", &app::guessed_verifier()),
                Bend::WithoutSecret => pairs.set("client_id", &walk.client.id),
                Bend::OtherClient => pairs.set("client_id", &walk.stage.register(&public("Thief")).await?.id),
                Bend::OwnCode => pairs.set("code", self.own.find("code").unwrap_or_default()),
                Bend::OwnState => pairs.set("state", self.own.find("state").unwrap_or_default()),
            }
        }
        Ok(pairs)
    }
}

/// The record of a request with its answer.
fn told(record: Record, (place, pkce): (Place, bool), trip: &Trip) -> (Record, Ended) {
    let refused_by = refused_by(trip);
    let ended = Ended { worked: trip.is_success(), refused_by };
    let checks = if ended.worked || refused_by.is_some() { at(place, pkce, refused_by) } else { Vec::new() };
    (Record { exchanges: vec![Exchange::of(trip, Side::Both)], checks, ..record }, ended)
}

fn unexpected(step: &Move, ended: &Ended) -> String {
    let wanted = step.refused_by.map_or("success".to_owned(), |rule| format!("a refusal by {}", rule.id));
    let came = match ended.refused_by {
        Some(rule) => format!("a refusal by {}", rule.id),
        None if ended.worked => "success".to_owned(),
        None => "an answer that names no rule".to_owned(),
    };
    format!("expected {wanted}, got {came}")
}
