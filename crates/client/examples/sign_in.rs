//! Signs in to any OpenID Provider that lets clients register themselves (RFC 7591), as a program on the user's own
//! machine does (RFC 8252), and then does everything else that a client does. One JSON object a line says what happened.
//!
//! ```text
//! cargo run -p countersign-client --example sign_in -- http://localhost:4000 [METHOD] [ALGORITHM]
//! ```
//!
//! METHOD is how the client authenticates: `none` (unless given), `client_secret_basic`, `client_secret_post` or
//! `private_key_jwt`. ALGORITHM is for the ID token: `RS256` (unless given), `PS256`,
//! `ES256`, `ES384` or `EdDSA`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its terminal")]

use std::{process::ExitCode, sync::Arc, time::Duration};

use countersign_client::{
    Algorithm, CallError, Client, ClientAuth, ClientConfig, ClientMetadata, Edge, IdToken, LoginOptions, Prompt,
    Provider, ReqwestClient, SigningKey, Tokens, native,
};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// As it is registered; providers accept any port there (RFC 8252 §7.3).
const REDIRECT_URI: &str = "http://127.0.0.1/callback";
/// How long the user may take.
const PATIENCE: Duration = Duration::from_mins(5);

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(issuer) = args.next() else {
        eprintln!("usage: sign_in ISSUER [METHOD] [ALGORITHM]");
        return ExitCode::from(2);
    };
    let method = args.next().unwrap_or_else(|| "none".to_owned());
    let algorithm = args.next().unwrap_or_else(|| "RS256".to_owned());
    match run(&issuer, &method, &algorithm).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(issuer: &str, method: &str, algorithm: &str) -> Result<(), Failure> {
    let provider = Provider::discover(issuer, Edge::new(ReqwestClient::new()?)).await?;
    let client = register(&provider, method, algorithm.parse()?).await?;

    // `offline_access` is for a refresh token, and some providers want `prompt=consent` for it.
    let asked = LoginOptions::scope("openid profile email offline_access")?;
    let options = LoginOptions { prompt: vec![Prompt::Consent], ..asked };
    let tokens = native::sign_in(&client, &options, PATIENCE, |url| {
        say(&json!({"step": "open", "url": url}));
        Ok(())
    })
    .await?;
    let id_token = tokens.id_token.clone().ok_or("openid was asked for, so this can't happen")?;
    say(&json!({"step": "signed_in", "sub": id_token.sub(), "scope": tokens.access_token.scope.to_string()}));
    let user = client.userinfo(&tokens.access_token.secret, &id_token).await?;
    say(&json!({"step": "userinfo", "claims": user.claims()}));
    give_back(&client, tokens, &id_token).await
}

/// Asks the provider for a client of our own, called back on loopback.
async fn register(provider: &Provider, method: &str, algorithm: Algorithm) -> Result<Client, Failure> {
    let key = SigningKey::generate(Algorithm::ES256)?;
    let metadata = ClientMetadata {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        token_endpoint_auth_method: Some(method.to_owned()),
        grant_types: Some(vec!["authorization_code".to_owned(), "refresh_token".to_owned()]),
        client_name: Some("Sign-in example".to_owned()),
        application_type: Some("native".to_owned()),
        id_token_signed_response_alg: Some(algorithm.to_string()),
        jwks: (method == "private_key_jwt").then(|| json!({"keys": [key.public_jwk()]})),
        ..ClientMetadata::default()
    };
    let registered = provider.register(&metadata, None).await?;
    say(&json!({"step": "registered", "client_id": registered.client_id}));
    let auth = match (method, registered.client_secret) {
        ("client_secret_basic", Some(secret)) => ClientAuth::SecretBasic(secret),
        ("client_secret_post", Some(secret)) => ClientAuth::SecretPost(secret),
        ("private_key_jwt", _) => ClientAuth::PrivateKeyJwt(Arc::new(key)),
        ("none", _) => ClientAuth::None,
        _ => return Err("the provider issued no secret for this method".into()),
    };
    let config = ClientConfig::confidential(registered.client_id, auth, REDIRECT_URI);
    Ok(provider.client(config.with_id_token_alg(algorithm))?)
}

/// Refreshes once, as after a 401, then gives the tokens back, and shows that they are worthless.
async fn give_back(client: &Client, tokens: Tokens, id_token: &IdToken) -> Result<(), Failure> {
    let first = tokens.access_token.secret.clone();
    let keeper = client.keep(tokens.clone(), |_| {});
    let second = keeper.replace(&first).await?;
    let rotated = keeper.tokens().refresh_token != tokens.refresh_token;
    let sub = client.userinfo(&second, id_token).await?.claim::<String>("sub");
    say(&json!({"step": "refreshed", "new_access_token": second != first, "rotated": rotated, "sub": sub}));
    keeper.revoke().await?;
    let error = match client.userinfo(&second, id_token).await {
        Err(CallError::Refused(error)) => error.error,
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("the provider accepts a token after its grant was revoked".into()),
    };
    say(&json!({"step": "revoked", "userinfo_says": error}));
    Ok(())
}

fn say(what: &Value) {
    println!("{what}");
}
