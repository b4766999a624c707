//! The eleven steps, one after another, by real HTTP.

use countersign_protocol::{Params, Refusal, steps::Step};

use crate::{
    Trouble,
    app::{self, ClientApp, Registered, Tokens},
    browser::{Browser, Visit},
    checks::{Place, at, refused_by, told},
    message::{Exchange, Sent, Side, members},
    record::Record,
    stage::Stage,
    value::{Field, Value},
    wire::Trip,
};

/// One login on its way through the steps.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    /// Where it takes place.
    pub(crate) stage: &'a Stage,
    /// The client as it is registered.
    pub(crate) client: Registered,
    /// The client at work.
    pub(crate) app: ClientApp,
    /// The user's browser.
    pub(crate) browser: Browser,
    /// Where the browser was sent at last: the callback, with the code.
    pub(crate) callback: String,
    visit: Visit,
    redeemed: Option<Trip>,
    answered: Option<Trip>,
}

/// The parameters by which a token would come in a URL.
const TOKENS_IN_URL: [&str; 3] = ["access_token", "id_token", "refresh_token"];

impl<'a> Walk<'a> {
    /// The user is about to click "Log in".
    pub(crate) async fn new(stage: &'a Stage) -> Result<Self, Trouble> {
        Self::of(stage, stage.client().await?)
    }

    /// The same, at a client that is chosen already.
    pub(crate) fn of(stage: &'a Stage, client: Registered) -> Result<Self, Trouble> {
        let app = stage.begin(&client)?;
        Ok(Self {
            stage,
            client,
            app,
            browser: stage.browser(),
            callback: String::new(),
            visit: Visit::default(),
            redeemed: None,
            answered: None,
        })
    }

    /// Does one step; they must come in order.
    pub(crate) async fn step(&mut self, step: &Step) -> Result<Record, Trouble> {
        let record = Record::of(step, self.stage.pkce);
        match step.number {
            1 => Ok(self.begin(record)),
            2 => Ok(Record { exchanges: vec![Exchange::redirect(&self.app.url)], ..record }),
            3 => self.authorize(record).await,
            4 => Ok(self.pages(record)),
            5 => Ok(self.approve(record)),
            6 => Ok(self.redirect(record)),
            7 => Ok(self.call_back(record)),
            8 => self.redeem(record).await,
            9 => self.tokens(record).await,
            10 => self.ask(record).await,
            _ => Ok(self.data(record)),
        }
    }

    fn begin(&self, record: Record) -> Record {
        let sent = |name: &str| self.app.sent(name).map(|text| Field::new(name, &text));
        let verifier = self.app.verifier().map(|text| Field::new("code_verifier", &text));
        let made = [verifier, sent("code_challenge"), sent("state"), sent("nonce")];
        let mut notes =
            vec!["code_challenge = BASE64URL(SHA-256(code_verifier)): it may be read, the verifier may not."];
        notes.retain(|_| self.stage.pkce);
        Record { made: made.into_iter().flatten().collect(), notes, checks: self.app.checks.clone(), ..record }
    }

    async fn authorize(&mut self, record: Record) -> Result<Record, Trouble> {
        let trip = self.browser.get(&self.app.url).await?;
        let refused = refused_by(&trip);
        let went_on = trip.response.status().is_redirection() && refused.is_none();
        let trouble = (!went_on).then(|| refusal(&trip, "sent the browser to no sign-in page"));
        if went_on {
            let visit = self.browser.sign_in(&self.stage.user, &trip, &self.client.redirect_uri).await;
            self.visit = visit?;
        }
        let checks = told(Place::Authorize, self.stage.pkce, &trip);
        Ok(Record { exchanges: vec![Exchange::of(&trip, Side::Both)], checks, ..record }.failing(trouble))
    }

    fn pages(&self, record: Record) -> Record {
        let shown = self.visit.shown.iter();
        let exchanges: Vec<_> = shown.map(|page| Exchange::of(page, Side::Both)).collect();
        let trouble = exchanges.is_empty().then(|| "no page was shown".to_owned());
        Record { exchanges, ..record }.failing(trouble)
    }

    fn approve(&self, record: Record) -> Record {
        let sent = self.visit.sent.iter();
        let mut exchanges: Vec<_> = sent.map(|form| Exchange::of(form, Side::Both)).collect();
        let stuck = self.visit.stuck.as_ref().map(|said| format!("the page says: {said}"));
        if let Some(last) = exchanges.last_mut().filter(|_| stuck.is_none()) {
            // Its answer is the next step.
            last.shown = Side::Request;
        }
        let checks = if stuck.is_none() { at(Place::Consent, self.stage.pkce, None) } else { Vec::new() };
        let notes = vec!["The password goes to the authorization server and to nobody else: the client never sees it."];
        Record { exchanges, notes, checks, ..record }.failing(stuck)
    }

    fn redirect(&mut self, record: Record) -> Record {
        let Some(last) = &self.visit.last else { return record.failing(Some("no redirect came".to_owned())) };
        let exchanges = vec![Exchange::of(last, Side::Response)];
        last.location().unwrap_or_default().clone_into(&mut self.callback);
        let token = TOKENS_IN_URL.into_iter().find(|name| self.came(name).is_some());
        let trouble = match (self.came("code"), token) {
            (_, Some(name)) => Some(format!("{name} came in the URL")),
            (None, _) => Some(refusal(last, "sent no code")),
            (Some(_), None) => None,
        };
        Record { exchanges, ..record }.failing(trouble)
    }

    /// A parameter of the callback.
    pub(crate) fn came(&self, name: &str) -> Option<String> {
        let (_, query) = self.callback.split_once('?')?;
        Params::parse(query.as_bytes()).ok()?.find(name).map(str::to_owned)
    }

    fn call_back(&self, record: Record) -> Record {
        let (outcome, checks) = self.app.check_callback(&self.callback);
        let exchanges = vec![Exchange::request(Sent::get(&self.callback))];
        Record { exchanges, checks, ..record }.failing(outcome.err().map(|trouble| trouble.to_string()))
    }

    async fn redeem(&mut self, record: Record) -> Result<Record, Trouble> {
        let request = self.app.redeem(&self.came("code").unwrap_or_default())?;
        let trip = self.stage.wire.send(request).await?;
        let exchanges = vec![Exchange::of(&trip, Side::Request)];
        self.redeemed = Some(trip);
        Ok(Record { exchanges, ..record })
    }

    async fn tokens(&mut self, record: Record) -> Result<Record, Trouble> {
        let Some(trip) = self.redeemed.take() else { return Ok(record.failing(Some("no answer came".to_owned()))) };
        let mut checks = told(Place::Token, self.stage.pkce, &trip);
        let mut exchanges = vec![Exchange::of(&trip, Side::Response)];
        let (read, own) = self.app.read_tokens(&trip);
        checks.extend(own);
        if let Err(trouble) = read {
            return Ok(Record { exchanges, checks, ..record }.failing(Some(trouble.to_string())));
        }
        let keys = self.stage.keys().await?;
        exchanges.push(Exchange::of(&keys, Side::Both));
        let (proven, own) = self.app.check_id_token(&keys);
        checks.extend(own.into_iter().filter(|check| !checks.contains(check)).collect::<Vec<_>>());
        let notes = vec!["The access token is opaque to the client. What it says is shown to you, not to the client."];
        let claims = spoken(&self.app.tokens, &keys, &self.client.id);
        let trouble = proven.err().map(|trouble| trouble.to_string());
        Ok(Record { exchanges, claims, notes, checks, ..record }.failing(trouble))
    }

    async fn ask(&mut self, record: Record) -> Result<Record, Trouble> {
        let trip = self.stage.files(self.app.tokens.access_token.as_deref()).await?;
        let exchanges = vec![Exchange::of(&trip, Side::Request)];
        self.answered = Some(trip);
        Ok(Record { exchanges, ..record })
    }

    fn data(&mut self, record: Record) -> Record {
        let Some(trip) = self.answered.take() else { return record.failing(Some("no answer came".to_owned())) };
        let checks = told(Place::Api, self.stage.pkce, &trip);
        let trouble = (!trip.is_success()).then(|| refusal(&trip, "gave no data"));
        Record { exchanges: vec![Exchange::of(&trip, Side::Response)], checks, ..record }.failing(trouble)
    }
}

/// Why a server did not do what it should, in its own words where they are known.
pub(crate) fn refusal(trip: &Trip, otherwise: &str) -> String {
    let whom = trip.request.uri().authority().map(ToString::to_string).unwrap_or_default();
    match refused_by(trip) {
        Some(rule) => Refusal::of(rule).to_string(),
        None => format!("{whom} {otherwise}; it answered {}", trip.response.status()),
    }
}

/// What the tokens say, where they are JWTs.
fn spoken(tokens: &Tokens, keys: &Trip, client_id: &str) -> Vec<(&'static str, Vec<Field>)> {
    let both = [("access_token", &tokens.access_token), ("id_token", &tokens.id_token)];
    let read = |token: &Option<String>| {
        let claims = app::claims(token.as_deref()?, keys)?;
        let audience = claims.get("aud").is_some_and(|aud| *aud == client_id);
        let mut fields = members(&claims.into_iter().collect());
        for field in fields.iter_mut().filter(|field| audience && field.name == "aud") {
            field.value = Value::varying("client_id", client_id);
        }
        Some(fields)
    };
    both.into_iter().filter_map(|(name, token)| Some((name, read(token)?))).collect()
}
