//! Where a flow takes place: a system that runs somewhere, and who acts on it.

use std::time::Duration;

use countersign_client::{ClientMetadata, Metadata, metadata};
use countersign_demo::{Addresses, SCOPE};
use countersign_protocol::{Secret, registration::RegistrationReply};
use http::{HeaderValue, Method, header};

use crate::{
    Trouble,
    app::{ClientApp, Registered},
    browser::{Browser, User},
    checks::watched,
    edge::Clock,
    trace::TraceId,
    wire::{self, Trip, Wire},
};

/// Where the code goes, for a client that registers itself. Nobody listens there: the flow is its own client.
const REDIRECT_URI: &str = "https://app.example/callback";

/// Where everything is. No address ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The authorization server, by its issuer identifier.
    pub issuer: String,
    /// The resource server.
    pub api: String,
    /// The demo's web app, if there is one.
    pub web_app: Option<String>,
}

impl From<&Addresses> for Place {
    fn from(addresses: &Addresses) -> Self {
        let Addresses { issuer, web_app, api, .. } = addresses.clone();
        Self { issuer, api, web_app: Some(web_app) }
    }
}

/// Who takes part.
#[derive(Debug, Clone)]
pub struct People {
    /// Who signs in.
    pub user: User,
    /// Who attacks, with an account of their own.
    pub thief: User,
}

/// What can be chosen about a flow.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether PKCE is used. Without it the client needs a secret, and the server must let it leave PKCE out.
    pub pkce: bool,
    /// The client; without it, a public one registers itself.
    pub client: Option<Registered>,
    /// The clock that the client goes by.
    pub clock: Clock,
    /// The name under which every request can be found again by whoever watches the wire.
    pub run: Option<TraceId>,
    /// How long an answer is waited for, where somebody may hold messages up; otherwise as long as a client would.
    pub patience: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self { pkce: true, client: None, clock: Clock::system(), run: None, patience: None }
    }
}

/// Everything that a flow needs around it.
#[derive(Debug)]
pub struct Stage {
    /// The network.
    pub(crate) wire: Wire,
    /// What the authorization server says about itself.
    pub(crate) metadata: Metadata,
    /// The resource server, without a slash at its end.
    pub(crate) api: String,
    /// Who signs in.
    pub(crate) user: User,
    /// Who attacks.
    pub(crate) thief: User,
    /// Whether PKCE is used.
    pub(crate) pkce: bool,
    /// The demo's web app.
    pub(crate) web_app: Option<String>,
    /// The clock that clients go by.
    pub(crate) clock: Clock,
    known: Option<Registered>,
}

impl Stage {
    /// Finds the system.
    pub async fn at(place: &Place, people: People, options: Options) -> Result<Self, Trouble> {
        let Options { pkce, client, clock, run, patience } = options;
        let wire = Wire::new(&place.issuer, run, patience)?;
        let metadata = discover(&wire, &place.issuer).await?;
        let (People { user, thief }, Place { api, web_app, .. }) = (people, place.clone());
        Ok(Self { wire, metadata, api, web_app, user, thief, pkce, clock, known: client })
    }

    /// The authorization server.
    pub fn issuer(&self) -> &str {
        self.metadata.issuer()
    }

    /// The resource server.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The user name of the one who signs in.
    pub fn user_name(&self) -> &str {
        &self.user.name
    }

    /// Whether PKCE is used.
    pub fn pkce(&self) -> bool {
        self.pkce
    }

    /// The client of a flow: the one that is known, or a new public one.
    pub(crate) async fn client(&self) -> Result<Registered, Trouble> {
        match &self.known {
            Some(client) if self.pkce || client.secret.is_some() => Ok(client.clone()),
            None if self.pkce => self.register(&public("Countersign flow")).await,
            _ => Err(Trouble::new("without PKCE a client needs a secret, and the server must let it leave PKCE out")),
        }
    }

    /// The client begins a login.
    pub(crate) fn begin(&self, client: &Registered) -> Result<ClientApp, Trouble> {
        self.begin_for(client, &self.api)
    }

    /// The same, for a token that is meant for another resource server.
    pub(crate) fn begin_for(&self, client: &Registered, resource: &str) -> Result<ClientApp, Trouble> {
        ClientApp::begin(&self.metadata, client, (self.pkce, self.clock.clone()), (SCOPE, resource))
    }

    /// The same at another authorization server.
    pub(crate) fn begin_at(&self, metadata: &Metadata, client: &Registered) -> Result<ClientApp, Trouble> {
        ClientApp::begin(metadata, client, (self.pkce, self.clock.clone()), (SCOPE, &self.api))
    }

    /// A client without a secret begins a login, which takes PKCE in any case.
    pub(crate) fn begin_public(&self, client: &Registered) -> Result<ClientApp, Trouble> {
        ClientApp::begin(&self.metadata, client, (true, self.clock.clone()), (SCOPE, &self.api))
    }

    /// A browser that nobody has used yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.wire.clone())
    }

    /// The same, whose requests belong to no run.
    pub(crate) fn unwatched_browser(&self) -> Browser {
        Browser::new(self.wire.unmarked())
    }

    /// From now on the requests of that browser belong to the run.
    pub(crate) fn watched(&self, browser: Browser) -> Browser {
        browser.on(self.wire.clone())
    }

    /// The keys that the authorization server publishes.
    pub(crate) async fn keys(&self) -> Result<Trip, Trouble> {
        self.wire.send(wire::get(&self.metadata.document().jwks_uri)?).await
    }

    /// Registers a client (RFC 7591 §3.1).
    pub(crate) async fn register(&self, client: &ClientMetadata) -> Result<Registered, Trouble> {
        let closed = || {
            Trouble::new(format!("{} lets no client register itself", self.metadata.issuer()))
                .advice("Name a client with --client-id and --redirect-uri.")
        };
        let endpoint = self.metadata.document().registration_endpoint.as_deref().ok_or_else(closed)?;
        let mut request = wire::get(endpoint)?;
        *request.method_mut() = Method::POST;
        *request.body_mut() = serde_json::to_vec(client).map_err(Trouble::new)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let trip = self.wire.send(request).await?;
        if !trip.is_success() {
            return Err(closed());
        }
        let reply: RegistrationReply = serde_json::from_slice(trip.response.body()).map_err(Trouble::new)?;
        let redirect_uri = client.redirect_uris.first().cloned().unwrap_or_default();
        Ok(Registered { id: reply.client_id, secret: reply.client_secret.map(Secret::new), redirect_uri })
    }

    /// `GET /files` with that token.
    pub(crate) async fn files(&self, token: Option<&str>) -> Result<Trip, Trouble> {
        let request = wire::get(&format!("{}/files", self.api))?;
        self.wire.send(wire::bearer(request, token.unwrap_or_default())?).await
    }
}

/// A public client of that name.
pub(crate) fn public(name: &str) -> ClientMetadata {
    ClientMetadata {
        client_name: Some(name.to_owned()),
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        token_endpoint_auth_method: Some("none".to_owned()),
        grant_types: Some(vec!["authorization_code".to_owned(), "refresh_token".to_owned()]),
        scope: Some(SCOPE.to_owned()),
        ..ClientMetadata::default()
    }
}

/// Reads what an authorization server says about itself.
pub(crate) async fn discover(wire: &Wire, issuer: &str) -> Result<Metadata, Trouble> {
    let (requests, _) = watched(|checks| metadata::requests(issuer, checks));
    let [openid, oauth] = requests.map_err(Trouble::new)?;
    let mut trip = wire.send(openid).await?;
    if !trip.is_success() {
        trip = wire.send(oauth).await?;
    }
    let (read, _) = watched(|checks| metadata::read(issuer, &trip.response, checks));
    read.map_err(|refusal| Trouble::new(format!("{issuer}: {refusal}")))
}
