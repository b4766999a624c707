//! One sign-in under way: everything that must be the same when the browser comes back (RFC 9700 §2.1, §4.7).
//!
//! It must be kept where only the browser that began can bring it back: sealed in a cookie, or on the server in a
//! [`TransactionStore`](crate::TransactionStore) bound to the browser's session. Its cookie is named after its `state`,
//! so that tabs do not overwrite each other's.

use std::borrow::Cow;

use countersign_jose::SealingKey;
use countersign_protocol::{CodeVerifier, HandleHash, Refusal, ScopeSet, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::check::Checks;
use crate::rules;
use crate::sans_io::Now;

/// What begins the plaintext's associated data: the purpose, so that no other sealed value passes for a transaction.
const PURPOSE: &str = "countersign-client transaction v1";
/// Browsers drop a cookie whose name, value and attributes are longer than this (RFC 6265 §6.1).
const MAX_COOKIE: usize = 4096;

/// A sign-in that has begun and not ended. It can't be copied: finishing it consumes it.
#[derive(Debug)]
pub struct Transaction {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Secret,
    pub(crate) nonce: Option<Secret>,
    pub(crate) verifier: Option<CodeVerifier>,
    pub(crate) scope: ScopeSet,
    pub(crate) resource: Vec<String>,
    pub(crate) max_age: Option<u32>,
    pub(crate) acr: Vec<String>,
    pub(crate) sub: Option<String>,
    pub(crate) begun: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) remember: Option<String>,
    pub(crate) target: Option<String>,
}

/// The sealed form. The only place where a transaction's secrets are written out, and only under the seal.
#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    issuer: Cow<'a, str>,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    redirect_uri: Cow<'a, str>,
    state: &'a str,
    nonce: Option<&'a str>,
    verifier: Option<&'a str>,
    scope: ScopeSet,
    resource: Vec<String>,
    max_age: Option<u32>,
    #[serde(default)]
    acr: Vec<String>,
    #[serde(default)]
    sub: Option<String>,
    begun: Timestamp,
    expires: Timestamp,
    remember: Option<String>,
    #[serde(default)]
    target: Option<String>,
}

impl Transaction {
    /// What [`LoginOptions::remember`](crate::LoginOptions) was given.
    pub fn remembered(&self) -> Option<&str> {
        self.remember.as_deref()
    }

    /// The page that whoever began this sign-in asked for, at this application's own origin (OpenID Connect Core §4).
    /// Send the browser there when it is finished, to the whole address.
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// When it can no longer be finished.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Whether a callback belongs to it. Constant time.
    pub(crate) fn has_state(&self, state: &str) -> bool {
        self.state == Secret::new(state)
    }

    /// The cookie that carries it.
    pub(crate) fn seal(&self, key: &SealingKey, now: &mut Now<'_>) -> Result<SealedTransaction, Refusal> {
        use base64::Engine as _;
        let mut nonce = [0; 12];
        now.entropy.fill(&mut nonce);
        let sealed = serde_json::to_vec(&self.plain()).map(Zeroizing::new).ok();
        let sealed = sealed.and_then(|plain| key.seal(nonce, PURPOSE.as_bytes(), &plain).ok());
        let value = sealed.map(|bytes| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
        let max_age = self.expires.secs_since(now.time);
        let cookie = value.map(|value| SealedTransaction {
            name: cookie_name(self.state.expose(), &self.redirect_uri),
            value: Secret::new(value),
            secure: is_https(&self.redirect_uri),
            max_age,
        });
        let size = cookie.as_ref().map_or(usize::MAX, |c| c.set_cookie().expose().len());
        let cookie = cookie.filter(|_| size <= MAX_COOKIE);
        now.checks.some(&rules::COOKIE_FITS, cookie, || "Remember less, or use a TransactionStore".to_owned())
    }

    fn plain(&self) -> Plain<'_> {
        Plain {
            issuer: self.issuer.as_str().into(),
            client_id: self.client_id.as_str().into(),
            redirect_uri: self.redirect_uri.as_str().into(),
            state: self.state.expose(),
            nonce: self.nonce.as_ref().map(Secret::expose),
            verifier: self.verifier.as_ref().map(CodeVerifier::expose),
            scope: self.scope.clone(),
            resource: self.resource.clone(),
            max_age: self.max_age,
            acr: self.acr.clone(),
            sub: self.sub.clone(),
            begun: self.begun,
            expires: self.expires,
            remember: self.remember.clone(),
            target: self.target.clone(),
        }
    }

    /// Opens what [`seal`](Self::seal) made.
    pub(crate) fn open(key: &SealingKey, value: &str, checks: Checks<'_>) -> Result<Self, Refusal> {
        use base64::Engine as _;
        let sealed = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(value).ok();
        let opened = sealed.and_then(|bytes| key.open(PURPOSE.as_bytes(), &bytes).ok());
        let transaction = opened.and_then(|plain| serde_json::from_slice::<Plain<'_>>(&plain).ok()?.restore());
        checks.some(&rules::TRANSACTION_KEPT, transaction, || {
            "Its cookie does not open: it was altered, or sealed under another secret (see with_sealing_secret)"
                .to_owned()
        })
    }
}

impl Plain<'_> {
    fn restore(self) -> Option<Transaction> {
        Some(Transaction {
            issuer: self.issuer.into_owned(),
            client_id: self.client_id.into_owned(),
            redirect_uri: self.redirect_uri.into_owned(),
            state: Secret::new(self.state),
            nonce: self.nonce.map(Secret::new),
            verifier: self.verifier.map(CodeVerifier::parse).transpose().ok()?,
            scope: self.scope,
            resource: self.resource,
            max_age: self.max_age,
            acr: self.acr,
            sub: self.sub,
            begun: self.begun,
            expires: self.expires,
            remember: self.remember,
            target: self.target,
        })
    }
}

/// A transaction as a cookie: sealed, and named after its `state`.
#[derive(Debug, Clone)]
pub struct SealedTransaction {
    name: String,
    value: Secret,
    secure: bool,
    max_age: u64,
}

impl SealedTransaction {
    /// The cookie's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cookie's value; also good as a row in a store of your own, under [`name`](Self::name).
    pub fn value(&self) -> &Secret {
        &self.value
    }

    /// The `Set-Cookie` header. `SameSite=Lax`, since the provider's redirect is a cross-site navigation. On loopback
    /// without TLS there is no `__Host-` and no `Secure`, or browsers would drop it.
    pub fn set_cookie(&self) -> Secret {
        let (name, value, age) = (&self.name, self.value.expose(), self.max_age);
        let secure = if self.secure { "; Secure" } else { "" };
        Secret::new(format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"))
    }
}

/// The `Set-Cookie` header that removes a transaction's cookie.
pub(crate) fn clear_cookie(name: &str) -> String {
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
}

/// The name under which the transaction with that state is kept. Hashed: a cookie's name is less guarded than its
/// value.
pub(crate) fn cookie_name(state: &str, redirect_uri: &str) -> String {
    let hash = HandleHash::of(state);
    let prefix = if is_https(redirect_uri) { "__Host-" } else { "" };
    format!("{prefix}signin-{}", hash.as_str().get(..22).unwrap_or_default())
}

fn is_https(redirect_uri: &str) -> bool {
    redirect_uri.starts_with("https:")
}

#[cfg(test)]
mod tests;
