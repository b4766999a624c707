//! Client authentication, put onto a request in exactly one way (OAuth 2.1 §2.4, RFC 7523 §2.2).

use countersign_protocol::{Secret, Ttl, basic};
use serde::Serialize;

use crate::config::ClientAuth;
use crate::error::CallError;
use crate::sans_io::{Core, Now};
use crate::wire::{Endpoint, Request, authorize};

/// How long an assertion may be used; it is made for one request.
const ASSERTION_TTL: Ttl = Ttl::secs(60);
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The claims of a client assertion (RFC 7523 §3).
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    /// The issuer, as a single string: an assertion for one provider's endpoint is of no use at another provider.
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

impl Core {
    /// A form, sent by this client to that endpoint.
    pub(crate) fn authenticated(
        &self,
        endpoint: &Endpoint,
        form: Vec<(&str, &str)>,
        now: &mut Now<'_>,
    ) -> Result<Request, CallError> {
        let id = self.client_id();
        let mut form = form;
        match &self.config.auth {
            ClientAuth::SecretBasic(secret) => {
                let mut request = endpoint.post_form(form);
                authorize(&mut request, &basic::write(id, secret), now.checks)?;
                return Ok(request);
            }
            ClientAuth::None => form.push(("client_id", id)),
            ClientAuth::SecretPost(secret) => form.extend([("client_id", id), ("client_secret", secret.expose())]),
            ClientAuth::PrivateKeyJwt(key) => {
                let claims = Assertion {
                    iss: id,
                    sub: id,
                    aud: self.metadata.issuer(),
                    jti: random_text(now),
                    iat: now.time.secs(),
                    exp: now.time.plus(ASSERTION_TTL).secs(),
                };
                let assertion = Secret::new(key.sign("JWT", &claims)?);
                let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.expose())];
                return Ok(endpoint.post_form(form.into_iter().chain([("client_id", id)]).chain(proof)));
            }
        }
        Ok(endpoint.post_form(form))
    }
}

/// 256 random bits in base64url.
pub(crate) fn random_text(now: &mut Now<'_>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(now.entropy.bytes32())
}
