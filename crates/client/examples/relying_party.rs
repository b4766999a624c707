//! The library by hand, and for other implementations to be tried against it: one command of JSON a line, one answer a line.
//!
//! ```text
//! cargo run -p countersign-client --example relying_party -- http://localhost:4000
//!
//! {"register": {"token_endpoint_auth_method": "none", …}}        metadata of RFC 7591; keys and redirect URI are added
//! {"sign_in": {"scope": "openid", "prompt": "login", "max_age": 0, "same_user": true, "claims": {…}}}
//! {"sign_in": {"scope": "openid", "initiated_by": "iss=…&login_hint=…"}}     as if somebody else had asked for it
//! {"userinfo": {}}   {"refresh": {}}   {"revoke": {}}
//! {"logout_url": {"back": "https://…", "state": "…"}}
//! {"back_channel_logout": {"body": "logout_token=…"}}   {"front_channel_logout": {"query": "iss=…&sid=…"}}
//! ```
//!
//! A sign-in says `{"open": "…"}` first: the address for a browser on this machine. What fails is answered with
//! `{"error": "…"}`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its terminal")]

use std::{io::BufRead as _, process::ExitCode, sync::Arc, time::Duration};

use countersign_client::{
    Algorithm, Client, ClientAuth, ClientConfig, ClientMetadata, DecryptionKey, Edge, IdToken, KeyManagement,
    LoginOptions, Prompt, Provider, ReqwestClient, SigningKey, TokenKeeper, native,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

type Failure = Box<dyn std::error::Error>;

/// As it is registered; providers accept any port there (RFC 8252 §7.3).
const REDIRECT_URI: &str = "http://127.0.0.1/callback";
/// How long the user may take.
const PATIENCE: Duration = Duration::from_mins(5);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Command {
    Register(Box<ClientMetadata>),
    SignIn(Box<Wishes>),
    Userinfo {},
    Refresh {},
    Revoke {},
    LogoutUrl { back: String, state: String },
    BackChannelLogout { body: String },
    FrontChannelLogout { query: String },
}

#[derive(Deserialize)]
struct Wishes {
    scope: String,
    prompt: Option<String>,
    max_age: Option<u32>,
    #[serde(default)]
    same_user: bool,
    #[serde(default)]
    required_acr: Vec<String>,
    initiated_by: Option<String>,
    #[serde(default)]
    claims: Map<String, Value>,
}

struct RelyingParty {
    provider: Provider,
    client: Option<Client>,
    session: Option<(TokenKeeper, IdToken)>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(issuer) = std::env::args().nth(1) else {
        eprintln!("usage: relying_party ISSUER");
        return ExitCode::from(2);
    };
    match run(&issuer).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(issuer: &str) -> Result<(), Failure> {
    let provider = Provider::discover(issuer, Edge::new(ReqwestClient::new()?)).await?;
    let mut party = RelyingParty { provider, client: None, session: None };
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(command) => party.answer(command).await,
            Err(error) => Err(error.into()),
        };
        println!("{}", answer.unwrap_or_else(|error| json!({ "error": error.to_string() })));
    }
    Ok(())
}

impl RelyingParty {
    async fn answer(&mut self, command: Command) -> Result<Value, Failure> {
        match command {
            Command::Register(metadata) => self.register(*metadata).await,
            Command::SignIn(wishes) => self.sign_in(*wishes).await,
            Command::Userinfo {} => {
                let (keeper, id_token) = self.session()?;
                let access_token = keeper.access_token().await?;
                Ok(json!(self.client()?.userinfo(&access_token, id_token).await?.claims()))
            }
            Command::Refresh {} => {
                let (keeper, _) = self.session()?;
                let old = keeper.tokens().access_token.secret;
                let fresh = keeper.replace(&old).await?;
                let sub = keeper.tokens().id_token.map(|token| token.sub().to_owned());
                Ok(json!({"new_access_token": fresh != old, "sub": sub}))
            }
            Command::Revoke {} => {
                self.session()?.0.revoke().await?;
                Ok(json!({"revoked": true}))
            }
            Command::LogoutUrl { back, state } => {
                let (_, id_token) = self.session()?;
                Ok(json!({"url": self.client()?.logout_url(Some(id_token), Some((&back, &state)))?}))
            }
            Command::BackChannelLogout { body } => {
                let ended = self.client()?.back_channel_logout(body.as_bytes()).await?;
                Ok(json!({"sub": ended.sub, "sid": ended.sid}))
            }
            Command::FrontChannelLogout { query } => Ok(json!({"sid": self.client()?.front_channel_logout(&query)?})),
        }
    }

    fn client(&self) -> Result<&Client, Failure> {
        self.client.as_ref().ok_or_else(|| "register first".into())
    }

    fn session(&self) -> Result<&(TokenKeeper, IdToken), Failure> {
        self.session.as_ref().ok_or_else(|| "sign in first".into())
    }

    /// Asks the provider for a client, with the keys that its metadata calls for.
    async fn register(&mut self, mut metadata: ClientMetadata) -> Result<Value, Failure> {
        let signing = SigningKey::generate(Algorithm::ES256)?;
        let (id_token_key, userinfo_key) = (
            decryption_key(metadata.id_token_encrypted_response_alg.as_deref())?,
            decryption_key(metadata.userinfo_encrypted_response_alg.as_deref())?,
        );
        let mut keys = vec![serde_json::to_value(signing.public_jwk())?];
        for key in [&id_token_key, &userinfo_key].into_iter().flatten() {
            keys.push(serde_json::to_value(key.public_jwk())?);
        }
        metadata.redirect_uris = vec![REDIRECT_URI.to_owned()];
        metadata.application_type = Some("native".to_owned());
        metadata.jwks = Some(json!({ "keys": keys }));
        let registered = self.provider.register(&metadata, None).await?;

        let auth = match (metadata.token_endpoint_auth_method.as_deref(), registered.client_secret) {
            (Some("none"), _) => ClientAuth::None,
            (Some("private_key_jwt"), _) => ClientAuth::PrivateKeyJwt(Arc::new(signing)),
            (Some("client_secret_post"), Some(secret)) => ClientAuth::SecretPost(secret),
            (_, Some(secret)) => ClientAuth::SecretBasic(secret),
            (_, None) => return Err("the provider issued no secret".into()),
        };
        let mut config = ClientConfig::confidential(registered.client_id.clone(), auth, REDIRECT_URI);
        if let Some(alg) = &metadata.id_token_signed_response_alg {
            config = config.with_id_token_alg(alg.parse()?);
        }
        if let Some(alg) = &metadata.userinfo_signed_response_alg {
            config = config.with_userinfo_alg(alg.parse()?);
        }
        if let Some(key) = &id_token_key {
            config = config.with_id_token_encryption(key.alg());
        }
        if let Some(key) = &userinfo_key {
            config = config.with_userinfo_encryption(key.alg());
        }
        for key in [id_token_key, userinfo_key].into_iter().flatten() {
            config = config.with_decryption_key(key);
        }
        self.client = Some(self.provider.client(config)?);
        Ok(json!({ "client_id": registered.client_id }))
    }

    async fn sign_in(&mut self, wishes: Wishes) -> Result<Value, Failure> {
        let client = self.client()?;
        let earlier = self.session.as_ref().map(|(_, id_token)| id_token.clone());
        let prompt = wishes.prompt.as_deref().unwrap_or_default();
        let prompt: Option<Vec<Prompt>> = prompt.split_whitespace().map(Prompt::parse).collect();
        let initiation = wishes.initiated_by.map(|query| client.initiation(query)).transpose()?;
        let options = LoginOptions {
            initiation,
            prompt: prompt.ok_or("there is no such prompt")?,
            max_age: wishes.max_age,
            id_token_hint: earlier.filter(|_| wishes.same_user),
            required_acr: wishes.required_acr,
            claims: wishes.claims,
            ..LoginOptions::scope(&wishes.scope)?
        };
        let tokens = native::sign_in(client, &options, PATIENCE, |url| {
            println!("{}", json!({ "open": url }));
            Ok(())
        })
        .await?;
        let id_token = tokens.id_token.clone().ok_or("openid was not asked for")?;
        let claims = json!({
            "sub": id_token.sub(), "sid": id_token.claims().sid,
            "acr": id_token.claims().acr, "other": id_token.claims().other,
        });
        self.session = Some((client.keep(tokens, |_| {}), id_token));
        Ok(claims)
    }
}

fn decryption_key(alg: Option<&str>) -> Result<Option<Arc<DecryptionKey>>, Failure> {
    let Some(alg) = alg else { return Ok(None) };
    Ok(Some(Arc::new(DecryptionKey::generate(alg.parse::<KeyManagement>()?)?)))
}
