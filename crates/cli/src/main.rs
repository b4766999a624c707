//! The `countersign` command. Without a subcommand it is `countersign dev`.

#![expect(clippy::print_stderr, reason = "a command says on standard error why it ends")]

mod args;
mod commands;
mod data;
mod demo;
mod dev;
mod flow;
mod interrupt;
mod log;
mod outcome;
mod serve;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    let args = args::Args::parse();
    outcome::report(run(args))
}

fn run(args: args::Args) -> Result<(), outcome::Trouble> {
    let Some(command) = args.command else { return dev::run(&args.dev) };
    match command {
        args::Command::Dev(dev) => dev::run(&dev),
        args::Command::Serve(serve) => serve::run(&serve),
        args::Command::Flow(flow) => flow::run(&flow),
        args::Command::Demo(args::Demo::Login(login)) => demo::login(&login),
        args::Command::Admin(command) => commands::run(command),
    }
}
