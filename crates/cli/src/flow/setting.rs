//! Where `countersign flow` takes place: a system of its own, started for the time of the run, or one that runs already.

use std::net::{Ipv4Addr, TcpListener};

use countersign_flow::{Options, People, Place, Registered, Stage, User};
use countersign_protocol::Secret;
use tempfile::TempDir;

use super::args::{Flow, KnownClient, Switch};
use crate::{dev::System, outcome::Trouble};

/// How often another place for four ports is looked for, when somebody else was faster.
const TRIES: usize = 20;

/// A stage, and the system around it if that is our own.
#[derive(Debug)]
pub(crate) struct Setting {
    /// What a flow needs.
    pub(crate) stage: Stage,
    own: Option<(System, TempDir)>,
}

impl Setting {
    /// Starts a system, or finds the one that was named.
    pub(crate) async fn open(args: &Flow) -> Result<Self, Trouble> {
        let pkce = args.pkce == Switch::On;
        let (place, client, own) = if let Some(issuer) = &args.issuer {
            (named(issuer, args.resource.as_deref())?, args.client.registered(), None)
        } else {
            let (system, folder) = start().await?;
            let client = if pkce { None } else { Some(system.legacy()?) };
            (Place::from(&system.addresses), client, Some((system, folder)))
        };
        if !pkce && client.as_ref().is_none_or(|client| client.secret.is_none()) {
            return Err(Trouble::new(
                "without PKCE a client needs a secret, and the server must let it leave PKCE out",
            )
            .advice("Name one with --client-id, --client-secret and --redirect-uri, or leave out --issuer."));
        }
        let user = User { name: args.user.clone(), password: args.password.clone() };
        let thief = args.thief.split_once(':').ok_or_else(|| Trouble::new("--thief must be NAME:PASSWORD"))?;
        let thief = User { name: thief.0.to_owned(), password: thief.1.to_owned() };
        let options = Options { pkce, client, ..Options::default() };
        let stage = Stage::at(&place, People { user, thief }, options).await?;
        Ok(Self { stage, own })
    }

    /// Ends what was started, and removes its data.
    pub(crate) async fn close(self) -> Result<(), Trouble> {
        // Connections that are kept alive would hold the servers open.
        drop(self.stage);
        let Some((system, folder)) = self.own else { return Ok(()) };
        system.stop().await?;
        folder.close().map_err(Trouble::new)
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
pub(super) async fn start() -> Result<(System, TempDir), Trouble> {
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

/// A system that runs already.
fn named(issuer: &str, resource: Option<&str>) -> Result<Place, Trouble> {
    let api = resource.map_or_else(|| three_ports_above(issuer), |api| Ok(api.to_owned()))?;
    Ok(Place { issuer: issuer.to_owned(), api, web_app: None })
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
