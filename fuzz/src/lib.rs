//! What must hold for every input of the parsers that strangers can reach.
//!
//! Each function takes raw bytes and panics where a promise is broken. `cargo test` runs them over the seeds on every
//! build; `cargo xtask fuzz` lets libFuzzer look for inputs that nobody thought of. A crash that it finds becomes a
//! seed.

#![expect(clippy::missing_panics_doc, reason = "a panic is how a property says that it does not hold")]

mod decisions;
mod encrypted;

use std::collections::BTreeSet;

use countersign_jose::{JwkSet, Unverified};
use countersign_protocol::claims::{self, ClaimsRequest};
use countersign_protocol::params::{self, Params};
use countersign_protocol::{RedirectUri, Scope, ScopeSet, basic, redirect_uri};

pub use decisions::{authorize, registration, request_object, token_form};
pub use encrypted::{jwe, jwks};

/// A property: takes any bytes, panics when it does not hold.
pub type Property = fn(&[u8]);

/// Every target by name: the name of the program and of the folder of seeds.
pub const TARGETS: &[(&str, Property)] = &[
    ("authorize", authorize),
    ("basic", basic_header),
    ("claims", claims),
    ("form", form),
    ("jwe", jwe),
    ("jwks", jwks),
    ("jwt", jwt),
    ("redirect_uri", redirect),
    ("registration", registration),
    ("request_object", request_object),
    ("scope", scope),
    ("token_form", token_form),
];

/// `Authorization: Basic …` (RFC 6749 §2.3.1): what is read can be written and read again.
pub fn basic_header(data: &[u8]) {
    let Ok(header) = str::from_utf8(data) else { return };
    if let Ok(Some(read)) = basic::parse(header) {
        let again = basic::parse(basic::write(&read.id, &read.secret).expose());
        assert!(matches!(again, Ok(Some(same)) if same.id == read.id && same.secret == read.secret));
    }
}

/// The `claims` parameter (OpenID Connect Core §5.5): bounded, and whole after it was stored.
pub fn claims(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(request) = ClaimsRequest::parse(text) else { return };
    for claims in [&request.userinfo, &request.id_token] {
        assert!(claims.len() <= claims::MAX_CLAIMS);
        for claim in claims.values() {
            assert!(claim.values.as_ref().is_none_or(|values| values.len() <= claims::MAX_VALUES));
            let texts = claim.texts();
            assert!(texts.is_none_or(|texts| texts.iter().all(|text| claim.accepts(&(*text).into()))));
        }
    }
    let stored = serde_json::to_string(&request).unwrap_or_default();
    // Not compared as a whole: the last bit of a fraction may change when it is read.
    let again = serde_json::from_str::<ClaimsRequest>(&stored).unwrap_or_default();
    assert!(again.userinfo.keys().eq(request.userinfo.keys()) && again.id_token.keys().eq(request.id_token.keys()));
}

/// A query or form body: bounded, each parameter once, and the same after a round trip.
pub fn form(data: &[u8]) {
    let Ok(parsed) = Params::parse(data) else { return };
    let names: BTreeSet<&str> = parsed.names().collect();
    let pairs = names.iter().flat_map(|name| parsed.all(name).map(move |value| (*name, value)));
    assert!(parsed.names().count() <= params::MAX_PARAMS);
    let written = params::write(pairs);
    if written.len() > params::MAX_BYTES {
        return;
    }
    let again = Params::parse(written.as_bytes()).unwrap_or_default();
    for name in names {
        assert!(parsed.all(name).eq(again.all(name)), "the same after a round trip");
    }
}

/// Keys whose private halves sign none of the seeds (RFC 7517 appendix A.1, RFC 8037 appendix A.2).
const KEYS: &str = r#"{"keys":[
    {"kty":"EC","crv":"P-256","kid":"1","alg":"ES256","use":"sig",
     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
    {"kty":"OKP","crv":"Ed25519","kid":"2","alg":"EdDSA","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
]}"#;

/// A compact JWS (RFC 7515 §7.1): without the private key nothing is ever verified.
pub fn jwt(data: &[u8]) {
    let Ok(token) = str::from_utf8(data) else { return };
    let Ok(unverified) = Unverified::parse(token) else { return };
    let _ = unverified.unverified_claim("iss");
    let set = JwkSet::parse(KEYS.as_bytes()).unwrap_or_default();
    assert_eq!(set.keys().len(), 2);
    assert!(unverified.verify(&set).is_err(), "verified with a key that never signed it");
}

/// Two redirect URIs, one to a line: what is registered and what is sent (OAuth 2.1 §2.3.1).
pub fn redirect(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (registered, sent) = text.split_once('\n').unwrap_or((text, text));
    let _ = redirect_uri::origin_of(sent);
    let Ok(uri) = RedirectUri::parse(registered) else { return };
    assert_eq!(uri.as_str(), registered, "kept as it was registered");
    assert!(uri.accepts(registered, false) && uri.accepts(registered, true));
    let _ = redirect_uri::nearest(std::slice::from_ref(&uri), sent);
    if uri.accepts(sent, true) && sent != registered {
        let digits = |text: &str| text.chars().filter(|c| !c.is_ascii_digit() && *c != ':').collect::<String>();
        assert!(uri.is_loopback(), "only a loopback address may differ");
        assert_eq!(digits(sent), digits(registered), "and only in its port");
    }
}

/// Two scopes, one to a line: sets behave as sets, and narrowing never widens (OAuth 2.1 §4.3.1).
pub fn scope(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    let _ = Scope::parse(first);
    let (Ok(first), Ok(second)) = (ScopeSet::parse(first), ScopeSet::parse(second)) else { return };
    let both = first.intersection(&second);
    assert!(both.is_subset(&first) && both.is_subset(&second));
    assert!(first.is_subset(&first.union(&second)));
    assert!(first.difference(&second).intersection(&second).is_empty());
    assert_eq!(ScopeSet::parse(&first.to_string()).ok(), Some(first));
}
