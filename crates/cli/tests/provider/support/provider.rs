//! `countersign serve` for these tests, and the commands beside it.

use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, mpsc},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::Reply;

const EXAMPLE: &str = include_str!("../../../../../examples/conformance.toml");
/// A port that was free may be taken by another test before the server has it.
const TRIES: usize = 20;
/// Longest that a line of the log is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Ends the server, and removes what it left, as soon as the test process is gone in whatever way.
const KEEPER: &str =
    r#""$0" serve --config "$1/conformance.toml" & echo $!; read -r _; kill $! 2>&-; wait $!; rm -rf "$1""#;

/// A running provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) folder: PathBuf,
    /// Of the server itself, not of its keeper.
    pub(crate) process: u32,
    /// What it said until it was up.
    pub(crate) started: Vec<String>,
    certificate: Vec<u8>,
    log: Mutex<mpsc::Receiver<String>>,
    /// They wait for the end of their standard input, which this process holds.
    keepers: Vec<Child>,
}

/// The one that all tests share which don't need one of their own.
pub(crate) fn provider() -> &'static Provider {
    static SHARED: OnceLock<Provider> = OnceLock::new();
    SHARED.get_or_init(Provider::start)
}

impl Provider {
    /// Makes a certificate by the documented command, and starts.
    pub(crate) fn start() -> Self {
        let mut complaint = String::new();
        for _ in 0..TRIES {
            match Self::try_at(free_port()) {
                Ok(provider) => return provider,
                Err(said) => complaint = said,
            }
        }
        panic!("{complaint}")
    }

    fn try_at(port: u16) -> Result<Self, String> {
        let folder = TempDir::new().unwrap().keep();
        // The relying parties of these tests are served with the same certificate.
        let commented = "# extra_ca = \"conformance/suite.crt\"";
        assert!(EXAMPLE.contains(commented));
        let text = EXAMPLE.replace(":9443", &format!(":{port}"));
        let text = text.replace(commented, "extra_ca = \"conformance/tls.crt\"");
        std::fs::write(folder.join("conformance.toml"), text).unwrap();
        let files = folder.join("conformance");
        run(&folder, &["cert", files.to_str().unwrap()]);
        Self::in_folder(folder, port)
    }

    fn in_folder(folder: PathBuf, port: u16) -> Result<Self, String> {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, env!("CARGO_BIN_EXE_countersign")])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (said, log) = mpsc::channel();
        let mut errors = BufReader::new(keeper.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut line = String::new();
            // Read on when nobody listens any more: a full pipe would stop the server.
            while errors.read_line(&mut line).is_ok_and(|read| read > 0) {
                let _ = said.send(std::mem::take(&mut line));
            }
        });
        let mut out = BufReader::new(keeper.stdout.take().unwrap());
        let mut process = String::new();
        out.read_line(&mut process).unwrap();
        let mut provider = Self {
            issuer: format!("https://localhost:{port}"),
            process: process.trim().parse().unwrap(),
            started: Vec::new(),
            certificate: std::fs::read(folder.join("conformance/tls.crt")).unwrap(),
            log: Mutex::new(log),
            keepers: vec![keeper],
            folder,
        };
        provider.started = provider.wait_for(" serving ")?;
        Ok(provider)
    }

    /// Starts once more what has stopped, with the same data.
    pub(crate) fn start_again(&mut self) {
        let port = self.issuer.rsplit_once(':').unwrap().1.parse().unwrap();
        let again = Self::in_folder(self.folder.clone(), port).unwrap();
        let earlier = std::mem::replace(self, again);
        // It would remove the folder.
        self.keepers.extend(earlier.keepers);
    }

    /// Reads the log up to a line with these words; what was read if there is none.
    pub(crate) fn wait_for(&self, words: &str) -> Result<Vec<String>, String> {
        let log = self.log.lock().unwrap();
        let mut read = Vec::new();
        while let Ok(line) = log.recv_timeout(PATIENCE) {
            let found = line.contains(words);
            read.push(line);
            if found {
                return Ok(read);
            }
            if read.last().is_some_and(|line| line.starts_with("countersign: ")) {
                break;
            }
        }
        Err(read.concat())
    }

    /// Sends the server a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Runs a command on this installation, which must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let config = self.folder.join("conformance.toml");
        run(&self.folder, &[arguments, &["--config", config.to_str().unwrap()]].concat())
    }

    /// Runs a command that is not about an installation.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        run(&self.folder, arguments)
    }

    /// An HTTP client that trusts the certificate that is served now, and nobody else's.
    #[expect(clippy::disallowed_methods, reason = "it asks one server, follows nothing, and trusts one certificate")]
    pub(crate) fn http(&self) -> reqwest::Client {
        let certificate = reqwest::Certificate::from_pem(&self.certificate).unwrap();
        let port = self.issuer.rsplit_once(':').unwrap().1.parse().unwrap();
        reqwest::Client::builder()
            .tls_certs_only([certificate])
            .redirect(reqwest::redirect::Policy::none())
            .resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .no_proxy()
            .build()
            .unwrap()
    }

    /// The address of an endpoint.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.http().get(self.url(path)).send().await.unwrap()).await
    }

    /// The metadata of the provider.
    pub(crate) async fn metadata(&self) -> Value {
        self.get("/.well-known/openid-configuration").await.expect(200).json()
    }

    /// The key set, as text.
    pub(crate) async fn jwks(&self) -> Vec<u8> {
        self.get("/jwks").await.expect(200).body
    }

    /// The certificate that is served now, put in the place of the one that is trusted.
    pub(crate) fn trust_anew(&mut self) {
        self.certificate = std::fs::read(self.folder.join("conformance/tls.crt")).unwrap();
    }
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}{err}");
    out.into_owned()
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
