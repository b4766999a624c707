//! What can be typed after `countersign client`, `user`, `key` and the other commands of an administrator.

mod client;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_jose::Algorithm;
use countersign_protocol::Ttl;

pub(crate) use client::{Client, ClientAdd, Expiry};

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
    /// Make a certificate for a test bed: signed by itself, for names of this machine.
    Cert(Cert),
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
    /// Sign an account out everywhere, or everybody; tokens of apps end with it.
    SignOut(SignOut),
    /// Delete an account, with its sessions and what it allowed to apps.
    Delete {
        /// Its user name, or its subject.
        user: String,
        /// Don't ask.
        #[arg(long)]
        yes: bool,
    },
}

/// `countersign user sign-out`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct SignOut {
    /// Its user name, or its subject.
    #[arg(required_unless_present = "everybody", conflicts_with = "everybody")]
    pub(crate) user: Option<String>,
    /// All accounts: after an older backup was restored, say.
    #[arg(long)]
    pub(crate) everybody: bool,
    /// Let apps go on that were allowed to without the user (`offline_access`).
    #[arg(long)]
    pub(crate) keep_offline: bool,
    /// Forget what was allowed to apps, so that each asks again.
    #[arg(long, conflicts_with = "keep_offline")]
    pub(crate) forget_approvals: bool,
    /// Don't ask.
    #[arg(long)]
    pub(crate) yes: bool,
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
    /// Another claim of OpenID Connect Core section 5.1, such as locale=de-AT, or one that a scope of the configuration opens.
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
    /// Replace the signing keys ahead of the schedule: as soon as every verifier can know the new ones.
    Rotate {
        /// At once: when a key may have leaked. Verifiers that keep old keys refuse tokens until they ask again.
        #[arg(long)]
        now: bool,
        /// Only the keys of that algorithm; may come several times.
        #[arg(long = "algorithm", value_name = "ALG")]
        algorithms: Vec<Algorithm>,
    },
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

/// `countersign cert`.
#[derive(Debug, Args)]
pub(crate) struct Cert {
    /// Folder for its two files, tls.crt and tls.key; made if it is not there.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Names and addresses by which the server is reached.
    #[arg(value_name = "NAME", default_values = ["localhost", "127.0.0.1", "::1"])]
    pub(crate) names: Vec<String>,
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
