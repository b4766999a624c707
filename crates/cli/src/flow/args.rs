//! What can be typed after `countersign flow`.

use clap::{ValueEnum, builder::PossibleValuesParser};
use countersign_flow::attacks;

use crate::dev::PEOPLE;

/// The name by which every attack is meant.
pub(crate) const ALL: &str = "all";

/// `countersign flow`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Flow {
    /// Which flow.
    #[arg(default_value = "code", value_name = "FLOW", conflicts_with_all = ["attack", "guide"])]
    pub(crate) which: Which,
    /// Run against this authorization server; without it, one is started for the time of the run.
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// The resource server to ask for files; without it, three ports above the issuer.
    #[arg(long, value_name = "URL", requires = "issuer")]
    pub(crate) resource: Option<String>,
    /// Who signs in.
    #[arg(long, default_value = PEOPLE[0].0, value_name = "NAME")]
    pub(crate) user: String,
    /// Their password.
    #[arg(long, default_value = PEOPLE[0].1, value_name = "PASSWORD", env = "COUNTERSIGN_PASSWORD", hide_env_values = true)]
    pub(crate) password: String,
    /// The thief's own account, where an attack needs one: NAME:PASSWORD.
    #[arg(long, default_value_t = thief(), value_name = "NAME:PASSWORD")]
    pub(crate) thief: String,
    /// Off runs the older variant: no challenge, a confidential client that relies on its secret.
    #[arg(long, default_value = "on", value_name = "on|off", hide_possible_values = true)]
    pub(crate) pkce: Switch,
    /// Show an attack and what stops it.
    #[arg(long, value_name = "NAME", value_parser = names())]
    pub(crate) attack: Option<String>,
    /// One JSON object a line, for machines.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show codes, tokens and verifiers whole.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Write the page of the guide: one run, with names in the place of what differs from run to run.
    #[arg(long, hide = true, conflicts_with_all = ["json", "issuer", "attack"])]
    pub(crate) guide: bool,
    /// A client that the server knows already; without it, one registers itself.
    #[command(flatten)]
    pub(crate) client: KnownClient,
}

/// A client that was registered before.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct KnownClient {
    /// A client that the server knows; without it, a public one registers itself.
    #[arg(long = "client-id", value_name = "ID", requires = "issuer", requires = "redirect_uri")]
    pub(crate) id: Option<String>,
    /// The client's secret, if it has one.
    #[arg(long = "client-secret", value_name = "SECRET", env = "COUNTERSIGN_CLIENT_SECRET", hide_env_values = true)]
    pub(crate) secret: Option<String>,
    /// One of the client's redirect URIs.
    #[arg(long, value_name = "URI", requires = "id")]
    pub(crate) redirect_uri: Option<String>,
}

/// The flows that this program can be the client of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Authorization Code + PKCE: eleven steps.
    Code,
    /// A client in its own name.
    ClientCredentials,
    /// An app on this computer, called back on a loopback port.
    Native,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

fn thief() -> String {
    let (name, password, _) = PEOPLE[1];
    format!("{name}:{password}")
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(attacks().map(|attack| attack.name).chain([ALL]))
}
