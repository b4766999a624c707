//! What can be typed after `countersign client`, `user`, `key` and the other commands of an administrator.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_protocol::{GrantType, Ttl};

use super::when::parse_span;

/// Heading of the options that all of these commands have.
const PLACE: &str = "Installation and output";

/// The commands of an administrator. They work while the server runs: both look at the same database.
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Clients: the apps and services that may ask for tokens.
    Client(On<Client>),
    /// Accounts: the people who sign in.
    User(On<User>),
    /// Signing keys.
    Key(On<Key>),
    /// Dynamic client registration (RFC 7591).
    Registration(On<Registration>),
    /// Tokens: what one says, and whether it still works.
    Token(On<Token>),
    /// The configuration file.
    #[command(subcommand)]
    Config(Config),
    /// Look for what is wrong: configuration, files, database, keys, clock, proxy, certificate.
    Doctor(Doctor),
    /// Print a completion script for a shell.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// A command with the place that it is about.
#[derive(Debug, Args)]
pub(crate) struct On<C: Subcommand> {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: C,
}

/// Which installation, and how to print. The two fields whose names differ from their options are told apart by these
/// names from the options of `dev`, which have defaults.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Configuration file of the server; without it, what COUNTERSIGN_CONFIG names.
    #[arg(long, global = true, help_heading = PLACE, value_name = "FILE", conflicts_with_all = ["folder", "base_port"])]
    pub(crate) config: Option<PathBuf>,
    /// Data folder of `countersign dev`; without both: .countersign.
    #[arg(long = "data", global = true, help_heading = PLACE, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// The first port of that `countersign dev`.
    #[arg(long = "port", global = true, help_heading = PLACE, value_name = "BASE", default_value_t = crate::args::Dev::PORT)]
    pub(crate) base_port: u16,
    /// Print JSON, for scripts.
    #[arg(long, global = true, help_heading = PLACE)]
    pub(crate) json: bool,
}

/// `countersign client`.
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Register a client; prints its id and, this once, its secret.
    Add(Box<ClientAdd>),
    /// All clients.
    List {
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
    /// Forget a client and what users approved for it; its tokens stop working at once.
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

/// `countersign user`.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make an account; asks for the password.
    Add(UserAdd),
    /// All accounts.
    List {
        /// At most that many.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Stop an account: it can't sign in, and the tokens of its apps stop working.
    Disable {
        /// Its user name, or its subject.
        user: String,
    },
    /// Let a disabled account go on.
    Enable {
        /// Its user name, or its subject.
        user: String,
    },
    /// Give an account another password; it is signed out everywhere.
    SetPassword {
        /// Its user name, or its subject.
        user: String,
        /// Read the password from standard input, in one line.
        #[arg(long)]
        password_stdin: bool,
        /// Leave it signed in where it is.
        #[arg(long)]
        keep_sessions: bool,
    },
}

/// `countersign user add`.
#[derive(Debug, Args)]
pub(crate) struct UserAdd {
    /// What is typed at sign-in; capitals make no difference.
    pub(crate) username: String,
    /// The person's name, as pages and apps show it.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The person's e-mail address.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// That address is known to be theirs.
    #[arg(long, requires = "email")]
    pub(crate) email_verified: bool,
    /// Another claim of OpenID Connect Core section 5.1, such as locale=de-AT.
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    pub(crate) claims: Vec<String>,
    /// Read the password from standard input, in one line.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `countersign key`.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// All signing keys: which sign, which wait, what happens next.
    List,
    /// Replace all signing keys now, ahead of the schedule.
    Rotate,
    /// Print a fresh master key: what encrypts the signing keys in the database.
    NewMaster {
        /// Write it to a new file that only its owner can read, instead of printing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// `countersign registration`.
#[derive(Debug, Subcommand)]
pub(crate) enum Registration {
    /// Make an initial access token, with which an app may register itself; prints it this once.
    Token {
        /// How many clients it may register.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        uses: u32,
        /// How long it works.
        #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = parse_span)]
        expires: Ttl,
    },
}

/// `countersign token`.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Say what a token is, what it says, and whether it still works. Never prints the token itself.
    Inspect {
        /// The token; better leave it out and send it on standard input, where no shell remembers it.
        #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
        token: String,
    },
}

/// `countersign config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Say everything that is wrong with a configuration file, without starting anything.
    Check {
        /// The file; without it, what COUNTERSIGN_CONFIG names.
        #[arg(value_name = "FILE", conflicts_with = "config")]
        file: Option<PathBuf>,
        /// The same, as other commands take it.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Print a configuration file to begin with.
    Example,
}

/// `countersign doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Leave out everything that asks the running server.
    #[arg(long)]
    pub(crate) offline: bool,
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
