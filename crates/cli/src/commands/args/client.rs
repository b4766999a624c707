//! What can be typed after `countersign client`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_protocol::{GrantType, Ttl};

use crate::commands::when::parse_span;

/// `countersign client`.
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Register a client; prints its id and, this once, its secret.
    Add(Box<ClientAdd>),
    /// All clients.
    List {
        /// Only those that registered themselves, with when they were last used.
        #[arg(long)]
        dynamic: bool,
        /// At most that many.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// One client, with everything that is known about it.
    Show {
        /// Its client_id.
        id: String,
    },
    /// Make a new secret; the others go on for a while, so that nothing breaks meanwhile.
    RotateSecret {
        /// Its client_id.
        id: String,
        /// When the others stop working: such as 12h, 7d, 0s for at once, or never.
        #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = parse_expiry)]
        expire_others: Expiry,
        /// What to call the new one, to tell it from the others.
        #[arg(long)]
        name: Option<String>,
    },
    /// Stop a client: it gets no tokens, and those that it has stop working.
    Disable {
        /// Its client_id.
        id: String,
    },
    /// Let a disabled client go on.
    Enable {
        /// Its client_id.
        id: String,
    },
    /// Write every reply to a client into the server's log for a while, without secrets, to find out what is wrong.
    #[command(group = clap::ArgGroup::new("when").required(true))]
    Trace {
        /// Its client_id.
        id: String,
        /// For how many minutes, at most a day.
        #[arg(long, group = "when", value_parser = clap::value_parser!(u16).range(1..=1440))]
        minutes: Option<u16>,
        /// Stop it now.
        #[arg(long, group = "when")]
        off: bool,
    },
    /// Forget a client and what users approved for it; its tokens stop working.
    Remove {
        /// Its client_id.
        id: String,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

/// `countersign client add`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub(crate) struct ClientAdd {
    /// Its name, as users see it when they are asked.
    #[arg(long)]
    pub(crate) name: String,
    /// Where codes may be sent; give it once for each address.
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(crate) redirect_uris: Vec<String>,
    /// Where users may land after signing out.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// It can't keep a secret: a single-page app, an app on a phone, a command line.
    #[arg(long)]
    pub(crate) public: bool,
    /// It proves itself with a key of its own instead of a secret (RFC 7523).
    #[arg(long, requires = "jwks", conflicts_with = "public")]
    pub(crate) private_key_jwt: bool,
    /// Its public keys: a JWK Set.
    #[arg(long, value_name = "FILE", requires = "private_key_jwt")]
    pub(crate) jwks: Option<PathBuf>,
    /// Installed on a user's device: may use loopback addresses and schemes of its own (RFC 8252).
    #[arg(long)]
    pub(crate) native: bool,
    /// Scopes that it may ask for; without it, all that are offered.
    #[arg(long, value_name = "SCOPES")]
    pub(crate) scope: Vec<String>,
    /// Grant types that it may use: authorization_code (the one without this), refresh_token, client_credentials.
    #[arg(long = "grant", value_name = "TYPE", value_parser = parse_grant)]
    pub(crate) grants: Vec<GrantType>,
    /// Its client_id; without it, a random one.
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// UNSAFE: let it leave PKCE out. For a confidential client that can't send a challenge.
    #[arg(long, conflicts_with = "public")]
    pub(crate) pkce_optional: bool,
}

/// When something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// After that time.
    In(Ttl),
    /// Not because of this command.
    Never,
}

fn parse_expiry(text: &str) -> Result<Expiry, String> {
    if text == "never" { Ok(Expiry::Never) } else { parse_span(text).map(Expiry::In) }
}

fn parse_grant(text: &str) -> Result<GrantType, String> {
    let names = || GrantType::ALL.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(", ");
    GrantType::parse(text).ok_or_else(|| format!("expected one of {}", names()))
}
