//! What can be typed after `countersign`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// OAuth 2.1 authorization server and OpenID Provider that shows what it does. Without a command: dev.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// What to do; without it: dev.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The options of dev.
    #[command(flatten)]
    pub(crate) dev: Dev,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the whole system on this computer: server, demo apps, demo resource server.
    Dev(Dev),
    /// Run the authorization server for real, by a configuration file.
    Serve(Serve),
    /// Walk through a login step by step in the terminal, or attack it.
    Flow(crate::flow::args::Flow),
    /// Use a demo app from the terminal.
    #[command(subcommand)]
    Demo(Demo),
    #[command(flatten)]
    Admin(crate::commands::args::Admin),
}

/// `countersign dev`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Dev {
    /// First of four ports: server, web app, single-page app, resource server.
    #[arg(long, default_value_t = Dev::PORT, value_name = "BASE", value_parser = clap::value_parser!(u16).range(1..=65532))]
    pub(crate) port: u16,
    /// Folder for the database and the key file.
    #[arg(long, default_value = Dev::DATA, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Log as JSON, one object a line.
    #[arg(long)]
    pub(crate) log_json: bool,
    /// What to log, such as `info` or `countersign=debug`.
    #[arg(long, default_value = "warn", value_name = "FILTER", env = "COUNTERSIGN_LOG")]
    pub(crate) log: String,
}

impl Dev {
    /// The first port, unless another one is named.
    pub(crate) const PORT: u16 = 4000;
    /// The data folder, unless another one is named.
    pub(crate) const DATA: &'static str = ".countersign";
}

/// `countersign serve`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Serve {
    /// The configuration file; `countersign config example` prints one.
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    pub(crate) config: PathBuf,
}

/// `countersign demo`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Demo {
    /// Log in as a command-line app does: by your browser and a loopback port. Needs a running `countersign dev`.
    Login(DemoLogin),
}

/// `countersign demo login`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DemoLogin {
    /// The authorization server.
    #[arg(long, default_value = "http://localhost:4000", value_name = "URL")]
    pub(crate) issuer: String,
    /// The resource server whose data is shown; its address must be the audience that it asks for.
    #[arg(long, default_value = "http://localhost:4003", value_name = "URL")]
    pub(crate) resource: String,
    /// Register as a new client first, instead of using the one that dev registers.
    #[arg(long)]
    pub(crate) register: bool,
    /// Print the address only; you open it where you like.
    #[arg(long)]
    pub(crate) no_browser: bool,
}
