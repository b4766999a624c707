//! The client with its I/O: what [`Core`] decides, sent by the [`Edge`].

use std::sync::{Arc, Mutex};

use countersign_jose::{SealingKey, Unverified, Verified};
use countersign_protocol::{Refusal, ScopeSet, Secret, Timestamp};

use crate::callback::{Callback, FinishError};
use crate::credentials::ClientCredentials;
use crate::edge::Edge;
use crate::encryption;
use crate::error::CallError;
use crate::id_token::{self, Expected, IdToken};
use crate::keeper::TokenKeeper;
use crate::keys::{self, Signature};
use crate::login::{Begun, LoginOptions};
use crate::provider::{ClientError, Provider};
use crate::revocation::{self, TokenKind};
use crate::rules;
use crate::sans_io::{Core, Now};
use crate::single_flight::lock;
use crate::token::{self, TokenReply, Tokens};
use crate::transaction::{SealedTransaction, Transaction};
use crate::transaction_store::Spent;

/// A client of one provider. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    provider: Provider,
    sealing: Arc<SealingKey>,
    spent: Arc<Mutex<Spent>>,
}

impl Client {
    pub(crate) fn new(provider: Provider, core: Core) -> Result<Self, ClientError> {
        let own = provider.0.edge.draw(|entropy| entropy.bytes32());
        let secret = core.config.sealing_secret.as_ref().map_or(&own[..], |secret| secret.expose().as_bytes());
        let sealing = Arc::new(SealingKey::derive(secret, "countersign-client transactions")?);
        Ok(Self { core: Arc::new(core), provider, sealing, spent: Arc::default() })
    }

    /// The client without its I/O.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The same client, called back elsewhere: for a loopback port that is known only now.
    pub fn at(&self, redirect_uri: &str) -> Result<Self, Refusal> {
        Ok(Self { core: Arc::new(self.core.at(redirect_uri, self.edge().checks())?), ..self.clone() })
    }

    /// Begins a sign-in. Send the browser to `url`, and keep `transaction` for this browser: as a cookie
    /// ([`seal`](Self::seal)) or in a [`TransactionStore`](crate::TransactionStore).
    pub fn begin(&self, options: &LoginOptions) -> Result<Begun, Refusal> {
        self.now(|now| self.core.begin(options, now))
    }

    /// The cookie that keeps a transaction in the browser that began it.
    pub fn seal(&self, transaction: &Transaction) -> Result<SealedTransaction, Refusal> {
        self.now(|now| transaction.seal(&self.sealing, now))
    }

    /// Reads the query of a callback's URL.
    pub fn callback(&self, query: &str) -> Result<Callback, Refusal> {
        Callback::parse(query, self.edge().checks())
    }

    /// Finds and opens the transaction of a callback in a request's `Cookie` header.
    pub fn open(&self, callback: &Callback, cookies: &str) -> Result<Transaction, Refusal> {
        let checks = self.edge().checks();
        let uri = self.redirect_uri();
        let value = checks.some(&rules::TRANSACTION_KEPT, callback.cookie(cookies, uri), || {
            format!("No cookie came; the sign-in must begin and end on the host of {uri} (127.0.0.1 is not localhost)")
        })?;
        Transaction::open(&self.sealing, value, checks)
    }

    /// The `Set-Cookie` header that removes a callback's transaction cookie, to be sent with every answer to one.
    pub fn clear_cookie(&self, callback: &Callback) -> String {
        callback.clear_cookie(self.redirect_uri())
    }

    /// Finishes a sign-in: checks the callback, redeems its code, verifies the ID token.
    pub async fn finish(&self, transaction: Transaction, callback: &Callback) -> Result<Tokens, FinishError> {
        let (checks, now) = (self.edge().checks(), self.edge().now());
        let code = self.core.check_callback(&transaction, callback, now, checks)?;
        let first = lock(&self.spent).spend(transaction.state.expose(), transaction.expires, now);
        checks.require(&rules::STATE_ONCE, first, || "This callback came before; begin again".to_owned())?;
        let request = self.now(|now| self.core.code_request(&transaction, &code, now))?;
        let reply = self.token_reply(request, &transaction.scope).await?;
        let wanted = transaction.nonce.is_some();
        checks.require(&rules::ID_TOKEN_PRESENT, !wanted || reply.id_token.is_some(), || {
            "None came; is openid allowed for this client?".to_owned()
        })?;
        let expected = Expected {
            nonce: transaction.nonce.as_ref(),
            access_token: &reply.access_token.secret,
            max_age: transaction.max_age,
            begun: transaction.begun,
            acr: &transaction.acr,
            sub: transaction.sub.as_deref(),
            original: None,
        };
        let id_token = match reply.id_token.clone().filter(|_| wanted) {
            Some(raw) => Some(self.verify_id_token(raw, expected).await?),
            None => None,
        };
        Ok(Tokens { access_token: reply.access_token, refresh_token: reply.refresh_token, id_token })
    }

    /// Keeps a sign-in's tokens and renews them in time; one per signed-in user. `store` is called with the new tokens
    /// after each refresh, before anybody gets to use them: a new refresh token replaces the old one.
    pub fn keep(&self, tokens: Tokens, store: impl Fn(&Tokens) + Send + Sync + 'static) -> TokenKeeper {
        TokenKeeper::new(self.clone(), tokens, Box::new(store))
    }

    /// Tokens of the client's own (OAuth 2.1 §4.2); make one cache and share it.
    pub fn client_credentials(&self) -> ClientCredentials {
        ClientCredentials::new(self.clone())
    }

    /// Revokes a token at the provider. If it fails the token lives on: try again.
    pub async fn revoke(&self, token: &Secret, kind: TokenKind) -> Result<(), CallError> {
        let request = self.now(|now| self.core.revocation_request(token, kind, now))?;
        revocation::read(&self.edge().send(request).await?, self.edge().checks())
    }

    fn redirect_uri(&self) -> &str {
        self.core.config.redirect_uri.as_deref().unwrap_or_default()
    }

    pub(crate) fn edge(&self) -> &Edge {
        &self.provider.0.edge
    }

    pub(crate) fn spent(&self) -> &Mutex<Spent> {
        &self.spent
    }

    pub(crate) fn time(&self) -> Timestamp {
        self.edge().now()
    }

    pub(crate) fn now<T>(&self, f: impl FnOnce(&mut Now<'_>) -> T) -> T {
        let (time, checks) = (self.time(), self.edge().checks());
        self.edge().draw(|entropy| f(&mut Now { time, entropy, checks }))
    }

    pub(crate) async fn token_reply(
        &self,
        request: crate::wire::Request,
        asked: &ScopeSet,
    ) -> Result<TokenReply, CallError> {
        let sent_at = self.time();
        let response = self.edge().send(request).await?;
        token::read_reply(&response, asked, sent_at, self.edge().checks())
    }

    pub(crate) async fn verify_id_token(&self, raw: Secret, expected: Expected<'_>) -> Result<IdToken, CallError> {
        let checks = self.edge().checks();
        let raw =
            self.now(|now| encryption::open(&self.core.config, self.core.config.id_token_encryption, raw, now))?;
        let token = id_token::parse(&self.core, &raw, checks)?;
        let verified = self.verified(&token, &keys::ID_TOKEN).await?;
        drop(token);
        Ok(id_token::check(&self.core, (raw, &verified), expected, self.time(), checks)?)
    }

    /// Checks a signature of the provider's.
    pub(crate) async fn verified(&self, token: &Unverified<'_>, rule: &Signature) -> Result<Verified, CallError> {
        let (metadata, checks) = (self.core.metadata(), self.edge().checks());
        let jwks_uri = metadata.needed("jwks_uri", metadata.jwks.as_ref(), checks)?;
        self.provider.0.keys.verify((token, rule), jwks_uri, self.edge()).await
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, provider) = (self.core.client_id(), &self.provider);
        f.debug_struct("Client").field("client_id", &id).field("provider", provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
