//! What is in the tokens that leave (RFC 9068, OpenID Connect Core §2), read as a stranger would read them.

use countersign_jose::{Algorithm, JwkSet, SigningKey, Unverified, hash};
use countersign_protocol::{ErrorCode, Timestamp, Ttl, base64url};
use serde_json::{Value, json};

use crate::{
    Fault, Keys,
    bench::{self, API, Bench, ISSUER, T0, VAULT, rsa_keys, scopes},
    records::{Access, Client, KeyState, Session},
    token::{TokenReply, rules},
};

/// Header type, algorithm and claims of a token that verifies with the published keys.
fn read(keys: &Keys, token: &str) -> (String, Algorithm, Value) {
    let published = JwkSet::parse(keys.jwks().as_bytes()).unwrap();
    let verified = Unverified::parse(token).unwrap().verify(&published).unwrap();
    let header = verified.header();
    (header.typ.clone().unwrap(), header.alg, verified.claims().unwrap())
}

fn service(t: &mut Bench, resource: Option<&str>) -> TokenReply {
    let form = t.credentials("service").set("grant_type", "client_credentials");
    let form = resource.into_iter().fold(form, |form, uri| form.set("resource", uri));
    t.token(&form).unwrap()
}

#[test]
fn an_access_token_carries_the_claims_of_rfc_9068_and_no_others() {
    let mut t = Bench::new();
    t.advance(Ttl::secs(5));
    let reply = t.tokens("web", "read:profile read:files");
    let (typ, algorithm, claims) = read(t.keys, &reply.access_token);
    assert_eq!((typ.as_str(), algorithm), ("at+jwt", Algorithm::ES256));
    let expected = json!({
        "iss": ISSUER, "sub": "u_alice", "aud": API, "client_id": "web", "scope": "read:files read:profile",
        "iat": T0.secs() + 5, "exp": T0.secs() + 305, "jti": claims["jti"], "auth_time": T0.secs(),
    });
    assert_eq!(claims, expected, "aud is a plain string where there is one");
    let row = t.store.all::<Access>().remove(0);
    assert_eq!(claims["jti"], row.key);
}

#[test]
fn with_openid_the_token_works_at_userinfo_as_well() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid read:files");
    assert_eq!(read(t.keys, &reply.access_token).2["aud"], json!([API, ISSUER]));
}

#[test]
fn the_audience_is_what_was_asked_else_the_default_else_this_server() {
    let mut t = Bench::new();
    let form = t.credentials("service").set("grant_type", "client_credentials");
    assert_eq!(read(t.keys, &service(&mut t, None).access_token).2["aud"], API);
    assert!(service(&mut t, Some(VAULT)).access_token.starts_with("csat_"));
    let twice = form.clone().again("resource", API).again("resource", API);
    let reply = t.token(&twice).unwrap();
    assert_eq!(read(t.keys, &reply.access_token).2["aud"], API, "named twice is named");
    t.policy.default_resource = None;
    assert_eq!(read(t.keys, &service(&mut t, None).access_token).2["aud"], ISSUER);
    let unknown = t.token(&form.set("resource", "https://api.example/")).unwrap_err();
    assert_eq!((unknown.rule, unknown.code()), (&rules::RESOURCE_ALLOWED, ErrorCode::InvalidTarget));
}

#[test]
fn on_a_test_bed_any_loopback_url_is_a_resource_and_nothing_else_is() {
    let mut t = Bench::new();
    let form = t.credentials("service").set("grant_type", "client_credentials");
    let here = form.clone().set("resource", "http://localhost:4003");
    assert_eq!(t.token(&here).unwrap_err().rule, &rules::RESOURCE_ALLOWED);
    t.policy.loopback_test_bed = true;
    let reply = t.token(&here).unwrap();
    assert_eq!(read(t.keys, &reply.access_token).2["aud"], "http://localhost:4003");
    for elsewhere in ["http://localhost.evil.com", "https://elsewhere.example", "http://127.0.0.1@evil.com", "x"] {
        let refusal = t.token(&form.clone().set("resource", elsewhere)).unwrap_err();
        assert_eq!(refusal.rule, &rules::RESOURCE_ALLOWED, "{elsewhere}");
    }
}

#[test]
fn on_a_test_bed_a_registered_resource_is_named_byte_for_byte_too() {
    let mut t = Bench::new();
    t.policy.loopback_test_bed = true;
    t.policy.resources[0].uri = "http://localhost:4003".to_owned();
    let form = t.credentials("service").set("grant_type", "client_credentials");
    t.token(&form.clone().set("resource", "http://localhost:4003")).unwrap();
    t.token(&form.clone().set("resource", "http://localhost:4004/")).unwrap();
    for near in
        ["http://localhost:4003/", "http://LOCALHOST:4003", "http://localhost:4003/files", "http://localhost:4003?"]
    {
        let refusal = t.token(&form.clone().set("resource", near)).unwrap_err();
        assert_eq!(refusal.rule, &rules::RESOURCE_ALLOWED, "{near}");
    }
}

#[test]
fn a_clients_own_token_speaks_of_the_client_only() {
    let mut t = Bench::new();
    let reply = service(&mut t, None);
    let (_, _, claims) = read(t.keys, &reply.access_token);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("service"), &json!("service")));
    assert_eq!(claims.get("auth_time"), None);
    assert_eq!((reply.refresh_token, reply.id_token), (None, None));
    assert!(t.store.all::<Access>().is_empty(), "it needs no row");
}

#[test]
fn an_opaque_token_says_nothing_and_its_row_holds_a_hash() {
    let mut t = Bench::new();
    let reply = service(&mut t, Some(VAULT));
    assert_eq!((reply.access_token.len(), &reply.access_token[..5]), (52, "csat_"));
    let row = t.store.all::<Access>().remove(0);
    assert_eq!((row.subject.as_ref(), row.family.as_ref()), (None, None));
    assert_eq!(row.audience, [VAULT]);
    assert!(!t.store.dump().contains(&reply.access_token));
}

#[test]
fn an_id_token_says_who_signed_in_how_and_when_in_the_algorithm_of_the_client() {
    for algorithm in Algorithm::ALL {
        let mut t = Bench::new();
        t.keys = rsa_keys();
        t.update("web", |client: &mut Client| client.id_token_alg = algorithm);
        t.advance(Ttl::secs(7));
        let fields = t.ask("web", "openid email").set("nonce", "n-1");
        let code = t.authorize(&fields).get("code").unwrap();
        let reply = t.redeem("web", &code).unwrap();
        let (typ, signed_with, claims) = read(t.keys, reply.id_token.as_deref().unwrap());
        assert_eq!((typ.as_str(), signed_with), ("JWT", algorithm));
        let session = t.store.all::<Session>().remove(0);
        let expected = json!({
            "iss": ISSUER, "sub": "u_alice", "aud": "web", "iat": T0.secs() + 7, "exp": T0.secs() + 307,
            "auth_time": T0.secs(), "nonce": "n-1", "acr": "1", "amr": ["pwd"], "sid": session.id,
            "at_hash": hash::at_hash(algorithm, &reply.access_token),
        });
        assert_eq!(claims, expected, "{algorithm}: and nothing about the person, which is at userinfo");
    }
}

#[test]
fn at_hash_is_half_the_hash_of_the_access_token_that_came_along() {
    let mut t = Bench::new();
    let first = t.tokens("web", "openid");
    let second = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    for reply in [first, second] {
        let (_, _, claims) = read(t.keys, reply.id_token.as_deref().unwrap());
        assert_eq!(claims["at_hash"], base64url(&hash::sha256(reply.access_token.as_bytes())[..16]));
    }
}

#[test]
fn a_nonce_is_in_the_first_id_token_only_and_auth_time_stays() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid").set("nonce", "n-1");
    let code = t.authorize(&fields).get("code").unwrap();
    let first = t.redeem("web", &code).unwrap();
    t.advance(Ttl::secs(200));
    let second = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    let (_, _, claims) = read(t.keys, second.id_token.as_deref().unwrap());
    assert_eq!(claims.get("nonce"), None);
    assert_eq!((&claims["auth_time"], &claims["iat"]), (&json!(T0.secs()), &json!(T0.secs() + 200)));
    let bare = t.tokens("web", "openid");
    assert_eq!(read(t.keys, bare.id_token.as_deref().unwrap()).2.get("nonce"), None, "none asked, none said");
}

#[test]
fn without_openid_there_is_no_id_token() {
    let mut t = Bench::new();
    assert_eq!(t.tokens("web", "profile email").id_token, None);
}

#[test]
fn iat_is_never_in_the_future_of_who_reads_it() {
    let mut t = Bench::new();
    t.now = Timestamp::from_millis(T0.millis() + 999);
    let reply = t.tokens("web", "openid");
    for token in [&reply.access_token, reply.id_token.as_ref().unwrap()] {
        assert_eq!(read(t.keys, token).2["iat"], T0.secs());
    }
}

#[test]
fn every_token_has_an_id_of_its_own() {
    let mut t = Bench::new();
    let ids: std::collections::BTreeSet<String> = (0..20)
        .map(|_| read(t.keys, &service(&mut t, None).access_token).2["jti"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 20);
}

#[test]
fn a_missing_signing_key_is_our_fault_and_not_the_clients() {
    assert!(matches!(bench::keys().signing(Algorithm::RS256), Err(Fault::NoKey("RS256"))));
    assert!(matches!(bench::keys().signing(Algorithm::PS256), Err(Fault::NoKey("PS256"))));
}

#[test]
fn tokens_of_a_retired_key_are_good_until_the_key_is_forgotten() {
    let mut t = Bench::new();
    let (old, new) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
    let der = old.to_pkcs8().unwrap();
    let ring = |keys| -> &'static Keys { Box::leak(Box::new(Keys::new(keys, crate::Pairwise::new([1; 32])))) };
    let reopened = |key: &SigningKey| SigningKey::from_pkcs8(Algorithm::ES256, &key.to_pkcs8().unwrap()).unwrap();
    t.keys = ring(vec![(KeyState::Current, old), (KeyState::Next, reopened(&new))]);
    let before = t.tokens("web", "read:files");
    assert!(t.is_active(&before.access_token));
    let retired = SigningKey::from_pkcs8(Algorithm::ES256, &der).unwrap();
    t.keys = ring(vec![(KeyState::Retired, retired), (KeyState::Current, reopened(&new))]);
    let after = t.tokens("web", "read:files");
    assert!(t.is_active(&before.access_token) && t.is_active(&after.access_token));
    assert_eq!(Unverified::parse(&after.access_token).unwrap().kid(), Some(new.kid()), "the current one signs");
    t.keys = ring(vec![(KeyState::Current, new)]);
    assert!(!t.is_active(&before.access_token) && t.is_active(&after.access_token));
}

#[test]
fn the_reply_says_what_was_granted_even_where_the_user_narrowed_it() {
    let mut t = Bench::new();
    let request = t.validated(&t.ask("web", "openid read:files read:profile"));
    let plan = t.approval(request, crate::authorize::Consent::Given(scopes("read:files").into()));
    let response = bench::Fields::response(&t.commit(plan).unwrap());
    let reply = t.redeem("web", &response.get("code").unwrap()).unwrap();
    let wire = serde_json::to_value(&reply).unwrap();
    assert_eq!((&wire["scope"], &wire["token_type"]), (&json!("openid read:files"), &json!("Bearer")));
    assert_eq!(wire["expires_in"], 300);
}
