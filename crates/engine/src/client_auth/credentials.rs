//! What a request says about its client: exactly one way, or a refusal (OAuth 2.1 §2.4).

use countersign_jose::Unverified;
use countersign_protocol::{ClientId, Params, Refusal, Secret, basic};

use super::rules;
use crate::Cx;

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
    /// A secret, by header or form.
    Secret(Secret),
    /// A signed assertion.
    Assertion(Secret),
}

impl Credentials {
    /// Reads header and form. `basic_used` in the reply decides about `WWW-Authenticate`, so it is the caller's to see
    /// whether a header came.
    pub fn parse(cx: &mut Cx<'_>, header: Option<&str>, form: &Params) -> Result<Self, Refusal> {
        let basic = cx.require_some(&rules::BASIC_FORM, header.map_or(Ok(None), basic::parse).ok())?;
        let secret = form.find_secret("client_secret");
        let assertion = form.find_secret("client_assertion");
        let methods = usize::from(basic.is_some()) + usize::from(secret.is_some()) + usize::from(assertion.is_some());
        cx.require(&rules::ONE_METHOD, methods <= 1)?;
        let named = form.find("client_id").map(str::to_owned);
        let (claimed, proof) = match (basic, secret, assertion) {
            (Some((id, secret)), _, _) => {
                cx.require(&rules::ONE_METHOD, named.as_ref().is_none_or(|named| *named == id))?;
                (Some(id), Proof::Secret(secret))
            }
            (_, Some(secret), _) => (named, Proof::Secret(secret)),
            (_, _, Some(assertion)) => {
                cx.require(&rules::ASSERTION_TYPE, form.find("client_assertion_type") == Some(ASSERTION_TYPE))?;
                let issuer = Unverified::parse(assertion.expose()).ok().and_then(|jwt| jwt.unverified_claim("iss"));
                cx.require(&rules::ASSERTION_VALID, named.is_none() || named == issuer)?;
                (issuer, Proof::Assertion(assertion))
            }
            _ => (named, Proof::None),
        };
        let client_id = claimed.as_deref().and_then(|id| ClientId::parse(id).ok());
        let client_id = cx.require_some(&rules::IDENTIFIED, client_id)?;
        Ok(Self { client_id, proof })
    }

    /// The `jti` of the assertion, not verified yet: for looking up whether it was seen.
    pub fn unverified_jti(&self) -> Option<String> {
        match &self.proof {
            Proof::Assertion(jwt) => Unverified::parse(jwt.expose()).ok()?.unverified_claim("jti"),
            _ => None,
        }
    }
}
