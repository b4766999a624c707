//! The small sections: `[store]`, `[sign_in]`, `[log]` and `[metrics]`.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    reader::Reader,
    section::{FILE, Form, Section, Unset, key},
};
use crate::attempts::Limits;

pub(super) static STORE: Section = Section {
    header: "[store]",
    about: "Where everything is kept.",
    keys: &[key(
        "path",
        FILE,
        Unset::Value("\"countersign.db\""),
        "The SQLite database. Made at the first start; its folder must exist. SQLite puts two more files beside it, \
         with the endings `-wal` and `-shm`.",
    )],
    instead: &[],
};

const FAILURES: Form = Form::Count { least: 1, most: 1_000_000 };

pub(super) static SIGN_IN: Section = Section {
    header: "[sign_in]",
    about: "How many wrong passwords are free before each further one doubles the wait, up to 15 minutes. An account \
            is never locked as such, so that a stranger who guesses can't lock its owner out.",
    keys: &[
        key("failures_per_account", FAILURES, Unset::Value("5"), "For one account, from one network."),
        key(
            "failures_per_network",
            FAILURES,
            Unset::Value("50"),
            "For all accounts together, from one network: an IPv4 address, or a /64 of IPv6. So many accounts may be \
             made there, too, before each further one has to wait.",
        ),
        key(
            "sign_up",
            Form::Flag,
            Unset::Value("false"),
            "Whether anybody may make an account, with a user name and a password and nothing that is checked: by a link \
             on the sign-in page, or because an app asks for it (`prompt=create`).",
        ),
    ],
    instead: &[],
};

pub(super) static LOG: Section = Section {
    header: "[log]",
    about: "The log, on standard error. It never holds passwords, codes, tokens or secrets.",
    keys: &[
        key(
            "format",
            Form::OneOf(&["text", "json"]),
            Unset::Value("\"text\""),
            "`text` for people, `json` for machines: one object per line.",
        ),
        key(
            "level",
            Form::OneOf(&["error", "warn", "info", "debug", "trace"]),
            Unset::Value("\"info\""),
            "The least important lines that are written. `debug` names every rule that was checked.",
        ),
        key(
            "trace_id_at_clients",
            Form::Flag,
            Unset::Value("true"),
            "Whether an error that a client is told by redirect has the name by which the log knows it, as \
             `countersign_trace_id`. Clients ignore what they don't know (RFC 6749 section 4.1.2); conformance suites warn \
             of it.",
        ),
    ],
    instead: &[],
};

pub(super) static METRICS: Section = Section {
    header: "[metrics]",
    about: "Numbers for Prometheus, at `/metrics` of an address of their own; without this section there are none. They are \
            about endpoints, errors and rules, never about a person or an app, and whoever reaches the address may read them.",
    keys: &[key(
        "listen",
        Form::Text("an address with a port, such as \"127.0.0.1:9464\" or \"[::1]:9464\""),
        Unset::Required,
        "Where they are served, by plain http.",
    )],
    instead: &[
        ("path", "the page is at /metrics"),
        ("port", "write the address with its port: listen = \"127.0.0.1:9464\""),
    ],
};

/// `[log]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// The least important lines that are written.
    pub level: tracing::Level,
    /// Whether clients are told trace ids by redirect.
    pub trace_id_at_clients: bool,
}

/// How the lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object per line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: tracing::Level::INFO, trace_id_at_clients: true }
    }
}

/// Where the metrics are served; `None`: nowhere. The port of the server itself is taken.
pub(super) fn metrics(root: &Reader<'_>, taken: Option<SocketAddr>) -> Option<SocketAddr> {
    let table = root.table("metrics");
    let listen = table.parse("listen", |text| text.parse::<SocketAddr>().ok())?;
    // The system gives each of two ports 0 one of its own.
    if Some(listen) == taken && listen.port() != 0 {
        table.fault("listen", format!("{listen} is where the server itself listens; metrics need a port of their own"));
    }
    Some(listen)
}

/// The database file.
pub(super) fn store(root: &Reader<'_>) -> PathBuf {
    let table = root.table("store");
    let path = table.formed("path").and_then(|(item, form)| item.file(form));
    let path = path.unwrap_or_else(|| root.source.path("countersign.db"));
    if path.is_dir() {
        table.fault("path", format!("expected a file, but {} is a folder", path.display()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        table.fault("path", format!("there is no folder {}", folder.display()));
    }
    path
}

pub(super) fn sign_in(root: &Reader<'_>) -> Limits {
    let table = root.table("sign_in");
    let usual = Limits::default();
    Limits {
        per_account: table.count("failures_per_account").unwrap_or(usual.per_account),
        per_network: table.count("failures_per_network").unwrap_or(usual.per_network),
    }
}

/// Whether anybody may make an account.
pub(super) fn sign_up(root: &Reader<'_>) -> bool {
    root.table("sign_in").flag("sign_up").unwrap_or(false)
}

pub(super) fn log(root: &Reader<'_>) -> Log {
    let table = root.table("log");
    let usual = Log::default();
    let format = match table.one_of("format") {
        Some("json") => LogFormat::Json,
        _ => usual.format,
    };
    Log {
        format,
        level: table.one_of("level").and_then(|name| name.parse().ok()).unwrap_or(usual.level),
        trace_id_at_clients: table.flag("trace_id_at_clients").unwrap_or(usual.trace_id_at_clients),
    }
}
