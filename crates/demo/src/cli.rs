//! Twig, the command line: a native client (RFC 8252). Signs in by the system's browser and a loopback port, says at
//! each step what happens, shows what the resource server answers, and gives its tokens back.

use std::io::{self, Write};
use std::time::Duration;

use countersign_client::native::{LoopbackListener, NativeError};
use countersign_client::{
    CallError, Client, ClientConfig, ClientError, HttpClient, LoginOptions, Provider, Request, ScopeSet, TokenKind,
    Tokens, TransportError, bearer,
};
use countersign_protocol::{Params, Refusal, scope::NotScopes};
use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::clients::{SCOPE, cli_metadata};
use crate::edge::Edge;

/// How long the user may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Who the command line is to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CliClient {
    /// A client that is registered already, [`crate::CLI`] for example.
    Known(String),
    /// One that registers itself first (RFC 7591).
    Register,
}

/// What to sign in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliLogin {
    /// The authorization server.
    pub issuer: String,
    /// Who signs in.
    pub client: CliClient,
    /// The resource server whose profile and files are shown at the end.
    pub api_url: String,
}

/// Why a sign-in ended early.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The provider could not be asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no safe way for this client to work with this provider.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The sign-in could not begin.
    #[error(transparent)]
    Begin(#[from] Refusal),
    /// The browser did not come back, or with something wrong.
    #[error(transparent)]
    Native(#[from] NativeError),
    /// The resource server did not answer.
    #[error("the resource server: {0}")]
    Api(#[from] TransportError),
    /// A constant of this program is no scope.
    #[error(transparent)]
    Scope(#[from] NotScopes),
    /// What happens could not be printed.
    #[error("can't print: {0}")]
    Print(#[from] io::Error),
}

/// Signs in, and prints to `out` what happens. `open` shows an address to the user:
/// [`open_browser`](countersign_client::native::open_browser) will do. If it fails the user opens the address, which is
/// printed too.
pub async fn login(
    what: &CliLogin,
    edge: &Edge,
    open: impl FnOnce(&str) -> io::Result<()>,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let provider = Provider::discover(&what.issuer, edge.for_client()).await?;
    writeln!(out, "1. Read the metadata of {}.", provider.metadata().issuer())?;
    let client_id = match &what.client {
        CliClient::Known(id) => id.clone(),
        CliClient::Register => {
            let id = provider.register(&cli_metadata(), None).await?.client_id;
            writeln!(out, "   Registered as a new client: {id}")?;
            id
        }
    };
    let listener = LoopbackListener::bind().await.map_err(NativeError::Listen)?;
    let client = provider.client(ClientConfig::public(client_id, listener.redirect_uri()))?;
    let tokens = sign_in(what, &client, (listener, open), out).await?;
    writeln!(out, "6. Asked the resource server at {}, with the access token in the header.", what.api_url)?;
    for (path, scope) in [("/profile", "read:profile"), ("/files", "read:files")] {
        show(what, edge, (&tokens, path, scope), out).await?;
    }
    give_back(&client, &tokens).await?;
    writeln!(out, "7. Gave the tokens back. They are worthless now.")?;
    Ok(())
}

async fn sign_in(
    what: &CliLogin,
    client: &Client,
    (listener, open): (LoopbackListener, impl FnOnce(&str) -> io::Result<()>),
    out: &mut impl Write,
) -> Result<Tokens, CliError> {
    let scope = ScopeSet::parse(SCOPE)?;
    let options = LoginOptions { scope, resource: vec![what.api_url.clone()], ..LoginOptions::default() };
    writeln!(out, "2. Opened {} until you come back.", listener.redirect_uri())?;
    let begun = client.begin(&options)?;
    writeln!(out, "3. Made a code_verifier, which stays here. Its hash travels:")?;
    writeln!(out, "   code_challenge = {}", challenge(&begun.url).unwrap_or_else(|| "(none)".to_owned()))?;
    writeln!(out, "4. Sign in with your browser. If none opens, go to\n\n   {}\n", begun.url)?;
    out.flush()?;
    if let Err(error) = open(&begun.url) {
        writeln!(out, "   (no browser could be opened: {error})")?;
    }
    let callback = listener.wait(&begun.transaction, PATIENCE).await?;
    writeln!(out, "   The browser came back. The port is closed again.")?;
    let tokens = client.finish(begun.transaction, &callback).await.map_err(NativeError::Finish)?;
    writeln!(out, "5. Swapped the code and the code_verifier for tokens, past the browser.")?;
    writeln!(out, "   Signed in: {}", printable(&name(client, &tokens).await))?;
    writeln!(out, "   You allowed: {}", tokens.access_token.scope)?;
    Ok(tokens)
}

/// Who signed in: from the ID token, from userinfo where that tells more, else the bare identifier.
async fn name(client: &Client, tokens: &Tokens) -> String {
    let Some(id_token) = &tokens.id_token else { return String::new() };
    let mut name = id_token.claim::<String>("name");
    if name.is_none() {
        name = client.userinfo(&tokens.access_token.secret, id_token).await.ok().and_then(|info| info.claim("name"));
    }
    name.unwrap_or_else(|| id_token.sub().to_owned())
}

/// One call to the resource server, and its answer.
async fn show(
    what: &CliLogin,
    edge: &Edge,
    (tokens, path, scope): (&Tokens, &str, &str),
    out: &mut impl Write,
) -> Result<(), CliError> {
    let token = &tokens.access_token;
    if !token.scope.contains(scope) {
        writeln!(out, "   GET {path}: left out, since you did not allow {scope}.")?;
        return Ok(());
    }
    let mut credential = HeaderValue::from_str(bearer(&token.secret).expose()).map_err(TransportError::new)?;
    credential.set_sensitive(true);
    let mut request = Request::new(Vec::new());
    *request.uri_mut() =
        format!("{}{path}", what.api_url).parse().map_err(|e: http::uri::InvalidUri| TransportError::new(e))?;
    request.headers_mut().insert(AUTHORIZATION, credential);
    let answer = edge.outgoing().send(request).await?;
    writeln!(out, "   GET {path}: {}", answer.status())?;
    if answer.status() == StatusCode::OK {
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        for line in lines(path, &body) {
            writeln!(out, "     {}", printable(&line))?;
        }
    }
    Ok(())
}

/// What the resource server answered, for people.
fn lines(path: &str, body: &Value) -> Vec<String> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if path == "/profile" {
        return vec![format!("{}. In front of it: {}.", text(body, "shelf"), text(body, "plant"))];
    }
    let files = body.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    files.iter().map(|file| format!("{:<26} {}", text(file, "name"), text(file, "about"))).collect()
}

async fn give_back(client: &Client, tokens: &Tokens) -> Result<(), CallError> {
    match &tokens.refresh_token {
        Some(token) => client.revoke(token, TokenKind::Refresh).await,
        None => client.revoke(&tokens.access_token.secret, TokenKind::Access).await,
    }
}

/// The challenge in the address of an authorization request.
fn challenge(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    Params::parse(query.as_bytes()).ok()?.find("code_challenge").map(str::to_owned)
}

/// Text from outside, without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{challenge, lines, printable};

    #[test]
    fn the_challenge_is_read_from_the_address() {
        let url = "http://localhost:4000/authorize?client_id=demo-cli&code_challenge=abc&scope=openid";
        assert_eq!(challenge(url).as_deref(), Some("abc"));
        assert_eq!(challenge("http://localhost:4000/authorize"), None);
    }

    #[test]
    fn answers_of_another_form_are_shown_as_nothing() {
        assert!(lines("/files", &json!({"files": 7})).is_empty());
        assert_eq!(lines("/files", &json!({"files": [{"name": "a", "about": "b"}]})), [format!("{:<26} b", "a")]);
        assert_eq!(lines("/profile", &json!({"shelf": "Shelf 1", "plant": "ivy"})), ["Shelf 1. In front of it: ivy."]);
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(printable("Al\u{1b}[31mice\n"), "Al[31mice");
    }
}
