//! `countersign dev` for one test: on free ports, with data of its own, killed at the end.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    pin::Pin,
    process::{Child, ChildStdout, Command, Stdio},
};

use countersign_client::{HttpClient as _, ReqwestClient, TransportError};
use http::{
    Request, Response, Uri,
    header::{ACCEPT, CONTENT_TYPE},
};
use oauth2::{ClientId, ClientSecret};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Nobody listens there: the user of these tests stops at the door and hands over the address.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";
/// A port that was free may be taken by another test before the system has it.
const TRIES: usize = 20;

type Sent = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send>>;

/// The running system.
pub(crate) struct System {
    child: Child,
    /// Kept open, since what is printed at the end must go somewhere.
    _out: BufReader<ChildStdout>,
    _data: TempDir,
    /// The authorization server.
    pub(crate) issuer: String,
    /// The demo resource server.
    pub(crate) api: String,
    http: ReqwestClient,
}

impl System {
    /// Starts it, and returns when it is up.
    pub(crate) fn start() -> Self {
        let mut complaint = String::new();
        for _ in 0..TRIES {
            match Self::try_at(free_ports()) {
                Ok(system) => return system,
                Err(said) => complaint = said,
            }
        }
        panic!("{complaint}")
    }

    fn try_at(base: u16) -> Result<Self, String> {
        let data = TempDir::new().unwrap();
        let log = data.path().join("log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["dev", "--port", &base.to_string(), "--data"])
            .arg(data.path().join("data"))
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("Ctrl-C") {
            line.clear();
            if out.read_line(&mut line).unwrap() == 0 {
                child.wait().unwrap();
                return Err(std::fs::read_to_string(&log).unwrap());
            }
        }
        Ok(Self {
            child,
            _out: out,
            _data: data,
            issuer: format!("http://localhost:{base}"),
            api: format!("http://localhost:{}", base + 3),
            http: ReqwestClient::new().unwrap(),
        })
    }

    /// The HTTP client for the libraries. Some of them insist on `https` even on loopback; for those it does what a
    /// proxy that ends TLS would do.
    pub(crate) fn http(&self) -> impl Fn(Request<Vec<u8>>) -> Sent + use<> {
        let http = self.http.clone();
        move |mut request| {
            let plain = request.uri().to_string().replace("https://localhost:", "http://localhost:");
            *request.uri_mut() = plain.parse::<Uri>().unwrap();
            let http = http.clone();
            Box::pin(async move { http.send(request).await })
        }
    }

    /// The address that the libraries take for a secure one.
    pub(crate) fn secure(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.replace("http://", "https://"))
    }

    /// Registers a client that authenticates like that.
    pub(crate) async fn register(&self, method: &str) -> (ClientId, Option<ClientSecret>) {
        let own = (method != "none").then_some("client_credentials");
        let grants: Vec<_> = ["authorization_code", "refresh_token"].into_iter().chain(own).collect();
        let metadata = json!({
            "redirect_uris": [REDIRECT_URI],
            "grant_types": grants,
            "token_endpoint_auth_method": method,
        });
        let request = Request::post(format!("{}/register", self.issuer))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(metadata.to_string().into_bytes())
            .unwrap();
        let reply = self.json(request).await;
        let text = |name: &str| reply[name].as_str().map(str::to_owned);
        (ClientId::new(text("client_id").unwrap()), text("client_secret").map(ClientSecret::new))
    }

    /// What the resource server answers to a token: the status, and the JSON.
    pub(crate) async fn files(&self, token: &str) -> (u16, Value) {
        let request = Request::get(format!("{}/files", self.api)).header("authorization", format!("Bearer {token}"));
        let response = self.http.send(request.body(Vec::new()).unwrap()).await.unwrap();
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    async fn json(&self, request: Request<Vec<u8>>) -> Value {
        let response = self.http.send(request).await.unwrap();
        serde_json::from_slice(response.body()).unwrap()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // If it has ended by itself there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first of four free ports in a row.
fn free_ports() -> u16 {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    for _ in 0..TRIES {
        let first = bind(0).unwrap();
        let port = first.local_addr().unwrap().port();
        if (1..4).all(|offset| port.checked_add(offset).is_some_and(|next| bind(next).is_ok())) {
            return port;
        }
    }
    panic!("no four free ports in a row after {TRIES} tries")
}
