//! Makes the moves of an attack: takes what the client would send, bends it, sends it, and looks at the answer.

mod bend;
mod client;
mod elsewhere;
mod pages;
mod reader;

use countersign_protocol::Rule;

use crate::{
    Trouble,
    app::{ClientApp, Tokens},
    attacks::{Act, Login, Move, Who},
    browser::Browser,
    checks::{Place, at, refused_by},
    message::{Exchange, Side},
    record::{Record, Turn},
    walk::Walk,
    wire::{Pairs, Trip},
};
use elsewhere::Elsewhere;
use reader::Reader;

/// What the thief has got hold of.
#[derive(Debug)]
pub(crate) struct Thief {
    /// Of the user's login.
    stolen_refresh_token: Option<String>,
    /// What the thief was given, or took.
    tokens: Tokens,
    /// The callback of the thief's own login.
    own: Pairs,
    /// The client in the thief's own login.
    own_app: Option<ClientApp>,
    /// A login of the user's that was begun at the thief's server.
    elsewhere: Option<Elsewhere>,
    /// A browser with a cookie that is to be planted.
    planted: Option<Browser>,
    /// The user's browser, in which the cookie was planted.
    signed_in: Option<Browser>,
    /// A resource server that reads tokens itself.
    reader: Option<Reader>,
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
            own_app: None,
            elsewhere: None,
            planted: None,
            signed_in: None,
            reader: None,
        }
    }

    /// Makes a move and compares its end with what must be.
    pub(crate) async fn make(&mut self, walk: &mut Walk<'_>, step: &'static Move) -> Result<Record, Trouble> {
        let record = Record::of_move(step);
        let (record, ended) = match step.act {
            Act::Authorize => self.authorize(walk, step, record).await?,
            Act::OwnLogin => self.log_in(walk, record).await?,
            Act::LeadOn => self.lead_on(walk, record).await?,
            Act::Plant => self.plant(walk, record).await?,
            Act::SignInPlanted => self.sign_in_planted(walk, record).await?,
            Act::UsePlanted => self.use_planted(walk, step, record).await?,
            Act::SignInForThief => self.sign_in_for_thief(walk, record).await?,
            Act::Frame => self.frame(walk, step, record).await?,
            Act::Callback | Act::BlindCallback => self.call_back(walk, step, record).await?,
            Act::Redeem => self.redeem(walk, step, record).await?,
            Act::ReadIdToken => self.read_id_token(walk, step, record).await?,
            Act::Refresh => self.refresh(walk, step, record).await?,
            Act::OtherApi => self.other_api(walk, record).await?,
            Act::CallApi => self.call_api(walk, step, record).await?,
            Act::CallReader => self.call_reader(walk, step, record).await?,
            Act::Userinfo => self.userinfo(walk, step, record).await?,
        };
        let as_it_must = match step.refused_by {
            Some(rule) => ended.refused_by == Some(rule),
            None => ended.worked,
        };
        let trouble = (!as_it_must).then(|| unexpected(step, &ended));
        let turn = Some(Turn { by: step.by, act: step.act, refused_by: ended.refused_by });
        Ok(Record { turn, ..record }.failing(trouble))
    }

    async fn authorize(&self, walk: &mut Walk<'_>, step: &Move, record: Record) -> Result<(Record, Ended), Trouble> {
        let url = self.bent(walk, step, &walk.app.url).await?;
        let trip = walk.browser.get(&url).await?;
        Ok(told(record, (Place::Authorize, walk.stage.pkce), &trip))
    }

    async fn log_in(&mut self, walk: &Walk<'_>, record: Record) -> Result<(Record, Ended), Trouble> {
        let app = walk.stage.begin(&walk.client)?;
        let mut browser = walk.stage.browser();
        let first = browser.get(&app.url).await?;
        let visit = browser.sign_in(&walk.stage.thief, &first, &walk.client.redirect_uri).await?;
        let Some(last) = visit.last else { return Ok((record, Ended { worked: false, refused_by: None })) };
        let query = last.location().and_then(|location| location.split_once('?')).map_or("", |(_, query)| query);
        self.own = Pairs::parse(query.as_bytes());
        self.own_app = Some(app);
        let worked = self.own.find("code").is_some();
        let exchanges = vec![Exchange::of(&last, Side::Both)];
        Ok((Record { exchanges, ..record }, Ended { worked, refused_by: None }))
    }

    async fn lead_on(&mut self, walk: &Walk<'_>, record: Record) -> Result<(Record, Ended), Trouble> {
        let (elsewhere, exchanges) = Elsewhere::begin(walk).await?;
        let worked = elsewhere.callback.contains("code=");
        self.elsewhere = Some(elsewhere);
        Ok((Record { exchanges, ..record }, Ended { worked, refused_by: None }))
    }

    /// The client, in the login that a move is about.
    fn app<'a>(&'a self, walk: &'a Walk<'_>, login: Login) -> Result<&'a ClientApp, Trouble> {
        let found = match login {
            Login::Users => Some(&walk.app),
            Login::Thiefs => self.own_app.as_ref(),
            Login::Elsewhere => self.elsewhere.as_ref().map(|elsewhere| &elsewhere.app),
        };
        found.ok_or_else(|| Trouble::new("that login was never begun"))
    }

    /// The tokens that were handed out to whoever makes a move.
    fn tokens_of<'a>(&'a mut self, walk: &'a mut Walk<'_>, step: &Move) -> &'a mut Tokens {
        let own = match (step.by, step.login) {
            (Who::Thief, _) => return &mut self.tokens,
            (_, Login::Thiefs) => self.own_app.as_mut(),
            (_, Login::Elsewhere) => self.elsewhere.as_mut().map(|elsewhere| &mut elsewhere.app),
            (_, Login::Users) => None,
        };
        &mut own.unwrap_or(&mut walk.app).tokens
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
