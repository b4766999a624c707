//! The log: text for people, JSON for machines, on standard error.

use std::io::IsTerminal as _;

use countersign_server::trace;
use tracing_subscriber::EnvFilter;

use crate::outcome::Trouble;

/// Starts the log for the rest of the process.
pub(crate) fn start(wanted: &str, json: bool) -> Result<(), Trouble> {
    let builder = tracing_subscriber::fmt().with_env_filter(filter(wanted)?).with_writer(std::io::stderr);
    let started = if json {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    };
    started.map_err(Trouble::new)
}

/// What is written. Traces of a client are, whatever the level: an administrator turned them on, for as long as they last.
fn filter(wanted: &str) -> Result<EnvFilter, Trouble> {
    EnvFilter::try_new(format!("{}=info,{wanted}", trace::TARGET)).map_err(|error| {
        Trouble::new(format!("log filter {wanted:?}: {error}")).advice("Try info or countersign=debug.")
    })
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use countersign_server::trace;

    use super::filter;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn traces_of_a_client_are_written_at_every_level() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_env_filter(filter("error").unwrap());
        let log = log.with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(log, || {
            tracing::info!(target: trace::TARGET, "traced");
            tracing::warn!("less important");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("traced") && !written.contains("less important"), "{written}");
    }

    #[test]
    fn a_filter_that_is_none_is_refused_as_it_was_typed() {
        let trouble = filter("countersign=loud").unwrap_err();
        assert!(trouble.to_string().starts_with("log filter \"countersign=loud\": "), "{trouble}");
    }
}
