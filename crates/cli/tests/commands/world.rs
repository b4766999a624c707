//! An installation: a folder with a configuration, the command on it, its store, and a server where one is needed.

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use countersign_engine::{
    Writes,
    records::{Authorization, Record},
};
use countersign_protocol::{AuthorizationId, ClientId, ScopeSet, Subject, Timestamp};
use countersign_server::{
    config::Config,
    edge::{Clock as _, SystemClock, SystemEntropy},
    listen,
    router::router,
    start,
};
use countersign_store::Store;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

const BASE: &str = r#"
[store]
path = "realm.db"

[registration]
mode = "initial-access"

[[scopes]]
scope = "read:files"
title = "See your files"
description = "The app can read your files."
"#;

/// A folder with a configuration.
pub(crate) struct Installation {
    folder: TempDir,
    runtime: Runtime,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        assert!(self.ok, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that the command failed, in one line that says this.
    pub(crate) fn refused_with(&self, words: &str) {
        assert!(!self.ok, "{self:?}");
        assert!(self.err.contains(words), "expected {words:?} in {}", self.err);
        assert_eq!(self.err.lines().filter(|line| line.starts_with("countersign:")).count(), 1, "{}", self.err);
        assert!(self.out.is_empty(), "{self:?}");
    }
}

impl Installation {
    /// With a configuration for that issuer, and more of it.
    pub(crate) fn at(issuer: &str, more: &str) -> Self {
        let this = Self { folder: TempDir::new().unwrap(), runtime: Runtime::new().unwrap() };
        this.configure(issuer, more);
        this
    }

    pub(crate) fn new() -> Self {
        Self::at("http://localhost:8080", "")
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, issuer: &str, more: &str) {
        std::fs::write(self.path("countersign.toml"), format!("issuer = {issuer:?}\n{BASE}\n{more}")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on this installation.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, "")
    }

    /// The same, with something on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        let config = self.path("countersign.toml");
        let mut all = arguments.to_vec();
        all.extend(["--config", config.to_str().unwrap()]);
        bare(self.folder.path(), &all, input)
    }

    /// Runs a command that must succeed and print JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        self.run(&all).json()
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A store on the database, as a running server has it.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.path("realm.db")).unwrap()
    }

    /// Puts a record into the database.
    pub(crate) fn insert<R: Record>(&self, record: &R) {
        let mut writes = Writes::none();
        writes.insert(record);
        let store = self.store();
        assert!(self.block_on(store.commit(&writes)).unwrap().is_some());
    }

    /// The record of that key.
    pub(crate) fn find<R: Record>(&self, key: &str) -> Option<R> {
        let store = self.store();
        self.block_on(store.find::<R>(key)).unwrap().map(countersign_engine::Stored::into_inner)
    }

    /// Everything that is in the database files, as text.
    pub(crate) fn database(&self) -> String {
        let names = ["realm.db", "realm.db-wal"];
        let read = |name: &&str| std::fs::read(self.path(name)).unwrap_or_default();
        names.iter().map(|name| String::from_utf8_lossy(&read(name)).into_owned()).collect()
    }

    /// Starts a server on a socket; it goes with this installation.
    pub(crate) fn serve(&self, socket: TcpListener) {
        let config = Config::load(&self.path("countersign.toml"), &|_| None).unwrap();
        let master = config.master_key(&mut SystemEntropy).unwrap();
        let clock = Arc::new(SystemClock);
        let realm = self.block_on(start::open(config.settings(), self.store(), &master, clock)).unwrap();
        self.runtime.spawn(listen::serve(socket, router(realm), None, std::future::pending()));
    }

    /// A free port of the loopback address, bound.
    pub(crate) fn socket(&self) -> (TcpListener, SocketAddr) {
        let socket = self.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    /// An installation whose server runs.
    pub(crate) fn running() -> Self {
        let this = Self::new();
        let (socket, address) = this.socket();
        this.configure(&format!("http://{address}"), "");
        this.serve(socket);
        this
    }

    /// The issuer of the configuration.
    pub(crate) fn issuer(&self) -> String {
        Config::load(&self.path("countersign.toml"), &|_| None).unwrap().issuer().to_owned()
    }

    /// Spawns something that runs until this installation goes.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(future);
    }
}

/// Runs the command in a folder, without anything of this process's environment that it would read.
pub(crate) fn bare(folder: &Path, arguments: &[&str], input: &str) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("COUNTERSIGN_CONFIG")
        .env_remove("COUNTERSIGN_MASTER_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// The text under that key.
pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// What somebody allowed to the app `shop`.
pub(crate) fn approval(subject: &Subject) -> Authorization {
    Authorization {
        id: AuthorizationId::random(&mut SystemEntropy),
        client: ClientId::parse("shop").unwrap(),
        subject: subject.clone(),
        scope: ScopeSet::parse("openid").unwrap(),
        claims: std::collections::BTreeSet::new(),
        unasked: false,
        asked_at: None,
        offline_since: None,
        created_at: now(),
    }
}
