//! Request objects: an authorization request as a JWT of its client (OpenID Connect Core §6, RFC 9101).
//!
//! The two texts differ in what counts. RFC 9101 §6.3: nothing but the object. Core §6.3.3: the object first, then what
//! stands beside it. So an OpenID Connect request, which Core makes say `openid` outside too, is put together by Core; any
//! other, and every one of a client that registered `require_signed_request_object`, by RFC 9101. `response_type`, which
//! Core makes clients repeat outside, may be missing there: RFC 9101 §5 does not ask for it.
//!
//! A hash in the fragment of a `request_uri` only tells caches that what is there has changed (Core §6.2), and clients
//! register it before the object exists. Nothing is cached here, so it means nothing.
//!
//! Left out: encrypted objects. They would need keys of this server to which anybody may send ciphertext, and what they
//! hide, `request_uri` keeps from the browser as well.

use std::sync::Arc;

use countersign_jose::{Algorithm, Audience, JwkSet, NumericDate, Typ, Unsecured, Unverified};
use countersign_protocol::{Params, Refusal, ScopeSet};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    request::{AuthorizationRequest, Defect, Object},
    rules,
};
use crate::{
    Cx, Policy,
    records::{Client, ObjectAlg},
    registration::request_objects::without_fragment,
    token::is_openid,
    words::sentence,
};

/// RFC 9101 §10.8.
const REQUEST_JWT: &str = "oauth-authz-req+jwt";
/// The longest request object, in bytes.
pub const MAX_OBJECT: usize = Unverified::MAX_BYTES;

/// What was fetched for a request object.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// What is at the `request_uri`.
    pub object: Option<String>,
    /// What is at the client's `jwks_uri`, where it has one.
    pub keys: Option<Arc<str>>,
}

impl Fetched {
    /// The request object: a line break at the end of a file is no part of it.
    fn text(&self) -> Option<&str> {
        self.object.as_deref().map(str::trim)
    }
}

impl AuthorizationRequest {
    /// Whether there is a request object that was not looked at yet.
    pub const fn has_object(&self) -> bool {
        !matches!(self.object, Object::None)
    }

    /// The address from which the request object has to be fetched; `None`: there is none, or the client did not
    /// register it.
    pub fn address<'r>(&'r self, client: &Client) -> Option<&'r str> {
        match &self.object {
            Object::Reference { uri, .. } => {
                Some(uri.expose()).filter(|uri| is_registered(client, uri)).map(without_fragment)
            }
            _ => None,
        }
    }

    /// The key that the request object says it is signed with, by nobody vouched for.
    pub fn object_kid(&self, fetched: &Fetched) -> Option<String> {
        let text = match &self.object {
            Object::Value { object, .. } => object.expose(),
            Object::Reference { .. } => fetched.text()?,
            Object::None | Object::Both => return None,
        };
        Unverified::parse(text).ok()?.kid().map(str::to_owned)
    }

    /// Puts what the request object says in the place of what stands outside. Never fails: what is wrong is remembered,
    /// and told where the parameters outside prove that it may be.
    pub fn unpack(self, cx: &mut Cx<'_>, policy: &Policy, client: &Client, fetched: &Fetched) -> Self {
        if self.defect.is_some() || !self.has_object() {
            return self;
        }
        match unpack(cx, policy, client, (&self.object, fetched)) {
            Ok((params, signed)) => Self { signed, ..Self::from_params(&params, None) },
            Err(refusal) => Self { defect: Some(Defect::Object(refusal)), object: Object::None, ..self },
        }
    }
}

fn is_registered(client: &Client, uri: &str) -> bool {
    client.request_objects.uris.iter().any(|registered| without_fragment(registered) == without_fragment(uri))
}

/// The parameters that count, and whether the client signed them.
fn unpack(
    cx: &mut Cx<'_>,
    policy: &Policy,
    client: &Client,
    (object, fetched): (&Object, &Fetched),
) -> Result<(Params, bool), Refusal> {
    let (text, beside) = match object {
        Object::Value { object, beside } => (object.expose(), beside),
        // Core §6.2.
        Object::Reference { uri, beside } => {
            cx.require(&rules::REQUEST_URI_REGISTERED, is_registered(client, uri.expose()))?;
            (cx.require_some(&rules::REQUEST_URI_FETCHED, fetched.text())?, beside)
        }
        Object::None | Object::Both => cx.require_some(&rules::REQUEST_OBJECT_ONCE, None)?,
    };
    let scope = beside.find("scope").and_then(|scope| ScopeSet::parse(scope).ok());
    let by_core = scope.is_some_and(|scope| is_openid(&scope)) && !client.request_objects.required;
    let unpacking = Unpacking { policy, client, fetched, beside, by_core };
    let (claims, signed) = unpacking.read(cx, text)?;
    unpacking.check_claims(cx, &claims)?;
    let inside = parameters(cx, &claims.parameters)?;
    unpacking.check_agreement(cx, &inside)?;
    Ok((unpacking.assemble(inside), signed))
}

/// The JWT's own claims; among the rest are the parameters.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<Value>,
    aud: Option<Audience>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    #[serde(flatten)]
    parameters: Map<String, Value>,
}

#[derive(Clone, Copy)]
struct Unpacking<'a> {
    policy: &'a Policy,
    client: &'a Client,
    fetched: &'a Fetched,
    /// What stands outside.
    beside: &'a Params,
    /// Whether that counts where the object says nothing.
    by_core: bool,
}

impl Unpacking<'_> {
    /// The claims, and whether a key of the client signed them. RFC 9101 §5 knows signed ones only.
    fn read(self, cx: &mut Cx<'_>, text: &str) -> Result<(Claims, bool), Refusal> {
        let registered = self.client.request_objects.alg;
        if let Ok(unsecured) = Unsecured::parse(text) {
            let may = match registered {
                Some(alg) => alg == ObjectAlg::Unsigned,
                None => self.policy.registration.unsigned_request_objects,
            };
            cx.require(&rules::REQUEST_OBJECT_ALG, may && self.by_core)?;
            right_type(cx, unsecured.typ())?;
            let claims = unsecured.unsecured_claims().map_err(|error| sentence(&error));
            return Ok((cx.require_ok(&rules::REQUEST_OBJECT_FORM, claims)?, false));
        }
        let object = Unverified::parse(text).map_err(|error| sentence(&error));
        let object = cx.require_ok(&rules::REQUEST_OBJECT_FORM, object)?;
        right_type(cx, object.typ())?;
        let signed_as_registered = match registered {
            None => true,
            Some(registered) => registered == ObjectAlg::Signed(object.alg()),
        };
        cx.require(&rules::REQUEST_OBJECT_ALG, signed_as_registered)?;
        let verified = self.keys().and_then(|keys| object.verify(&keys).map_err(|error| sentence(&error)));
        // Which keys the client has is its own business.
        let why = verified.as_ref().err().cloned().unwrap_or_default();
        let verified = cx.require_some(&rules::REQUEST_OBJECT_SIGNED, verified.ok());
        let verified = verified.map_err(|refusal| refusal.aside(why))?;
        let claims = verified.claims().map_err(|error| sentence(&error));
        Ok((cx.require_ok(&rules::REQUEST_OBJECT_FORM, claims)?, true))
    }

    /// A key is for one algorithm, whatever the object says (RFC 8725 §3.1): an RSA key that names none is for the
    /// registered one, else for RS256.
    fn keys(self) -> Result<JwkSet, String> {
        let registered = match self.client.request_objects.alg {
            Some(ObjectAlg::Signed(registered)) => registered,
            Some(ObjectAlg::Unsigned) | None => Algorithm::RS256,
        };
        let keys = self.client.key_document(self.fetched.keys.as_deref()).ok_or("The client has no keys here")?;
        JwkSet::parse_for(keys.as_bytes(), registered).map_err(|error| sentence(&error))
    }

    /// Whatever is there must be right; what must be there is policy (Core §6.1, RFC 9101 §4).
    fn check_claims(self, cx: &mut Cx<'_>, claims: &Claims) -> Result<(), Refusal> {
        let Self { policy, client, .. } = self;
        let strict = policy.strict_request_objects;
        let from_client = claims.iss.as_ref().map_or(!strict, |iss| iss == client.id.as_str());
        let for_us = claims.aud.as_ref().map_or(!strict, |aud| aud.contains(&policy.issuer));
        let living = claims.exp.map_or(!strict, |exp| cx.now < exp.timestamp().plus(policy.leeway));
        let begun = claims.nbf.is_none_or(|nbf| nbf.timestamp() <= cx.now.plus(policy.leeway));
        // It would be good as a client assertion, and it went through the browser (RFC 9101 §10.8).
        let no_assertion = claims.sub.as_ref().is_none_or(|sub| sub != client.id.as_str());
        let all = [
            (from_client, "Its iss is not the client_id"),
            (for_us, "Its aud does not name the issuer"),
            (living, "Its exp is missing or past"),
            (begun, "Its nbf lies in the future"),
            (no_assertion, "Its sub is the client_id, which makes a client assertion of it"),
        ];
        let wrong = all.into_iter().find(|(ok, _)| !ok).map(|(_, why)| why);
        cx.require_or(&rules::REQUEST_OBJECT_CLAIMS, wrong.is_none(), || wrong.unwrap_or_default())
    }

    /// By RFC 9101 §6.3 the client must be named inside too, by Core §6.1 it may be.
    fn check_agreement(self, cx: &mut Cx<'_>, inside: &[(String, String)]) -> Result<(), Refusal> {
        let named = |name: &str| inside.iter().find(|(inside, _)| inside == name).map(|(_, value)| value.as_str());
        let same_client = named("client_id").map_or(self.by_core, |id| id == self.client.id.as_str());
        cx.require_or(&rules::REQUEST_OBJECT_AGREES, same_client, || "The client_id inside differs, or is missing")?;
        let both = named("response_type").zip(self.beside.find("response_type"));
        cx.require_or(
            &rules::REQUEST_OBJECT_AGREES,
            both.is_none_or(|(inside, outside)| inside == outside),
            || "The response_type differs",
        )
    }

    fn assemble(self, mut inside: Vec<(String, String)>) -> Params {
        let silent = |name: &&str| !inside.iter().any(|(inside, _)| inside == name);
        let left: Vec<&str> = AuthorizationRequest::PARAMETERS.into_iter().filter(silent).collect();
        for name in left.into_iter().filter(|_| self.by_core) {
            inside.extend(self.beside.all(name).map(|value| (name.to_owned(), value.to_owned())));
        }
        inside.into_iter().collect()
    }
}

fn right_type(cx: &mut Cx<'_>, typ: Option<&str>) -> Result<(), Refusal> {
    let right = Typ::Generic.accepts(typ) || Typ::Exactly(REQUEST_JWT).accepts(typ);
    cx.require_or(&rules::REQUEST_OBJECT_FORM, right, || "Its typ is that of another kind of token")
}

/// Members as parameters (RFC 9101 §4). Of those that mean nothing to us the form does not matter.
fn parameters(cx: &mut Cx<'_>, members: &Map<String, Value>) -> Result<Vec<(String, String)>, Refusal> {
    let nested = members.contains_key("request") || members.contains_key("request_uri");
    let ours = members.iter().filter(|(name, _)| AuthorizationRequest::PARAMETERS.contains(&name.as_str()));
    let pairs = |(name, value): (&String, &Value)| {
        let texts = texts(name, value)?;
        Some(texts.into_iter().map(|text| (name.clone(), text)).collect::<Vec<_>>())
    };
    let all = ours.map(pairs).collect::<Option<Vec<_>>>().filter(|_| !nested);
    Ok(cx.require_some(&rules::REQUEST_OBJECT_PARAMETERS, all)?.concat())
}

fn texts(name: &str, value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(flag) => Some(vec![flag.to_string()]),
        Value::Null => Some(Vec::new()),
        Value::Object(_) => matches!(name, "claims" | "registration").then(|| vec![value.to_string()]),
        Value::Array(list) if name == "resource" => list.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        Value::Array(_) => None,
    }
}
