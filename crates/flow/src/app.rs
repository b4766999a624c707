//! The Client App: the client library without its sending, so that every request can be shown before it goes out.

use std::collections::BTreeMap;

use countersign_client::{
    Callback, ClientAuth, ClientConfig, Core, IdToken, LoginOptions, Metadata, Now, Pkce, TokenKind, Transaction,
    id_token, keys, rules, token,
};
use countersign_jose::{JwkSet, Unverified};
use countersign_protocol::{CodeVerifier, Params, Refusal, Secret, Timestamp};

use crate::{
    Trouble,
    checks::{Check, watched},
    edge::{Clock, SystemEntropy},
    wire::{Request, Trip},
};

/// A client as it is registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Its identifier.
    pub id: String,
    /// Its secret, if it is confidential.
    pub secret: Option<Secret>,
    /// Where it is called back.
    pub redirect_uri: String,
}

/// The client, with one login under way.
#[derive(Debug)]
pub(crate) struct ClientApp {
    core: Core,
    clock: Clock,
    asked: LoginOptions,
    /// What it keeps until the browser comes back.
    pub(crate) transaction: Transaction,
    begun: Timestamp,
    /// Where it sends the browser.
    pub(crate) url: String,
    /// What it checked before it sent anybody anywhere.
    pub(crate) checks: Vec<Check>,
    /// The tokens that it got last.
    pub(crate) tokens: Tokens,
}

/// What the token endpoint answers with.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_field_names, reason = "the names of OAuth 2.1 §3.2.3")]
pub(crate) struct Tokens {
    /// For the resource server.
    pub(crate) access_token: Option<String>,
    /// For new tokens.
    pub(crate) refresh_token: Option<String>,
    /// For the client itself.
    pub(crate) id_token: Option<String>,
}

impl Tokens {
    /// The tokens of a reply; none if it is a refusal.
    pub(crate) fn of(trip: &Trip) -> Self {
        let reply = trip.json();
        let text = |name: &str| reply.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        Self { access_token: text("access_token"), refresh_token: text("refresh_token"), id_token: text("id_token") }
    }
}

impl ClientApp {
    /// Begins a login (step 1): makes state, nonce and verifier, and the address of step 2.
    pub(crate) fn begin(
        metadata: &Metadata,
        client: &Registered,
        (pkce, clock): (bool, Clock),
        (scope, resource): (&str, &str),
    ) -> Result<Self, Trouble> {
        let auth = client.secret.clone().map_or(ClientAuth::None, ClientAuth::SecretBasic);
        let policy = if pkce { Pkce::Required } else { Pkce::OffIAcceptCodeInjectionRisk };
        let config =
            ClientConfig::confidential(client.id.as_str(), auth, client.redirect_uri.as_str()).with_pkce(policy);
        let asked =
            LoginOptions { resource: vec![resource.to_owned()], ..LoginOptions::scope(scope).map_err(Trouble::new)? };
        let begun = clock.now();
        let (outcome, checks) = watched(|checks| {
            let core = Core::new(metadata.clone(), config, checks)?;
            let mut entropy = SystemEntropy;
            let begun = core.begin(&asked, &mut Now { time: begun, entropy: &mut entropy, checks })?;
            Ok::<_, Refusal>((core, begun))
        });
        let (core, login) = outcome.map_err(Trouble::new)?;
        Ok(Self {
            core,
            clock,
            asked,
            transaction: login.transaction,
            begun,
            url: login.url,
            checks,
            tokens: Tokens::default(),
        })
    }

    /// A parameter of the authorization request.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        Params::parse(query.as_bytes()).ok()?.find(name).map(str::to_owned)
    }

    /// The verifier of this login, as the token request will carry it.
    pub(crate) fn verifier(&self) -> Option<String> {
        let request = self.redeem("").ok()?;
        Params::parse(request.body()).ok()?.find("code_verifier").map(str::to_owned)
    }

    /// Checks a callback (step 7), and yields its code.
    pub(crate) fn check_callback(&self, url: &str) -> (Result<String, Trouble>, Vec<Check>) {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let (outcome, checks) = watched(|checks| {
            let callback = Callback::parse(query, checks)?;
            self.core.check_callback(&self.transaction, &callback, self.clock.now(), checks)
        });
        (outcome.map(|code| code.expose().to_owned()).map_err(Trouble::new), checks)
    }

    /// The request that redeems a code (step 8).
    pub(crate) fn redeem(&self, code: &str) -> Result<Request, Trouble> {
        self.make(|now| self.core.code_request(&self.transaction, &Secret::new(code), now))
    }

    /// The request that uses a refresh token.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Result<Request, Trouble> {
        self.make(|now| self.core.refresh_request(&Secret::new(refresh_token), now))
    }

    /// The request that gives back all tokens of this login.
    pub(crate) fn give_back(&self) -> Result<Request, Trouble> {
        let (kind, token) = match (&self.tokens.refresh_token, &self.tokens.access_token) {
            (Some(token), _) => (TokenKind::Refresh, token),
            (None, Some(token)) => (TokenKind::Access, token),
            (None, None) => return Err(Trouble::new("there is no token to give back")),
        };
        self.make(|now| self.core.revocation_request(&Secret::new(token.as_str()), kind, now))
    }

    fn make(
        &self,
        make: impl FnOnce(&mut Now<'_>) -> Result<Request, countersign_client::CallError>,
    ) -> Result<Request, Trouble> {
        let mut entropy = SystemEntropy;
        let checks = countersign_client::Checks::unobserved();
        make(&mut Now { time: self.clock.now(), entropy: &mut entropy, checks }).map_err(Trouble::new)
    }

    /// Reads the reply of the token endpoint (step 9), and keeps its tokens.
    pub(crate) fn read_tokens(&mut self, trip: &Trip) -> (Result<(), Trouble>, Vec<Check>) {
        let (outcome, checks) =
            watched(|checks| token::read_reply(&trip.response, &self.asked.scope, self.begun, checks));
        if outcome.is_ok() {
            self.tokens = Tokens::of(trip);
        }
        (outcome.map(drop).map_err(Trouble::new), checks)
    }

    /// Proves the ID token (step 9) with the server's keys.
    pub(crate) fn check_id_token(&self, keys: &Trip) -> (Result<IdToken, Trouble>, Vec<Check>) {
        let nonce = self.sent("nonce").map(Secret::new);
        let (outcome, checks) = watched(|checks| {
            let raw = self.tokens.id_token.clone().map(Secret::new);
            let raw = checks.some(&rules::ID_TOKEN_PRESENT, raw, String::new)?;
            let keys = keys::read(&keys.response, checks)?;
            let verified = id_token::parse(&self.core, &raw, checks)?.verify(&keys);
            let why = verified.as_ref().err().map(ToString::to_string).unwrap_or_default();
            let verified = checks.some(&rules::ID_TOKEN_SIGNATURE, verified.ok(), || why)?;
            let access_token = Secret::new(self.tokens.access_token.clone().unwrap_or_default());
            let expected = id_token::Expected {
                nonce: nonce.as_ref(),
                access_token: &access_token,
                max_age: None,
                begun: self.begun,
                acr: &[],
                sub: None,
                original: None,
            };
            id_token::check(&self.core, (raw.clone(), &verified), expected, self.clock.now(), checks)
        });
        (outcome.map_err(Trouble::new), checks)
    }
}

/// A verifier of the right form that nobody made a challenge of.
pub(crate) fn guessed_verifier() -> String {
    CodeVerifier::random(&mut SystemEntropy).expose().to_owned()
}

/// The claims of a JWT whose signature fits: for the one who watches. To the client an access token is opaque.
pub(crate) fn claims(token: &str, keys: &Trip) -> Option<BTreeMap<String, serde_json::Value>> {
    let keys = JwkSet::parse(keys.response.body()).ok()?;
    Unverified::parse(token).ok()?.verify(&keys).ok()?.claims().ok()
}
