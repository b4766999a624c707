//! A program on the user's own machine (RFC 8252): like the eleven steps, but called back at a port of this computer.

use std::time::Duration;

use countersign_client::{ClientMetadata, native::LoopbackListener};
use countersign_demo::SCOPE;
use countersign_protocol::steps::Step;

use crate::{
    Trouble,
    app::Registered,
    checks::{Place, told},
    message::{Exchange, Side},
    record::Record,
    stage::Stage,
    value::Field,
    walk::{Walk, refusal},
};

/// How long the browser may take to come back. It is on this machine, and knows where to go.
const PATIENCE: Duration = Duration::from_secs(10);

/// One sign-in of a native app on its way through the steps.
#[derive(Debug)]
pub(crate) struct Native<'a> {
    walk: Walk<'a>,
    /// Open until the callback has come.
    listener: Option<LoopbackListener>,
}

impl<'a> Native<'a> {
    /// The user is about to start the sign-in: opens the port.
    pub(crate) async fn new(stage: &'a Stage) -> Result<Self, Trouble> {
        let registered = stage.register(&metadata()).await?;
        let listener = LoopbackListener::bind().await.map_err(Trouble::new)?;
        let client = Registered { redirect_uri: listener.redirect_uri().to_owned(), ..registered };
        Ok(Self { walk: Walk::of(stage, client)?, listener: Some(listener) })
    }

    /// Does one step; they must come in order.
    pub(crate) async fn step(&mut self, step: &Step) -> Result<Record, Trouble> {
        match step.number {
            1 => self.begin(step).await,
            7 => self.come_back(step).await,
            12 => self.give_back(step).await,
            _ => self.walk.step(step).await,
        }
    }

    async fn begin(&mut self, step: &Step) -> Result<Record, Trouble> {
        let mut record = self.walk.step(step).await?;
        record.made.push(Field::new("redirect_uri", &self.walk.client.redirect_uri));
        Ok(record)
    }

    /// The browser goes to the port, and the app listens there, at the same time.
    async fn come_back(&mut self, step: &Step) -> Result<Record, Trouble> {
        let record = self.walk.step(step).await?;
        let Some(listener) = self.listener.take() else { return Ok(record) };
        let Walk { app, browser, callback, .. } = &mut self.walk;
        let waiting = async { listener.wait(&app.transaction, PATIENCE).await.map_err(Trouble::new) };
        let (_, trip) = tokio::try_join!(waiting, browser.get(callback))?;
        Ok(Record { exchanges: vec![Exchange::of(&trip, Side::Request)], ..record })
    }

    async fn give_back(&self, step: &Step) -> Result<Record, Trouble> {
        let stage = self.walk.stage;
        let trip = stage.wire.send(self.walk.app.give_back()?).await?;
        let trouble = (!trip.is_success()).then(|| refusal(&trip, "did not take the token back"));
        let checks = told(Place::Revoke, true, &trip);
        let exchanges = vec![Exchange::of(&trip, Side::Both)];
        Ok(Record { exchanges, checks, ..Record::of(step, true) }.failing(trouble))
    }
}

fn metadata() -> ClientMetadata {
    ClientMetadata {
        client_name: Some("Countersign flow (native)".to_owned()),
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        token_endpoint_auth_method: Some("none".to_owned()),
        application_type: Some("native".to_owned()),
        grant_types: Some(vec!["authorization_code".to_owned(), "refresh_token".to_owned()]),
        scope: Some(SCOPE.to_owned()),
        ..ClientMetadata::default()
    }
}
