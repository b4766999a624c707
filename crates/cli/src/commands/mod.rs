//! The commands of an administrator. They act on the database of a server that may be running: every change goes through
//! the engine and is committed against the revision that it was based on.

pub(crate) mod args;
mod cert;
mod client;
mod completions;
mod config;
mod confirm;
mod doctor;
mod key;
mod password;
mod place;
mod print;
mod registration;
mod token;
mod user;
mod when;

use args::Admin;

use crate::outcome::Trouble;

/// Runs one of them.
pub(crate) fn run(command: Admin) -> Result<(), Trouble> {
    // One thread is enough: a command does one thing after the other.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Trouble::new)?;
    runtime.block_on(async {
        match command {
            Admin::Client(on) => client::run(&on.common, on.command).await,
            Admin::User(on) => user::run(&on.common, on.command).await,
            Admin::Key(on) => key::run(&on.common, on.command).await,
            Admin::Registration(on) => registration::run(&on.common, &on.command).await,
            Admin::Token(on) => token::run(&on.common, on.command).await,
            Admin::Config(command) => config::run(command),
            Admin::Doctor(doctor) => doctor::run(&doctor).await,
            Admin::Cert(args) => cert::run(&args),
            Admin::Completions { shell } => completions::run(shell),
        }
    })
}
