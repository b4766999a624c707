//! `countersign config`: looks at a configuration file, or prints one to begin with.

use std::path::Path;

use countersign_server::config::{Config, Fault};
use serde_json::json;

use super::{
    args,
    place::named_by_environment,
    print::{Printer, out},
};
use crate::outcome::Trouble;

/// Runs `countersign config`.
pub(crate) fn run(command: args::Config) -> Result<(), Trouble> {
    match command {
        args::Config::Check { file, config, json } => {
            let named = file.or(config).or_else(named_by_environment);
            let file = named.ok_or_else(|| {
                Trouble::new("expected a configuration file").advice("Name it: countersign config check FILE")
            })?;
            check(Printer::new(json), &file)
        }
        args::Config::Example => out(Config::example()),
    }
}

/// Every fault at once; warnings only if there is none, since they are about what the file means.
fn check(printer: Printer, file: &Path) -> Result<(), Trouble> {
    let loaded = Config::load(file, &|name| std::env::var(name).ok());
    let faults = loaded.as_ref().err().map_or(&[][..], Vec::as_slice);
    let warnings = loaded.as_ref().map(Config::warnings).unwrap_or_default();
    let in_json = |fault: &Fault| json!({ "line": fault.line, "key": fault.key, "what": fault.what });
    let value = json!({
        "ok": faults.is_empty(),
        "faults": faults.iter().map(in_json).collect::<Vec<_>>(),
        "warnings": warnings,
    });
    printer.print(&value, || {
        let faults = faults.iter().map(|fault| format!("{}: {fault}", file.display()));
        let warnings = warnings.iter().map(|warning| format!("{}: warning: {warning}", file.display()));
        let usable = loaded.is_ok().then(|| format!("{} can be used.", file.display()));
        faults.chain(warnings).chain(usable).collect::<Vec<_>>().join("\n")
    })?;
    match faults.len() {
        0 => Ok(()),
        1 => Err(Trouble::new("1 fault").advice("docs/config.md describes every key.")),
        count => Err(Trouble::new(format!("{count} faults")).advice("docs/config.md describes every key.")),
    }
}
