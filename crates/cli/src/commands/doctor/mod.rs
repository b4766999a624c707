//! `countersign doctor`: looks for what is wrong, from the file system to what browsers get. Each check is a line: what
//! was looked at, how it is, what was seen, what to do.

mod clients;
mod database;
mod http;
mod issuer;
mod keys;
mod proxy;

use countersign_server::config::Config;
use countersign_store::Store;
use serde::Serialize;
use serde_json::json;

use super::{
    args,
    place::{configuration, configuration_file},
    print::{Printer, clean, note},
};
use crate::outcome::Trouble;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// As it should be.
    Ok,
    /// Worth a look.
    Look,
    /// It has to be put right.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    /// What was seen.
    saw: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    fn ok(name: &'static str, saw: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, saw: saw.into(), advice: None }
    }

    fn look(name: &'static str, saw: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Look, saw: saw.into(), advice: Some(advice.into()) }
    }

    fn wrong(name: &'static str, saw: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Wrong, saw: saw.into(), advice: Some(advice.into()) }
    }

    fn line(&self) -> String {
        let sign = match self.verdict {
            Verdict::Ok => "\u{2713} ok   ",
            Verdict::Look => "! look ",
            Verdict::Wrong => "\u{2717} wrong",
        };
        let advice = self.advice.as_ref().map(|advice| format!("\n{:25}\u{2192} {}", "", clean(advice)));
        format!("{sign}  {:15}  {}{}", self.name, clean(&self.saw), advice.unwrap_or_default())
    }
}

/// Runs `countersign doctor`; fails if anything is wrong.
pub(crate) async fn run(doctor: &args::Doctor) -> Result<(), Trouble> {
    let checks = examine(doctor).await;
    let wrong = checks.iter().filter(|check| check.verdict == Verdict::Wrong).count();
    Printer::new(doctor.common.json).print(&json!({ "ok": wrong == 0, "checks": checks }), || {
        checks.iter().map(Check::line).collect::<Vec<_>>().join("\n")
    })?;
    match wrong {
        0 => Ok(()),
        1 => Err(Trouble::new("one thing is wrong")),
        _ => Err(Trouble::new(format!("{wrong} things are wrong"))),
    }
}

async fn examine(doctor: &args::Doctor) -> Vec<Check> {
    let config = match configuration(&doctor.common) {
        Ok(config) => config,
        Err(trouble) => {
            let advice = trouble.what_to_do().unwrap_or("Put this right first; everything else depends on it.");
            return vec![Check::wrong("configuration", trouble.to_string(), advice)];
        }
    };
    let origin = configuration_file(&doctor.common);
    let origin = origin.map_or_else(|| "of countersign dev".to_owned(), |file| file.display().to_string());
    let mut checks = vec![Check::ok("configuration", format!("{origin}, issuer {}", config.issuer()))];
    for warning in config.warnings() {
        checks.push(Check::look("unsafe option", warning, "Leave it out unless this is a test bed."));
    }
    checks.push(registration(&config));
    let store = database::check(config.store_path(), &mut checks);
    keys::master(&config, &mut checks);
    if let Some(store) = &store {
        keys::signing(&config, store, &mut checks).await;
        clients::check(store, &mut checks).await;
    }
    issuer::certificate_file(&config, &mut checks);
    if !doctor.offline {
        note("Asking the server …");
        online(&config, store.as_ref(), &mut checks).await;
    }
    checks
}

/// What only the running server can tell.
async fn online(config: &Config, store: Option<&Store>, checks: &mut Vec<Check>) {
    let browser = match http::Browser::new() {
        Ok(browser) => browser,
        Err(trouble) => {
            return checks.push(Check::wrong("issuer", trouble.to_string(), "Look at the system's certificates."));
        }
    };
    if issuer::check(config, &browser, checks).await
        && let Some(store) = store
    {
        issuer::same_database(config, store, &browser, checks).await;
        issuer::cookie(config, store, &browser, checks).await;
        proxy::check(config, store, &browser, checks).await;
    }
}

fn registration(config: &Config) -> Check {
    use countersign_server::realm::Registration;
    let saw = match config.settings().registration {
        Registration::Open => "open: anybody may register a client",
        Registration::InitialAccess => "for whoever holds an initial access token",
        Registration::Closed => "closed: clients come from the configuration and from countersign client add",
    };
    Check::ok("registration", saw)
}
