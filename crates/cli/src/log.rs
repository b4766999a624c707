//! The log: text for people, JSON for machines, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::outcome::Trouble;

/// Starts the log for the rest of the process.
pub(crate) fn start(filter: &str, json: bool) -> Result<(), Trouble> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Trouble::new(format!("log filter {filter:?}: {error}")).advice("Try info or countersign=debug.")
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    };
    started.map_err(Trouble::new)
}
