//! What refusals tell: each usual mistake is made once, and the description has to name it, without a word of what was
//! secret in the request. Client authentication has tables of its own, beside it.

use countersign_protocol::{Refusal, Timestamp, Ttl, base64url, error::description_text};

use crate::{
    authorize::Failure,
    bench::{API, Bench, Fields, T0, VAULT, VERIFIER, secret_of},
    records::{Client, User},
};

const OTHER_VERIFIER: &str = "another-verifier-that-also-has-43-character";

/// The description of a refusal that has every part, fits, and holds nothing secret of the request.
fn sound(refusal: &Refusal, request: &Fields) -> String {
    let said = refusal.description();
    assert!(refusal.detail.is_some(), "no detail: {said}");
    assert_eq!(description_text(&said), said, "nothing but what RFC 6749 allows, and not cut");
    assert!(said.contains(&description_text(refusal.rule.explain)), "{said}");
    assert!(said.ends_with(&format!("({})", refusal.rule.spec.replace('§', "section "))), "{said}");
    for name in ["code", "code_verifier", "refresh_token", "client_secret"] {
        let secret = request.get(name).unwrap_or_default();
        assert!(secret.len() < 6 || !said.contains(&secret), "{name} in {said}");
    }
    said
}

fn token(t: &mut Bench, form: &Fields) -> String {
    sound(&t.token(form).unwrap_err(), form)
}

/// What the client of an authorization request, or its user, is told.
fn authorize(t: &mut Bench, fields: &Fields) -> String {
    match t.validate(fields.encode().as_bytes()) {
        Err(Failure::Redirect(_, refusal)) => sound(&refusal, fields),
        Err(Failure::ShowPage(page)) => sound(&page.refusal, fields),
        Ok(_) => panic!("accepted"),
    }
}

/// A code that was just issued to `web`, with everything that its redemption needs.
fn redemption(t: &mut Bench) -> Fields {
    let code = t.code("web", "openid read:files");
    t.redemption("web", &code)
}

#[test]
fn a_verifier_that_is_none_or_does_not_match_is_told_why() {
    let challenge = Bench::new().ask("web", "").get("code_challenge").unwrap();
    for (verifier, words) in [
        ("short", "It has 5 characters, at least 43 are needed"),
        (&format!("{VERIFIER}="), "base64 padding"),
        (&format!("{VERIFIER}%3D"), "percent-encoded once too often"),
        (&"a".repeat(129), "at most 128 are allowed"),
        (&challenge, "the challenge itself"),
        (OTHER_VERIFIER, "perhaps the verifier of another login"),
    ] {
        let mut t = Bench::new();
        let form = redemption(&mut t).set("code_verifier", verifier);
        let said = token(&mut t, &form);
        assert!(said.contains(words), "{said}");
    }
    let mut t = Bench::new();
    let padded = countersign_protocol::CodeVerifier::parse(VERIFIER).unwrap().challenge();
    assert_eq!(padded.as_str(), challenge, "the bench's challenge is in order");
    let wrong = sha256(&format!("{VERIFIER}="));
    let code = t.authorize(&t.ask("web", "openid").set("code_challenge", &wrong)).get("code").unwrap();
    let form = t.redemption("web", &code);
    assert!(token(&mut t, &form).contains("hashes the verifier with base64 padding"));
}

fn sha256(text: &str) -> String {
    countersign_protocol::HandleHash::of(text).as_str().to_owned()
}

#[test]
fn a_code_that_is_no_code_or_is_gone_is_told_which() {
    let mut t = Bench::new();
    let good = redemption(&mut t);
    let code = good.get("code").unwrap();
    let refresh = t.tokens("web", "openid").refresh_token.unwrap();
    for (sent, words) in [
        ("SplxlOBeZQQYbYS6WxSbIA", "those of this server begin with csac_"),
        (&code[..30], "30 characters in place of 52"),
        (&format!("{code}%3D"), "percent-encoded once too often"),
        (&refresh, "the form of a refresh token"),
        (&code.replace("csac_", "csac_x")[..52], "altered on its way"),
    ] {
        let said = token(&mut t, &good.clone().set("code", sent));
        assert!(said.contains(words), "{said}");
    }
    let elsewhere = Bench::new().code("web", "openid profile");
    let mut other = Bench::new();
    let form = other.redemption("web", &elsewhere);
    let said = token(&mut other, &form);
    assert!(said.contains("It has the right form: it was issued too long ago, by another server"), "{said}");
}

#[test]
fn a_code_of_another_client_or_another_address_is_told_what_differs() {
    let mut t = Bench::new();
    let good = redemption(&mut t);
    let stolen = good.clone().set("client_id", "other").set("client_secret", &secret_of("other"));
    let said = token(&mut t, &stolen);
    assert!(said.contains("This request is by other.") && !said.contains("web"), "{said}");
    for (uri, words) in [
        (
            "https://web.example/callback/",
            "First difference: character 29. The address that was sent ends with a slash",
        ),
        ("http://web.example/callback", "First difference: character 5. 'http' was sent where 'https' is expected"),
        ("https://web.example:8443/callback", "Port 8443 was sent; the expected address has none"),
        ("https://web.example/Callback", "upper and lower case only"),
        ("https://web.example/%63allback", "percent-encoding only"),
        ("https://localhost/callback", "The host 'localhost' was sent where 'web.example' is expected"),
    ] {
        let said = token(&mut t, &good.clone().set("redirect_uri", uri));
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn an_unregistered_redirect_uri_is_compared_with_the_nearest_registered_one() {
    let mut t = Bench::new();
    for (uri, words) in [
        ("https://web.example/callback/", "character 29. The address that was sent ends with a slash; the registered"),
        ("http://web.example/callback", "'http' was sent where 'https' is registered"),
        ("https://web.example/cb", "character 22. 'b' was sent where 'a' is registered"),
    ] {
        let ask = t.ask("web", "openid").set("redirect_uri", uri);
        let said = authorize(&mut t, &ask);
        assert!(said.contains(words), "{said}");
    }
    let ask = t.ask("phone", "openid").set("redirect_uri", "http://localhost/callback");
    assert!(authorize(&mut t, &ask).contains("Both mean this computer, but they are two names"));
    let ask = t.ask("web", "openid").set("client_id", "service");
    assert!(authorize(&mut t, &ask).contains("This client has registered none"));
}

#[test]
fn a_code_that_came_too_late_or_twice_is_told_by_how_much() {
    let mut t = Bench::new();
    let late = redemption(&mut t);
    t.advance(Ttl::secs(72));
    let said = token(&mut t, &late);
    assert!(said.contains("It expired 12 s ago, and was good for 60 s"), "{said}");

    let twice = redemption(&mut t);
    t.token(&twice).unwrap();
    t.now = Timestamp::from_millis(t.now.millis() + 28);
    let said = token(&mut t, &twice);
    assert!(said.contains("That was 28 ms ago: a callback that is submitted twice"), "{said}");
    t.advance(Ttl::secs(5));
    let said = token(&mut t, &twice);
    assert!(said.contains("That was 5 s ago.") && !said.contains("callback"), "{said}");
}

#[test]
fn a_refresh_token_is_told_its_place_its_age_or_its_end() {
    let mut t = Bench::new();
    let token_of = |reply: crate::token::TokenReply| reply.refresh_token.unwrap();
    let first = token_of(t.tokens("web", "openid read:files"));
    let wider = t.refreshing("web", &first).set("scope", "openid email");
    assert!(token(&mut t, &wider).contains("Not approved: email. Approved: openid read:files"));
    let foreign = t.refreshing("other", &first);
    assert!(token(&mut t, &foreign).contains("This request is by other"));

    let second = token_of(t.refresh("web", &first).unwrap());
    t.refresh("web", &second).unwrap();
    t.advance(Ttl::secs(7));
    let old = t.refreshing("web", &first);
    let said = token(&mut t, &old);
    assert!(said.contains("It is number 0 of its sign-in, the newest is number 2, issued 7 s ago"), "{said}");
    let said = token(&mut t, &old);
    assert!(said.contains("An older refresh token of the same sign-in came back"), "{said}");

    let other = token_of(t.tokens("web", "openid"));
    t.sign_out("alice");
    let form = t.refreshing("web", &other);
    assert!(token(&mut t, &form).contains("The user signed out"));

    let mut t = Bench::new();
    let idle = token_of(t.tokens("web", "openid offline_access"));
    t.now = T0.plus(t.policy.ttl.refresh_idle).plus(Ttl::secs(9));
    let form = t.refreshing("web", &idle);
    let said = token(&mut t, &form);
    assert!(said.contains("It expired 9 s ago, and was issued 2592009 s ago"), "{said}");
    let form = t.refreshing("web", &t.client("web").id.to_string());
    assert!(token(&mut t, &form).contains("those of this server begin with csrt_"));
}

#[test]
fn a_grant_or_scope_that_a_client_may_not_have_is_told_with_those_that_it_may() {
    let mut t = Bench::new();
    let ask = |t: &Bench, client: &str, grant: &str| t.credentials(client).set("grant_type", grant);
    let form = ask(&t, "web", "client_credentials");
    assert!(token(&mut t, &form).contains("It is registered for: authorization_code, refresh_token."));
    let form = ask(&t, "service", "urn:ietf:params:oauth:grant-type:device_code");
    assert!(token(&mut t, &form).contains("It was 'urn:ietf:params:oauth:grant-type:device_code'"));
    let form = ask(&t, "service", "<b>evil</b>");
    let said = token(&mut t, &form);
    assert!(!said.contains("evil"), "{said}");
    let form = ask(&t, "service", "client_credentials").set("scope", "openid read:files admin");
    assert!(token(&mut t, &form).contains("Not allowed: admin openid. Allowed: read:files read:profile"));
    let form = ask(&t, "service", "client_credentials").set("scope", "a  b");
    assert!(token(&mut t, &form).contains("a space too many"));
    let ask = t.ask("web", "openid admin");
    assert!(authorize(&mut t, &ask).contains("Not allowed or unknown: admin. Allowed: "));
    let ask = t.ask("web", "openid,profile");
    let said = authorize(&mut t, &ask);
    assert!(said.contains("(an unusual one)"), "a comma is part of a name: {said}");
}

#[test]
fn a_resource_that_is_nearly_right_is_told_what_would_be() {
    let mut t = Bench::new();
    for (resource, words) in [
        (format!("{API}/"), "It would match without the slash at its end"),
        (API.replace("https", "http"), "It would match with another scheme"),
        (format!("{API}/files"), "It would match without a part of its path"),
        ("https://unknown.example".to_owned(), "None is registered under what came"),
    ] {
        let ask = t.ask("web", "openid").set("resource", &resource);
        let said = authorize(&mut t, &ask);
        assert!(said.contains(words), "{said}");
        let form = t.credentials("service").set("grant_type", "client_credentials").set("resource", &resource);
        let said = token(&mut t, &form);
        assert!(said.contains(words), "{said}");
    }
    let code = t.authorize(&t.ask("web", "read:files").set("resource", API)).get("code").unwrap();
    let form = t.redemption("web", &code);
    let said = token(&mut t, &form.clone().set("resource", VAULT));
    assert!(said.contains("none of those that the authorization request named"), "{said}");
    assert!(token(&mut t, &form.set("resource", &format!("{API}/"))).contains("without the slash"));
}

#[test]
fn an_authorization_request_is_told_which_parameter_and_what_about_it() {
    let mut t = Bench::new();
    let good = t.ask("web", "openid");
    let challenge = good.get("code_challenge").unwrap();
    let hex: String = "0123456789abcdef".repeat(4);
    for (name, value, words) in [
        ("client_id", "web ", "white space before or after"),
        ("client_id", "u_alice", "a user's sub"),
        ("response_type", "token", "It was 'token'"),
        ("response_mode", "fragment", "It was 'fragment'"),
        ("code_challenge_method", "plain", "It was 'plain'"),
        ("code_challenge_method", "s256", "It was 's256'"),
        ("code_challenge_method", "", "None came, and that means plain"),
        ("code_challenge", &format!("{challenge}="), "leave the padding out"),
        ("code_challenge", &hex, "the hash in hexadecimal"),
        ("code_challenge", &challenge[1..], "It has 42 characters"),
        ("code_challenge", OTHER_VERIFIER, "no hash but the verifier itself"),
        ("prompt", "login none", "none came together with another value"),
        ("prompt", "create", "It was 'create'"),
        ("max_age", "1h", "It was '1h'"),
        ("state", &"s".repeat(4097), "The state that came has 4097 bytes"),
        ("login_hint", &"s".repeat(257), "The login_hint that came has 257 bytes"),
    ] {
        let said = authorize(&mut t, &good.clone().set(name, value));
        assert!(said.contains(words), "{name}: {said}");
    }
    let twice = good.clone().again("state", "another");
    assert!(authorize(&mut t, &twice).contains("The parameter state came more than once"));
    let without = t.ask("phone", "openid").without("redirect_uri");
    assert!(
        authorize(&mut t, &without).contains("It may be left out only by a client that has registered exactly one")
    );
    let many = (0..9).fold(good, |fields, _| fields.again("resource", API));
    assert!(authorize(&mut t, &many).contains("At most 8"));
}

#[test]
fn a_token_that_is_presented_is_told_what_it_is_and_the_log_why_it_is_dead() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid read:files");
    let service = t.token(&t.credentials("service").set("grant_type", "client_credentials")).unwrap().access_token;
    let code = t.authorize(&t.ask("web", "openid").set("resource", VAULT)).get("code").unwrap();
    let opaque = t.redeem("web", &code).unwrap().access_token;
    let altered = format!("{}AAAA", &reply.access_token[..reply.access_token.len() - 4]);
    let none = Fields::of(&[]);
    for (sent, words) in [
        (reply.refresh_token.clone().unwrap(), "It is a refresh token"),
        (opaque[..40].to_owned(), "40 characters in place of 52"),
        ("abc".to_owned(), "three parts, this one has 1"),
        (altered, "The signature does not fit"),
        (base64url([7; 32]), "three parts, this one has 1"),
        (service, "This one acts for the client itself"),
    ] {
        let said = sound(&t.userinfo(&sent).unwrap_err(), &none);
        assert!(said.contains(words), "{said}");
    }
    let narrow = t.tokens("web", "read:files").access_token;
    assert!(sound(&t.userinfo(&narrow).unwrap_err(), &none).contains("This one has: read:files"));
    t.update("u_alice", |user: &mut User| user.enabled = false);
    let dead = t.userinfo(&reply.access_token).unwrap_err();
    assert_eq!((dead.detail.as_deref(), dead.aside.as_deref()), (None, Some("its user is disabled or gone")));
    t.update("web", |client: &mut Client| client.enabled = false);
    assert_eq!(t.userinfo(&opaque).unwrap_err().aside.as_deref(), Some("its client is disabled or gone"));
    t.advance(Ttl::secs(307));
    let said = sound(&t.userinfo(&reply.access_token).unwrap_err(), &none);
    assert!(said.contains("It expired 7 s ago"), "{said}");
    assert!(sound(&t.userinfo(&opaque).unwrap_err(), &none).contains("It expired 7 s ago"));
}
