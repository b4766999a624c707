//! The authorization request (OAuth 2.1 §4.1.1): what the caller may choose, and the URL made of it.
//!
//! `state`, `nonce`, `code_verifier` and `code_challenge` are made here, fresh for every request, and can be neither
//! given nor left out. Left out: `response_mode=form_post` (its cross-site POST would need a `SameSite=None` cookie),
//! request objects, pushed requests.

use countersign_protocol::{CodeVerifier, Prompt, Refusal, ScopeSet, Secret, params, scope::NotScopes};
use serde_json::{Map, Value, json};

use crate::auth::random_text;
use crate::check::quote;
use crate::config::Pkce;
use crate::id_token::IdToken;
use crate::initiation::Initiation;
use crate::rules;
use crate::sans_io::{Core, Now};
use crate::transaction::Transaction;

/// Parameters that [`LoginOptions::extra`] can't set.
const RESERVED: [&str; 20] = [
    "acr_values",
    "claims",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// What a sign-in asks for. Only what differs from the default needs to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginOptions {
    /// The scopes; ask for no more than you need. With `openid` the reply must hold an ID token.
    pub scope: ScopeSet,
    /// The APIs that the access token is for (RFC 8707).
    pub resource: Vec<String>,
    /// `prompt` (OpenID Connect Core §3.1.2.1).
    pub prompt: Vec<Prompt>,
    /// The user must have signed in within that many seconds. Checked when the ID token comes.
    pub max_age: Option<u32>,
    /// Whom the provider should suggest.
    pub login_hint: Option<String>,
    /// The user who must sign in again, for `prompt=none` or a step-up: sent as `id_token_hint`. Anybody else's ID token
    /// is refused.
    pub id_token_hint: Option<IdToken>,
    /// Languages for the provider's pages, best first, separated by spaces.
    pub ui_locales: Option<String>,
    /// How strongly the user should authenticate, best first, separated by spaces: a wish. Compare `acr` of the ID token.
    pub acr_values: Option<String>,
    /// How strongly the user must authenticate: an ID token whose `acr` is none of these is refused. Sent as an essential
    /// claim where the provider knows the `claims` parameter (OpenID Connect Core §5.5.1.1), else as `acr_values`.
    pub required_acr: Vec<String>,
    /// Single claims that are wanted (OpenID Connect Core §5.5): an object with the members `userinfo` and `id_token`.
    pub claims: Map<String, Value>,
    /// Up to 1024 bytes that come back with the transaction: where the user wanted to go, for example. Sealed in the
    /// cookie, so nobody else reads or writes them.
    pub remember: Option<String>,
    /// Somebody else's wish for this sign-in ([`Client::initiation`](crate::Client::initiation)): its hint is sent unless
    /// `login_hint` is set, and its target comes back with the transaction.
    pub initiation: Option<Initiation>,
    /// Parameters of one provider's own, such as `audience`.
    pub extra: Vec<(String, String)>,
}

impl LoginOptions {
    /// Asks for these scopes, separated by spaces.
    pub fn scope(scope: &str) -> Result<Self, NotScopes> {
        Ok(Self { scope: ScopeSet::parse(scope)?, ..Self::default() })
    }

    /// Whom the provider should suggest.
    fn suggested(&self) -> Option<&str> {
        self.login_hint.as_deref().or_else(|| self.initiation.as_ref()?.login_hint())
    }
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where to send the browser, with status 303.
    pub url: String,
    /// What is needed to finish, to be kept where only this browser brings it back.
    pub transaction: Transaction,
}

/// Without the URL, since `state` in it is nobody else's business.
impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("transaction", &self.transaction).finish_non_exhaustive()
    }
}

impl Core {
    /// Begins a sign-in: makes the transaction and the URL of the authorization request.
    pub fn begin(&self, options: &LoginOptions, now: &mut Now<'_>) -> Result<Begun, Refusal> {
        let checks = now.checks;
        let endpoint = self.metadata.needed("authorization_endpoint", self.metadata.authorization.as_ref(), checks)?;
        let reserved = options.extra.iter().find(|(name, _)| RESERVED.contains(&name.as_str()));
        let what = reserved.map(|(name, _)| quote(name)).unwrap_or_default();
        checks.require(&rules::PARAMETER_RESERVED, reserved.is_none(), || format!("Got {what}"))?;
        let demands = options.max_age.is_some() || !options.required_acr.is_empty() || options.id_token_hint.is_some();
        checks.require(&rules::OPENID_ASKED, !demands || options.scope.contains("openid"), || {
            format!("The scope is {}", quote(&options.scope.to_string()))
        })?;
        let redirect_uri = checks.some(&rules::REDIRECT_URI_FORM, self.config.redirect_uri.as_ref(), || {
            "This client was set up without one, as a service".to_owned()
        })?;
        let transaction = self.new_transaction(redirect_uri, options, now);
        Ok(Begun { url: self.authorization_url(endpoint.as_str(), options, &transaction), transaction })
    }

    /// `acr_values` and `claims`. A demanded `acr` is never asked for in both: what follows is not specified (OpenID
    /// Connect Core §5.5.1.1).
    fn wanted_claims(&self, options: &LoginOptions) -> (Option<String>, Option<String>) {
        let mut claims = options.claims.clone();
        let mut acr_values = options.acr_values.clone();
        if !options.required_acr.is_empty() {
            acr_values = None;
            if self.metadata.document().claims_parameter_supported {
                let id_token = claims.entry("id_token").or_insert(Value::Null);
                if !id_token.is_object() {
                    *id_token = json!({});
                }
                id_token["acr"] = json!({"essential": true, "values": options.required_acr});
            } else {
                acr_values = Some(options.required_acr.join(" "));
            }
        }
        (acr_values, (!claims.is_empty()).then(|| Value::Object(claims).to_string()))
    }

    fn new_transaction(&self, redirect_uri: &str, options: &LoginOptions, now: &mut Now<'_>) -> Transaction {
        let pkce = self.config.pkce != Pkce::OffIAcceptCodeInjectionRisk;
        Transaction {
            issuer: self.metadata.issuer().to_owned(),
            client_id: self.client_id().to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: Secret::new(random_text(now)),
            nonce: options.scope.contains("openid").then(|| Secret::new(random_text(now))),
            verifier: pkce.then(|| CodeVerifier::random(now.entropy)),
            scope: options.scope.clone(),
            resource: options.resource.clone(),
            max_age: options.max_age,
            acr: options.required_acr.clone(),
            sub: options.id_token_hint.as_ref().map(|token| token.sub().to_owned()),
            begun: now.time,
            expires: now.time.plus(self.config.transaction_ttl),
            remember: options.remember.clone(),
            target: options.initiation.as_ref().and_then(Initiation::target).map(str::to_owned),
        }
    }

    fn authorization_url(&self, endpoint: &str, options: &LoginOptions, transaction: &Transaction) -> String {
        let scope = options.scope.to_string();
        let prompt = options.prompt.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(" ");
        let max_age = options.max_age.map(|age| age.to_string());
        let (acr_values, claims) = self.wanted_claims(options);
        let challenge = transaction.verifier.as_ref().map(CodeVerifier::challenge);
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.client_id()),
            ("redirect_uri", &transaction.redirect_uri),
            ("state", transaction.state.expose()),
        ];
        if let Some(challenge) = &challenge {
            pairs.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
        }
        let optional = [
            ("scope", Some(scope.as_str()).filter(|text| !text.is_empty())),
            ("nonce", transaction.nonce.as_ref().map(Secret::expose)),
            ("prompt", Some(prompt.as_str()).filter(|text| !text.is_empty())),
            ("max_age", max_age.as_deref()),
            ("login_hint", options.suggested()),
            ("ui_locales", options.ui_locales.as_deref()),
            ("id_token_hint", options.id_token_hint.as_ref().map(|token| token.raw().expose())),
            ("acr_values", acr_values.as_deref()),
            ("claims", claims.as_deref()),
        ];
        pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        pairs.extend(options.resource.iter().map(|uri| ("resource", uri.as_str())));
        pairs.extend(options.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        params::append_query(endpoint, pairs)
    }
}
