//! What a request says about its client: exactly one way, or a refusal (OAuth 2.1 §2.4).

use countersign_jose::Unverified;
use countersign_protocol::{ClientAuthMethod, ClientId, Params, Refusal, Secret, basic, text};

use super::rules;
use crate::{Cx, words::sentence};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who a request claims to come from, and with which proof.
#[derive(Debug)]
pub struct Credentials {
    /// The claimed client.
    pub client_id: ClientId,
    /// The proof that came along.
    pub proof: Proof,
}

/// The proof of a client.
#[derive(Debug)]
pub enum Proof {
    /// None: a public client.
    None,
    /// A secret, in the header.
    Header {
        /// The secret.
        secret: Secret,
        /// Whether it may have been put there without being form-encoded first.
        doubtful: bool,
    },
    /// A secret, in the form.
    Form(Secret),
    /// A signed assertion.
    Assertion(Secret),
}

impl Proof {
    /// The method of authentication that it belongs to.
    pub const fn method(&self) -> ClientAuthMethod {
        match self {
            Self::None => ClientAuthMethod::None,
            Self::Header { .. } => ClientAuthMethod::ClientSecretBasic,
            Self::Form(_) => ClientAuthMethod::ClientSecretPost,
            Self::Assertion(_) => ClientAuthMethod::PrivateKeyJwt,
        }
    }
}

impl Credentials {
    /// Reads header and form. `basic_used` in the reply decides about `WWW-Authenticate`, so it is the caller's to see
    /// whether a header came.
    pub fn parse(cx: &mut Cx<'_>, header: Option<&str>, form: &Params) -> Result<Self, Refusal> {
        let basic = cx.require_ok(&rules::BASIC_FORM, header.map_or(Ok(None), basic::parse))?;
        let secret = form.find_secret("client_secret");
        let assertion = form.find_secret("client_assertion");
        one_method(cx, (basic.is_some(), secret.is_some(), assertion.is_some()))?;
        let named = form.find("client_id").map(str::to_owned);
        let (claimed, proof) = match (basic, secret, assertion) {
            (Some(pair), _, _) => {
                cx.require_or(
                    &rules::ONE_METHOD,
                    named.as_ref().is_none_or(|named| *named == pair.id),
                    || "The client_id in the form is not the one in the Authorization header",
                )?;
                (Some(pair.id), Proof::Header { secret: pair.secret, doubtful: pair.doubtful })
            }
            (_, Some(secret), _) => (named, Proof::Form(secret)),
            (_, _, Some(assertion)) => {
                let issuer = issuer(cx, form.find("client_assertion_type"), named.as_deref(), &assertion)?;
                (issuer, Proof::Assertion(assertion))
            }
            _ => (named, Proof::None),
        };
        let client_id = claimed.as_deref().and_then(|id| ClientId::parse(id).ok());
        let detail = || claimed.as_deref().and_then(ClientId::oddity).unwrap_or_default();
        let client_id = cx.require_ok(&rules::IDENTIFIED, client_id.ok_or_else(detail))?;
        Ok(Self { client_id, proof })
    }

    /// The `kid` of the assertion, not verified yet: for finding the key to verify it with.
    pub fn unverified_kid(&self) -> Option<String> {
        match &self.proof {
            Proof::Assertion(jwt) => Unverified::parse(jwt.expose()).ok()?.kid().map(str::to_owned),
            _ => None,
        }
    }

    /// The `jti` of the assertion, not verified yet: for looking up whether it was seen.
    pub fn unverified_jti(&self) -> Option<String> {
        match &self.proof {
            Proof::Assertion(jwt) => Unverified::parse(jwt.expose()).ok()?.unverified_claim("jti"),
            _ => None,
        }
    }
}

fn one_method(cx: &mut Cx<'_>, (header, secret, assertion): (bool, bool, bool)) -> Result<(), Refusal> {
    let places = [
        (header, "in the Authorization header"),
        (secret, "as client_secret in the form"),
        (assertion, "as client_assertion in the form"),
    ];
    let used: Vec<&str> = places.iter().filter(|(used, _)| *used).map(|(_, place)| *place).collect();
    cx.require_or(&rules::ONE_METHOD, used.len() <= 1, || format!("Credentials came {}", used.join(" and ")))
}

/// The client that an assertion names; nobody has vouched for it yet.
fn issuer(cx: &mut Cx<'_>, kind: Option<&str>, named: Option<&str>, jwt: &Secret) -> Result<Option<String>, Refusal> {
    cx.require_or(&rules::ASSERTION_TYPE, kind == Some(ASSERTION_TYPE), || {
        kind.map_or_else(|| "It is missing".to_owned(), text::came)
    })?;
    let read = cx.require_ok(&rules::ASSERTION_VALID, Unverified::parse(jwt.expose()).map_err(|e| sentence(&e)))?;
    let issuer = read.unverified_claim("iss");
    let fits = named.is_none() || named == issuer.as_deref();
    cx.require_or(&rules::ASSERTION_VALID, fits, || "Its iss is not the client_id in the form")?;
    Ok(issuer)
}
