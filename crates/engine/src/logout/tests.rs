//! Who is signed out by which request, who is asked, and where the browser goes.

use countersign_jose::SigningKey;
use countersign_protocol::{RedirectUri, Subject, Ttl};
use serde_json::{Value, json};

use super::{Here, LogoutRequest, Step, step, validate};
use crate::{
    Cx, Stored,
    authorize::PageFailure,
    bench::{Bench, Fields, ISSUER},
    records::{Client, Session, SubjectType, User},
    token::Realm,
    tokens::hint::IdTokenHint,
};

const BACK: &str = "https://web.example/signed-out?keep=this";
const LOOPBACK: &str = "http://127.0.0.1/signed-out";

/// Alice and bob are signed in; `web` has registered where its users land.
fn bench() -> Bench {
    let mut t = Bench::new();
    t.sign_in("bob");
    let uris = [BACK, LOOPBACK].map(|uri| RedirectUri::parse(uri).unwrap());
    t.update::<Client>("web", |client| client.post_logout_redirect_uris = uris.to_vec());
    t
}

/// Alice's ID token.
fn id_token(t: &mut Bench, client: &str) -> String {
    t.tokens(client, "openid").id_token.unwrap()
}

/// What a request comes to, in a few words.
fn says(t: &mut Bench, pairs: &[(&str, &str)]) -> String {
    match decide(t, pairs) {
        Err(failure) => failure.refusal.rule.id.to_owned(),
        Ok((what, None)) => what,
        Ok((what, Some(location))) => format!("{what}, then {location}"),
    }
}

fn decide(t: &mut Bench, pairs: &[(&str, &str)]) -> Result<(String, Option<String>), Box<PageFailure>> {
    let request = LogoutRequest::parse(Fields::of(pairs).encode().as_bytes());
    let hint = request.hint(Realm { policy: &t.policy, keys: t.keys });
    let client: Option<Stored<Client>> = request.client_id(hint.as_ref()).and_then(|id| t.store.find(id.as_str()));
    let here: Vec<(Stored<Session>, Stored<User>)> = t
        .store
        .all::<Session>()
        .into_iter()
        .map(|session| {
            let user = t.store.find(session.subject.as_str()).unwrap();
            (session, user)
        })
        .collect();
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let valid = validate(&mut cx, request, hint, client.as_deref())?;
    let sub = |user: &User| {
        client.as_ref().map_or(user.subject.clone(), |client| t.keys.known_as(&client.subject_type, &user.subject))
    };
    let subs: Vec<Subject> = here.iter().map(|(_, user)| sub(user)).collect();
    let all = here.iter().zip(&subs);
    let here: Vec<Here<'_>> = all.map(|((session, user), sub)| Here { session, user, sub }).collect();
    let step = step(&mut cx, &valid, &here);
    t.checks = cx.checks().to_vec();
    let names = |ids: &[countersign_protocol::SessionId]| {
        let ended = here.iter().filter(|here| ids.contains(&here.session.id));
        let mut names: Vec<&str> = ended.map(|here| here.user.username.as_str()).collect();
        names.sort_unstable();
        names.join(" and ")
    };
    let what = match step {
        Step::Nothing => "nothing".to_owned(),
        Step::End(ids) => format!("end {}", names(&ids)),
        Step::Ask(ids) => format!("ask {}", names(&ids)),
    };
    Ok((what, valid.way_back.map(|back| back.location())))
}

#[test]
fn only_the_session_that_an_id_token_names_ends_without_asking() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    let (hint, uri) = (("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK));
    let (web, state) = (("client_id", "web"), ("state", "a b&c=d#\u{e9}"));
    let table: [(&[(&str, &str)], &str); 12] = [
        (&[hint], "end alice"),
        (&[hint, uri], "end alice, then https://web.example/signed-out?keep=this"),
        (
            &[hint, uri, web, state],
            "end alice, then https://web.example/signed-out?keep=this&state=a+b%26c%3Dd%23%C3%A9",
        ),
        (&[hint, state], "end alice"),
        (&[hint, ("logout_hint", "bob"), ("ui_locales", "fr")], "end alice"),
        (&[], "ask alice and bob"),
        (&[state], "ask alice and bob"),
        (&[uri, state], "ask alice and bob"),
        (&[uri, web], "ask alice and bob, then https://web.example/signed-out?keep=this"),
        (&[web, ("logout_hint", " BOB ")], "ask bob"),
        (&[("logout_hint", "alice@example.com")], "ask alice"),
        (&[("logout_hint", "u_nobody")], "ask alice and bob"),
    ];
    for (pairs, expected) in table {
        assert_eq!(says(&mut t, pairs), expected, "{pairs:?}");
    }
}

#[test]
fn an_expired_hint_is_as_good_as_a_new_one() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    t.advance(Ttl::days(3));
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(says(&mut t, &pairs), format!("end alice, then {BACK}"));
}

#[test]
fn a_hint_of_an_earlier_session_of_the_user_names_whom_to_ask() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    t.sign_out("alice");
    assert_eq!(says(&mut t, &[("id_token_hint", &hint)]), "ask bob", "nobody else signs bob out unasked");
    t.sign_in("alice");
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(says(&mut t, &pairs), format!("ask alice, then {BACK}"));
    t.sign_out("alice");
    t.sign_out("bob");
    assert_eq!(says(&mut t, &pairs), format!("nothing, then {BACK}"));
}

#[test]
fn whom_the_client_knows_by_a_pairwise_subject_is_hinted_at_by_that() {
    let mut t = bench();
    t.update::<Client>("web", |client| {
        client.subject_type = SubjectType::Pairwise { sector: "web.example".to_owned() };
    });
    let hint = id_token(&mut t, "web");
    let sub = {
        let verified = countersign_jose::Unverified::parse(&hint).unwrap().verify(t.keys.public()).unwrap();
        verified.claims::<Value>().unwrap()["sub"].as_str().unwrap().to_owned()
    };
    assert_ne!(sub, "u_alice");
    assert_eq!(says(&mut t, &[("client_id", "web"), ("logout_hint", &sub)]), "ask alice");
    assert_eq!(says(&mut t, &[("id_token_hint", &hint)]), "end alice");
    t.sign_out("alice");
    t.sign_in("alice");
    assert_eq!(says(&mut t, &[("id_token_hint", &hint)]), "ask alice", "of an earlier session");
}

/// CVE-2026-11800 and its class, for hints: what is not surely our ID token names nobody.
#[test]
fn a_foreign_hint_ends_nothing_and_leads_nowhere() {
    let mut t = bench();
    let tokens = t.tokens("web", "openid");
    let hint = tokens.id_token.unwrap();
    let claims: Value = {
        let verified = countersign_jose::Unverified::parse(&hint).unwrap().verify(t.keys.public()).unwrap();
        verified.claims().unwrap()
    };
    let with = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        changed
    };
    let ours = t.keys.signing(countersign_jose::Algorithm::ES256).unwrap();
    let theirs = SigningKey::generate(countersign_jose::Algorithm::ES256).unwrap();
    let (head, rest) = hint.split_once('.').unwrap();
    let payload = rest.split_once('.').unwrap().0;
    let foreign = [
        ("another's key", theirs.sign("JWT", &claims).unwrap()),
        ("another issuer", ours.sign("JWT", &with("iss", json!("https://other.example"))).unwrap()),
        ("an access token", tokens.access_token.clone()),
        ("a logout token", ours.sign("logout+jwt", &claims).unwrap()),
        ("two audiences", ours.sign("JWT", &with("aud", json!(["web", "other"]))).unwrap()),
        ("alg none", format!("{}.{payload}.", countersign_protocol::base64url(br#"{"alg":"none"}"#))),
        ("another signature", format!("{head}.{payload}.{}", "A".repeat(86))),
        ("nonsense", "a.b.c".to_owned()),
        ("a word", "hint".to_owned()),
    ];
    for (what, hint) in foreign {
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK)];
        assert_eq!(says(&mut t, &pairs), "ask alice and bob", "{what}");
        let rules: Vec<&str> = t.checks.iter().filter(|check| !check.ok).map(|check| check.rule.id).collect();
        assert_eq!(rules, ["logout.hint_ours", "logout.redirect_client", "logout.hint_current"], "{what}");
    }
    assert_eq!(claims["iss"], ISSUER);
}

#[test]
fn a_client_that_is_unknown_or_not_the_hints_is_refused() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    let hint = ("id_token_hint", hint.as_str());
    let table = [
        ("other", "logout.client_is_hints"),
        ("nobody", "logout.client_is_hints"),
        ("u_alice", "logout.client_is_hints"),
        ("web", "end alice"),
    ];
    for (client, expected) in table {
        assert_eq!(says(&mut t, &[hint, ("client_id", client)]), expected, "{client}");
    }
    for client in ["nobody", "u_alice", "WEB"] {
        assert_eq!(says(&mut t, &[("client_id", client)]), "logout.client_known", "{client}");
    }
}

/// CVE-2024-8883, CVE-2026-3872 and their class, for the address after the sign-out.
#[test]
fn the_return_address_is_compared_byte_for_byte() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    let other = id_token(&mut t, "other");
    let wrong = [
        "https://web.example/signed-out",
        "https://web.example/signed-out?keep=this&foo=bar",
        "https://web.example/signed-out?keep=this#",
        "https://web.example/callback",
        "https://WEB.example/signed-out?keep=this",
        "https://web.example:443/signed-out?keep=this",
        "https://web.example/x/../signed-out?keep=this",
        "https://web.example@evil.example/signed-out?keep=this",
        "http://127.0.0.1:4000/signed-out",
        "javascript:alert(1)",
        " https://web.example/signed-out?keep=this",
    ];
    for uri in wrong {
        for named in [("id_token_hint", hint.as_str()), ("client_id", "web")] {
            let failure = decide(&mut t, &[named, ("post_logout_redirect_uri", uri)]).unwrap_err();
            assert_eq!(failure.refusal.rule.id, "logout.redirect_registered", "{uri}");
            assert_eq!(failure.sent.as_deref(), Some(uri));
            assert_eq!(failure.client_name.as_deref(), Some("The app web"));
        }
    }
    let pairs = [("id_token_hint", other.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(says(&mut t, &pairs), "logout.redirect_registered", "another client's address");
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", LOOPBACK)];
    assert_eq!(says(&mut t, &pairs), format!("end alice, then {LOOPBACK}"));
}

#[test]
fn a_disabled_client_signs_its_users_out_and_gets_nobody_back() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    t.update::<Client>("web", |client| client.enabled = false);
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(says(&mut t, &pairs), "end alice");
    t.delete::<Client>("web");
    assert_eq!(says(&mut t, &pairs), "end alice");
}

#[test]
fn requests_that_cannot_be_read_are_refused() {
    let mut t = bench();
    assert_eq!(says(&mut t, &[("state", "a"), ("state", "a")]), "logout.parameters_once");
    assert_eq!(says(&mut t, &[("state", &"x".repeat(4097))]), "logout.parameters_readable");
    assert_eq!(says(&mut t, &[("state", &"x".repeat(70_000))]), "logout.parameters_readable");
}

/// The answer to the question comes with the same client and address, and with nothing that could name a session.
#[test]
fn an_answer_is_validated_as_the_request_was() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    let client = t.client("web");
    let answer = Fields::of(&[("client_id", "web"), ("post_logout_redirect_uri", BACK), ("id_token_hint", &hint)]);
    let request = LogoutRequest::answered(&answer.params());
    assert_eq!(request.hint(Realm { policy: &t.policy, keys: t.keys }), None::<IdTokenHint>);
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let valid = validate(&mut cx, request, None, Some(&client)).unwrap();
    assert_eq!(valid.way_back.unwrap().location(), BACK);
    let request = LogoutRequest::answered(&answer.set("post_logout_redirect_uri", "https://evil.example/").params());
    let failure = validate(&mut cx, request, None, Some(&client)).unwrap_err();
    assert_eq!(failure.refusal.rule.id, "logout.redirect_registered");
}

#[test]
fn an_id_token_that_hints_is_not_in_debug_output() {
    let mut t = bench();
    let hint = id_token(&mut t, "web");
    let request = LogoutRequest::parse(Fields::of(&[("id_token_hint", &hint)]).encode().as_bytes());
    assert!(!format!("{request:?}").contains(&hint));
}
