//! Who is told of the end of a session, how often, and with what.

use std::collections::BTreeSet;

use countersign_jose::{Algorithm, ContentEncryption, DecryptionKey, Encrypted, KeyManagement, Unverified};
use countersign_protocol::{ClientId, Subject, Ttl};
use serde_json::{Value, json};

use super::{MAX_CLIENTS, PAUSES, claim, done, failed, put_off, token};
use crate::{
    Cx, Stored,
    bench::{Bench, ISSUER, T0},
    records::{Client, Encryption, KeySource, LogoutNotice, Record as _, Session, SubjectType, User},
    session::MAX_ACCOUNTS,
    token::Realm,
    tokens::{hint::IdTokenHint, presented::Presented},
};

/// A bench where these clients want to know.
fn bench(clients: &[&str]) -> Bench {
    let mut t = Bench::new();
    for id in clients {
        let uri = format!("https://{id}.example/logout");
        t.update::<Client>(id, |client| client.logout.backchannel_uri = Some(uri));
    }
    t
}

fn told(t: &Bench) -> Vec<String> {
    let mut all: Vec<String> = t.store.all::<LogoutNotice>().iter().map(|notice| notice.client.to_string()).collect();
    all.sort_unstable();
    all
}

/// The `sub` of a JWT of ours.
fn sub(t: &Bench, token: &str) -> String {
    let claims: Value = Unverified::parse(token).unwrap().verify(t.keys.public()).unwrap().claims().unwrap();
    claims["sub"].as_str().unwrap().to_owned()
}

fn notice(t: &Bench) -> Stored<LogoutNotice> {
    let mut all = t.store.all::<LogoutNotice>();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_session_remembers_each_client_that_its_user_signed_in_to_once() {
    let mut t = bench(&[]);
    for client in ["web", "other", "web", "spa"] {
        t.tokens(client, "openid");
    }
    t.tokens("older", "read:files");
    let session = t.store.all::<Session>().remove(0);
    let clients: Vec<&str> = session.clients.iter().map(ClientId::as_str).collect();
    assert_eq!(clients, ["web", "other", "spa"], "who asks for no ID token has nobody signed in");
}

#[test]
fn what_a_session_remembers_is_bounded() {
    let mut t = bench(&[]);
    for n in 0..=MAX_CLIENTS {
        let mut client = t.client("web").into_inner();
        client.id = ClientId::parse(&format!("web{n}")).unwrap();
        t.insert(&client);
        t.code(&format!("web{n}"), "openid");
    }
    let session = t.store.all::<Session>().remove(0);
    assert_eq!(session.clients.len(), MAX_CLIENTS);
    assert_eq!(session.clients[0].as_str(), "web1", "the oldest made room");
}

#[test]
fn clients_are_told_that_want_to_know_and_had_somebody_signed_in() {
    let mut t = bench(&["web", "other", "spa"]);
    for client in ["web", "other", "older"] {
        t.tokens(client, "openid");
    }
    t.update::<Client>("other", |client| client.enabled = false);
    t.sign_out("alice");
    assert_eq!(told(&t), ["web"]);
    let (notice, alice) = (notice(&t), "u_alice");
    assert_eq!((notice.subject.as_str(), notice.attempts, notice.due), (alice, 0, T0));
    t.sign_in("alice");
    t.sign_out("alice");
    assert_eq!(told(&t), ["web"], "nothing happened in the second session");
}

#[test]
fn the_account_that_makes_room_is_told_of_as_well() {
    let mut t = bench(&["web"]);
    t.tokens("web", "openid");
    for n in 1..=MAX_ACCOUNTS {
        t.advance(Ttl::secs(1));
        let mut user: User = t.store.find::<User>("u_bob").unwrap().into_inner();
        user.subject = Subject::parse(&format!("u_user{n}")).unwrap();
        user.username = format!("user{n}");
        t.insert(&user);
        assert_eq!(told(&t), Vec::<String>::new());
        t.sign_in(&user.username);
    }
    assert_eq!(told(&t), ["web"]);
}

#[test]
fn a_logout_token_says_whose_session_ended_and_nothing_that_an_id_token_says() {
    let mut t = bench(&["web"]);
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        t.update::<Client>("web", |client| client.id_token_alg = algorithm);
        let id_token = t.tokens("web", "openid").id_token.unwrap();
        let hint = IdTokenHint::read(Realm { policy: &t.policy, keys: t.keys }, &id_token).unwrap();
        t.sign_out("alice");
        let (client, notice) = (t.client("web"), notice(&t));
        let realm = Realm { policy: &t.policy, keys: t.keys };
        let mut cx = Cx::new(t.now, &mut t.entropy);
        let (text, again) =
            (token(&mut cx, realm, (&client, None), &notice), token(&mut cx, realm, (&client, None), &notice));
        let (text, again) = (text.unwrap(), again.unwrap());
        let verified = Unverified::parse(&text).unwrap().verify(t.keys.public()).unwrap();
        assert_eq!((verified.header().typ.as_deref(), verified.header().alg), (Some("logout+jwt"), algorithm));
        let mut claims: Value = verified.claims().unwrap();
        let jti = claims["jti"].take();
        assert!(jti.as_str().is_some_and(|jti| jti.len() > 20));
        let expected = json!({
            "iss": ISSUER, "aud": "web", "sub": hint.subject, "sid": hint.session, "jti": null,
            "iat": t.now.secs(), "exp": t.now.secs() + 120,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(claims, expected);
        let other: Value = Unverified::parse(&again).unwrap().verify(t.keys.public()).unwrap().claims().unwrap();
        assert_ne!(jti, other["jti"], "each attempt has a token of its own");
        // Cross-JWT confusion (§4.1): it is good for nothing else here.
        assert_eq!(IdTokenHint::read(realm, &text), None);
        assert!(!matches!(Presented::identify(t.now, realm, &text), Presented::Jwt(_)));
        t.store.commit(&done(&notice)).unwrap();
        t.sign_in("alice");
    }
}

/// §2.6 lets a client compare `sub` with the ID tokens that it has of the session, so it must be one of those.
#[test]
fn a_client_is_told_of_each_name_by_which_it_knows_the_user_in_that_session() {
    let mut t = bench(&["web"]);
    let mut known = Vec::new();
    for sector in ["one.example", "two.example", "two.example"] {
        t.update::<Client>("web", |client| {
            client.subject_type = SubjectType::Pairwise { sector: sector.to_owned() };
        });
        let id_token = t.tokens("web", "openid").id_token.unwrap();
        known.push(sub(&t, &id_token));
    }
    t.update::<Client>("web", |client| client.subject_type = SubjectType::Public);
    t.sign_out("alice");
    let mut told = Vec::new();
    for notice in t.store.all::<LogoutNotice>() {
        let realm = Realm { policy: &t.policy, keys: t.keys };
        let client = t.client("web");
        let text = token(&mut Cx::new(t.now, &mut t.entropy), realm, (&client, None), &notice).unwrap();
        told.push(sub(&t, &text));
    }
    assert_eq!(told.len(), 2, "each name once");
    assert_eq!(BTreeSet::from_iter(told), BTreeSet::from_iter(known));
}

#[test]
fn whoever_has_encrypted_id_tokens_has_encrypted_logout_tokens() {
    let mut t = bench(&["web"]);
    let (alg, enc) = (KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let key = DecryptionKey::generate(alg).unwrap();
    t.update::<Client>("web", |client| {
        let jwks = json!({"keys": [serde_json::to_value(key.public_jwk()).unwrap()]}).to_string();
        client.keys = Some(KeySource::Inline(jwks));
        client.id_token_encryption = Some(Encryption { alg, enc });
    });
    t.tokens("web", "openid");
    t.sign_out("alice");
    let (client, notice) = (t.client("web"), notice(&t));
    let realm = Realm { policy: &t.policy, keys: t.keys };
    let text = token(&mut Cx::new(t.now, &mut t.entropy), realm, (&client, None), &notice).unwrap();
    let decrypted = Encrypted::parse(&text).unwrap().decrypt(&key, &mut t.entropy).unwrap();
    let inner = String::from_utf8(decrypted.content().to_vec()).unwrap();
    let verified = Unverified::parse(&inner).unwrap().verify(t.keys.public()).unwrap();
    assert_eq!(verified.header().typ.as_deref(), Some("logout+jwt"));
}

#[test]
fn of_two_nodes_one_delivers_and_the_other_may_when_that_one_dies() {
    let mut t = bench(&["web"]);
    t.tokens("web", "openid");
    t.sign_out("alice");
    let seen = notice(&t);
    let ((mine, claimed), (theirs, _)) = (claim(t.now, &seen), claim(t.now, &seen));
    assert!(t.store.commit(&mine).is_some());
    assert!(t.store.commit(&theirs).is_none());
    let stored = notice(&t);
    assert_eq!((&*stored, stored.revision()), (&*claimed, claimed.revision()), "what was claimed can be settled");
    assert!(stored.due > t.now && stored.due <= t.now.plus(Ttl::minutes(3)), "after the claim it is due again");
    assert!(t.store.commit(&done(&claimed)).is_some());
    assert!(t.store.all::<LogoutNotice>().is_empty());
}

#[test]
fn a_failure_is_tried_again_ever_later_and_given_up_in_the_end() {
    let mut t = bench(&["web"]);
    t.tokens("web", "openid");
    t.sign_out("alice");
    let end = notice(&t).expires_at;
    for (n, pause) in PAUSES.iter().enumerate() {
        let before = notice(&t);
        let (writes, again) = failed(t.now, &before);
        assert_eq!(again, Some(t.now.plus(*pause)));
        t.store.commit(&writes).unwrap();
        let after = notice(&t);
        assert_eq!(
            (after.attempts, after.due, &after.id),
            (u32::try_from(n).unwrap() + 1, t.now.plus(*pause), &before.id)
        );
        t.advance(*pause);
        assert!(t.now < end, "the row is there as long as it is tried");
    }
    let (writes, again) = failed(t.now, &notice(&t));
    t.store.commit(&writes).unwrap();
    assert_eq!((again, t.store.all::<LogoutNotice>().len()), (None, 0));
    assert!(PAUSES.is_sorted());
}

#[test]
fn what_is_put_off_counts_no_attempt() {
    let mut t = bench(&["web"]);
    t.tokens("web", "openid");
    t.sign_out("alice");
    let until = t.now.plus(Ttl::minutes(5));
    let writes = put_off(until, &notice(&t));
    t.store.commit(&writes).unwrap();
    assert_eq!((notice(&t).due, notice(&t).attempts), (until, 0));
}

/// The courier reads the table from its beginning.
#[test]
fn notices_are_kept_in_the_order_in_which_they_are_due() {
    let mut t = bench(&["web"]);
    t.tokens("web", "openid");
    t.sign_out("alice");
    let mut later = notice(&t).into_inner();
    let first = later.key().into_owned();
    for ttl in [Ttl::secs(1), Ttl::days(1), Ttl::days(40_000)] {
        later.due = T0.plus(ttl);
        assert!(*later.key() > *first);
    }
}
