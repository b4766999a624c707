//! Where a flow takes place: a system of its own, started for the time of the run, or one that runs already.

use std::net::{Ipv4Addr, TcpListener};

use countersign_client::{ClientMetadata, Metadata, metadata};
use countersign_demo::{SCOPE, WEB_LEGACY};
use countersign_protocol::{Secret, registration::RegistrationReply};
use http::{HeaderValue, Method, header};
use tempfile::TempDir;

use super::{
    app::{ClientApp, Registered},
    args::{Flow, KnownClient, Switch},
    browser::User,
    checks::watched,
    wire::{self, Wire},
};
use crate::{dev::System, outcome::Trouble};

/// Where the code goes, for a client that registers itself. Nobody listens there: the flow is its own client.
const REDIRECT_URI: &str = "https://app.example/callback";
/// How often another place for four ports is looked for, when somebody else was faster.
const TRIES: usize = 20;

/// Everything that a flow needs around it.
#[derive(Debug)]
pub(crate) struct Stage {
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
    known: Option<Registered>,
    own: Option<(System, TempDir)>,
}

impl Stage {
    /// Starts a system, or finds the one that was named.
    pub(crate) async fn open(args: &Flow) -> Result<Self, Trouble> {
        let pkce = args.pkce == Switch::On;
        let own = if args.issuer.is_some() { None } else { Some(start().await?) };
        let issuer = match (&args.issuer, &own) {
            (Some(issuer), _) => issuer.clone(),
            (None, Some((system, _))) => system.addresses.issuer.clone(),
            (None, None) => String::new(),
        };
        let known = match &own {
            Some((system, _)) if !pkce => Some(legacy(system)?),
            _ => args.client.registered(),
        };
        if !pkce && known.as_ref().is_none_or(|client| client.secret.is_none()) {
            return Err(Trouble::new(
                "without PKCE a client needs a secret, and the server must let it leave PKCE out",
            )
            .advice("Name one with --client-id, --client-secret and --redirect-uri, or leave out --issuer."));
        }
        let api = match (&args.resource, &own) {
            (Some(resource), _) => resource.clone(),
            (None, Some((system, _))) => system.addresses.api.clone(),
            (None, None) => three_ports_above(&issuer)?,
        };
        let wire = Wire::new(&issuer)?;
        let metadata = discover(&wire, &issuer).await?;
        let user = User { name: args.user.clone(), password: args.password.clone() };
        let thief = args.thief.split_once(':').ok_or_else(|| Trouble::new("--thief must be NAME:PASSWORD"))?;
        let thief = User { name: thief.0.to_owned(), password: thief.1.to_owned() };
        Ok(Self { wire, metadata, api, user, thief, pkce, known, own })
    }

    /// Ends what was started, and removes its data.
    pub(crate) async fn close(self) -> Result<(), Trouble> {
        // Connections that are kept alive would hold the servers open.
        drop(self.wire);
        let Some((system, folder)) = self.own else { return Ok(()) };
        system.stop().await?;
        folder.close().map_err(Trouble::new)
    }

    /// The client of a flow: the one that is known, or a new public one.
    pub(crate) async fn client(&self) -> Result<Registered, Trouble> {
        match &self.known {
            Some(client) => Ok(client.clone()),
            None => self.register("Countersign flow").await,
        }
    }

    /// The client begins a login.
    pub(crate) fn begin(&self, client: &Registered) -> Result<ClientApp, Trouble> {
        ClientApp::begin(&self.metadata, client, self.pkce, (SCOPE, &self.api))
    }

    /// Registers a public client (RFC 7591 §3.1).
    pub(crate) async fn register(&self, name: &str) -> Result<Registered, Trouble> {
        let closed = || {
            Trouble::new(format!("{} lets no client register itself", self.metadata.issuer()))
                .advice("Name a client with --client-id and --redirect-uri.")
        };
        let endpoint = self.metadata.document().registration_endpoint.as_deref().ok_or_else(closed)?;
        let client = ClientMetadata {
            client_name: Some(name.to_owned()),
            redirect_uris: vec![REDIRECT_URI.to_owned()],
            token_endpoint_auth_method: Some("none".to_owned()),
            grant_types: Some(vec!["authorization_code".to_owned(), "refresh_token".to_owned()]),
            scope: Some(SCOPE.to_owned()),
            ..ClientMetadata::default()
        };
        let mut request = wire::get(endpoint)?;
        *request.method_mut() = Method::POST;
        *request.body_mut() = serde_json::to_vec(&client).map_err(Trouble::new)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let trip = self.wire.send(request).await?;
        if !trip.is_success() {
            return Err(closed());
        }
        let reply: RegistrationReply = serde_json::from_slice(trip.response.body()).map_err(Trouble::new)?;
        Ok(Registered { id: reply.client_id, secret: None, redirect_uri: REDIRECT_URI.to_owned() })
    }

    /// Addresses of this run, and those that stand for them in the guide.
    pub(crate) fn addresses(&self) -> Vec<(String, String)> {
        let Some((system, _)) = &self.own else { return Vec::new() };
        let (here, there) = (&system.addresses, countersign_demo::Addresses::on_loopback(4000));
        [(&here.issuer, there.issuer), (&here.web_app, there.web_app), (&here.spa, there.spa), (&here.api, there.api)]
            .map(|(here, there)| (here.clone(), there))
            .to_vec()
    }
}

impl KnownClient {
    fn registered(&self) -> Option<Registered> {
        let (id, redirect_uri) = self.id.clone().zip(self.redirect_uri.clone())?;
        Some(Registered { id, secret: self.secret.as_deref().map(Secret::new), redirect_uri })
    }
}

/// Starts a system on four free ports, with its data in a folder of its own.
async fn start() -> Result<(System, TempDir), Trouble> {
    let folder = tempfile::Builder::new().prefix("countersign-flow-").tempdir().map_err(Trouble::new)?;
    let mut last = Trouble::new("no four free ports in a row");
    for _ in 0..TRIES {
        let Some(base) = free_ports() else { continue };
        match System::start(base, folder.path()).await {
            Ok(system) => return Ok((system, folder)),
            Err(trouble) => last = trouble,
        }
    }
    Err(last)
}

/// Four ports in a row that were free a moment ago.
fn free_ports() -> Option<u16> {
    let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
    let base = listen(0)?.local_addr().ok()?.port();
    let all = (0..4).map(|offset| listen(base.checked_add(offset)?)).collect::<Option<Vec<_>>>();
    all.map(|_| base)
}

/// The client that the older variant needs: the demo's web app, registered once more in the older way.
fn legacy(system: &System) -> Result<Registered, Trouble> {
    let port = system.addresses.issuer.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
    let found = countersign_demo::clients(port).into_iter().find(|client| client.client_id == WEB_LEGACY);
    let uri = found.and_then(|client| client.metadata.redirect_uris.into_iter().next());
    let redirect_uri = uri.ok_or_else(|| Trouble::new("the demo has no client of the older kind"))?;
    Ok(Registered { id: WEB_LEGACY.to_owned(), secret: Some(system.secret(WEB_LEGACY)?), redirect_uri })
}

async fn discover(wire: &Wire, issuer: &str) -> Result<Metadata, Trouble> {
    let (requests, _) = watched(|checks| metadata::requests(issuer, checks));
    let [openid, oauth] = requests.map_err(Trouble::new)?;
    let mut trip = wire.send(openid).await?;
    if !trip.is_success() {
        trip = wire.send(oauth).await?;
    }
    let (read, _) = watched(|checks| metadata::read(issuer, &trip.response, checks));
    read.map_err(|refusal| Trouble::new(format!("{issuer}: {refusal}")))
}

/// Where `countersign dev` has its resource server.
fn three_ports_above(issuer: &str) -> Result<String, Trouble> {
    let split = issuer.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    match split.and_then(|(host, port)| Some(format!("{host}:{}", port.checked_add(3)?))) {
        Some(api) => Ok(api),
        None => Err(Trouble::new(format!("{issuer} has no port to count from")).advice("Add --resource URL.")),
    }
}

#[cfg(test)]
mod tests {
    use super::three_ports_above;

    #[test]
    fn the_resource_server_is_three_ports_above_the_issuer() {
        assert_eq!(three_ports_above("http://localhost:4000").unwrap(), "http://localhost:4003");
        assert!(three_ports_above("https://id.example").is_err());
        assert!(three_ports_above("http://localhost:65533").is_err());
    }
}
