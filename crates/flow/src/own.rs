//! A client in its own name (OAuth 2.1 §4.2): no user, no browser.

use countersign_client::{Checks, ClientAuth, ClientConfig, ClientMetadata, Core, Now, ScopeSet, token};
use countersign_protocol::{Timestamp, steps::Step};

use crate::{
    Trouble,
    app::Tokens,
    checks::{Check, Place, told, watched},
    edge::SystemEntropy,
    message::{Exchange, Side},
    record::Record,
    stage::Stage,
    walk::refusal,
    wire::Trip,
};

/// What it asks for. Nothing about users: there is none.
const SCOPE: &str = "read:files";

/// A client that gets itself a token and uses it.
#[derive(Debug)]
pub(crate) struct Own<'a> {
    stage: &'a Stage,
    core: Core,
    scope: ScopeSet,
    checks: Vec<Check>,
    sent_at: Timestamp,
    tokens: Tokens,
    /// The answer that the next step shows.
    answered: Option<Trip>,
}

impl<'a> Own<'a> {
    /// Registers a client that has a secret.
    pub(crate) async fn new(stage: &'a Stage) -> Result<Self, Trouble> {
        let client = stage.register(&metadata()).await?;
        let secret = client.secret.ok_or_else(|| Trouble::new("the new client was given no secret"))?;
        let config = ClientConfig::service(client.id, ClientAuth::SecretBasic(secret));
        let (core, checks) = watched(|checks| Core::new(stage.metadata.clone(), config, checks));
        Ok(Self {
            stage,
            core: core.map_err(Trouble::new)?,
            scope: ScopeSet::parse(SCOPE).map_err(Trouble::new)?,
            checks,
            sent_at: stage.clock.now(),
            tokens: Tokens::default(),
            answered: None,
        })
    }

    /// Does one step; they must come in order.
    pub(crate) async fn step(&mut self, step: &Step) -> Result<Record, Trouble> {
        let record = Record::of(step, true);
        match step.number {
            1 => self.ask_for_token(record).await,
            2 => Ok(self.token(record)),
            3 => self.ask(record).await,
            _ => Ok(self.data(record)),
        }
    }

    async fn ask_for_token(&mut self, record: Record) -> Result<Record, Trouble> {
        self.sent_at = self.stage.clock.now();
        let (mut entropy, checks) = (SystemEntropy, Checks::unobserved());
        let mut now = Now { time: self.sent_at, entropy: &mut entropy, checks };
        let request = self.core.client_credentials_request(&self.scope, Some(&self.stage.api), &mut now);
        let trip = self.stage.wire.send(request.map_err(Trouble::new)?).await?;
        let exchanges = vec![Exchange::of(&trip, Side::Request)];
        self.answered = Some(trip);
        Ok(Record { exchanges, checks: std::mem::take(&mut self.checks), ..record })
    }

    fn token(&mut self, record: Record) -> Record {
        let Some(trip) = self.answered.take() else { return record.failing(Some("no answer came".to_owned())) };
        let mut checks = told(Place::Own, true, &trip);
        let (read, own) = watched(|checks| token::read_reply(&trip.response, &self.scope, self.sent_at, checks));
        checks.extend(own);
        self.tokens = Tokens::of(&trip);
        let too_much = self.tokens.refresh_token.is_some() || self.tokens.id_token.is_some();
        let trouble = match read {
            Err(error) => Some(error.to_string()),
            Ok(_) if too_much => Some("more than an access token came".to_owned()),
            Ok(_) => None,
        };
        Record { exchanges: vec![Exchange::of(&trip, Side::Response)], checks, ..record }.failing(trouble)
    }

    async fn ask(&mut self, record: Record) -> Result<Record, Trouble> {
        let trip = self.stage.files(self.tokens.access_token.as_deref()).await?;
        let exchanges = vec![Exchange::of(&trip, Side::Request)];
        self.answered = Some(trip);
        Ok(Record { exchanges, ..record })
    }

    fn data(&mut self, record: Record) -> Record {
        let Some(trip) = self.answered.take() else { return record.failing(Some("no answer came".to_owned())) };
        let checks = told(Place::Api, true, &trip);
        let trouble = (!trip.is_success()).then(|| refusal(&trip, "gave no data"));
        Record { exchanges: vec![Exchange::of(&trip, Side::Response)], checks, ..record }.failing(trouble)
    }
}

fn metadata() -> ClientMetadata {
    ClientMetadata {
        client_name: Some("Countersign flow (service)".to_owned()),
        token_endpoint_auth_method: Some("client_secret_basic".to_owned()),
        grant_types: Some(vec!["client_credentials".to_owned()]),
        response_types: Some(Vec::new()),
        scope: Some(SCOPE.to_owned()),
        ..ClientMetadata::default()
    }
}
