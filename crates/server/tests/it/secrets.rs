//! Nothing secret is logged, and nothing secret is stored in the clear: whole flows with everything captured that the
//! server logs at TRACE, as text and as JSON, and all rows of its store.

use std::{collections::BTreeMap, sync::Arc};

use countersign_engine::records::InitialAccess;
use countersign_protocol::{Handle, HandleKind, Ttl};
use countersign_server::{edge::SystemEntropy, realm::Registration};
use serde_json::json;

use crate::{
    support::{Ask, Bench, Browser, Callback, Log, PASSWORD, Page, Rp, Tokens, VAULT, secret_of},
    trace,
};

/// Everything that was secret in a run, by name.
#[derive(Default)]
struct Secrets(BTreeMap<String, String>);

impl Secrets {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() > 10, "{name}: {value:?} is too short to look for");
        self.0.insert(format!("{name} {}", self.0.len()), value);
    }

    fn add_tokens(&mut self, tokens: &Tokens) {
        for (name, token) in
            [("access token", &tokens.access), ("refresh token", &tokens.refresh), ("ID token", &tokens.id)]
        {
            if !token.is_empty() {
                self.add(name, token.clone());
            }
            // A JWT without its signature is harmless, the signature is what makes it one.
            if let Some((_, signature)) = token.rsplit_once('.') {
                self.add(name, signature);
            }
        }
    }

    fn add_browser(&mut self, browser: &Browser) {
        for cookie in browser.jar.values() {
            self.add("cookie", cookie);
        }
    }

    /// Looks for each as it is, percent-encoded, and without what handles have around their random part.
    fn must_not_occur_in(&self, what: &str, text: &str) {
        for (name, secret) in &self.0 {
            let encoded = countersign_protocol::params::encode(secret);
            let line = text.lines().find(|line| line.contains(secret.as_str()) || line.contains(&encoded));
            assert_eq!(line, None, "a {name} is in the {what}");
            if secret.starts_with("cs") && secret.len() == 52 {
                assert!(!text.contains(&secret[5..48]), "the random part of a {name} is in the {what}");
            }
        }
    }
}

/// A login with all that can go wrong on the way.
async fn login(bench: &Bench, secrets: &mut Secrets, id: &str) {
    let rp = Rp::of(id);
    let login = rp.login("openid email read:files offline_access").with("prompt", "consent");
    secrets.add("verifier", login.verifier.clone());
    let mut browser = Browser::new(bench);
    let page = Page::of(browser.authorize(&login).await);
    secrets.add_browser(&browser);
    let csrf = page.with_button("sign-in").field("csrf").to_owned();
    let handle = page.with_button("sign-in").action.split('/').nth(2).unwrap().to_owned();
    secrets.add("form token", csrf);
    secrets.add("interaction", handle);
    for (username, password) in
        [("alice", "a wrong password"), ("a password as a name", "x"), ("nobody", "another wrong one")]
    {
        browser.sign_in_with(&page, username, password).await;
    }
    secrets.add("password", "a wrong password");
    secrets.add("password", "a password as a name");
    secrets.add("password", "another wrong one");
    secrets.add("password", PASSWORD);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    secrets.add_browser(&browser);
    let callback = Callback::of(&browser.submit(consent.press("allow")).await);
    secrets.add("code", callback.code());
    redeem_and_refresh(bench, secrets, &rp, &callback, &login).await;
    let account = browser.open("/account").await;
    browser.submit(account.press("sign-out")).await;
    secrets.add_browser(&browser);
}

async fn redeem_and_refresh(
    bench: &Bench,
    secrets: &mut Secrets,
    rp: &Rp,
    callback: &Callback,
    login: &crate::support::Login,
) {
    let wrong = crate::support::Login { verifier: "w".repeat(43), ..login.clone() };
    secrets.add("verifier", wrong.verifier.clone());
    rp.redeem(bench, callback.code(), &wrong).await;
    Rp::of("rival").redeem(bench, callback.code(), login).await;
    let first = rp.tokens_for(bench, callback, login).await;
    let second = Tokens::of(&rp.refresh(bench, &first.refresh).await);
    Tokens::of(&rp.refresh(bench, &first.refresh).await);
    for tokens in [&first, &second] {
        secrets.add_tokens(tokens);
        bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await;
        bench.send(Ask::get("/userinfo").bearer(&tokens.id)).await;
        bench.send(Ask::get(format!("/userinfo?access_token={}", tokens.access))).await;
        Rp::of("api").introspect(bench, &tokens.access).await;
        Rp::of("rival").call(bench, "/revoke", &[("token", &tokens.refresh)]).await;
    }
    rp.refresh(bench, &first.refresh).await;
    rp.redeem(bench, callback.code(), login).await;
    rp.call(bench, "/revoke", &[("token", &second.refresh)]).await;
}

/// Clients: their secrets and assertions, right and wrong, in the right and in wrong places.
async fn clients(bench: &Bench, secrets: &mut Secrets) {
    for id in ["shop", "service", "poster", "older"] {
        secrets.add("client secret", secret_of(id));
    }
    let (secret, grant) = (secret_of("service"), [("grant_type", "client_credentials")]);
    for resource in [VAULT, crate::support::API] {
        let fields = [grant[0], ("resource", resource)];
        secrets.add_tokens(&Tokens::of(&Rp::of("service").call(bench, "/token", &fields).await));
    }
    let assertion = Rp::assertion(bench, &json!({}));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields = [grant[0], ("client_assertion", assertion.as_str()), ("client_assertion_type", kind)];
    bench.send(Ask::post("/token").form(&fields)).await.expect(200);
    bench.send(Ask::post("/token").form(&fields)).await.expect(401);
    secrets.add("assertion", assertion.clone());
    secrets.add("assertion", assertion.rsplit_once('.').unwrap().1);
    bench.send(Ask::post("/token").form(&grant).basic("service", "a wrong client secret")).await;
    secrets.add("client secret", "a wrong client secret");
    let encoded = countersign_protocol::params::encode(&secret);
    bench.send(Ask::post(format!("/token?client_secret={encoded}")).form(&grant)).await;
    bench.send(Ask::post("/token").form(&[grant[0], ("client_id", "service"), ("scope", &secret)])).await;
    bench.send(Ask::post("/token").header("authorization", format!("Basic {secret}")).form(&grant)).await;
    bench.send(Ask::post("/token").raw_form(format!("client_secret={encoded}&client_secret={encoded}"))).await;
    let twice = Ask::post("/token").form(&grant).basic("service", &secret).basic("service", &secret);
    secrets.add("header", twice.headers.get("authorization").unwrap().to_str().unwrap());
    bench.send(twice).await;
}

async fn registration(bench: &Bench, secrets: &mut Secrets) {
    let token = Handle::random(HandleKind::Registration, &mut SystemEntropy);
    let expires_at = bench.now().plus(Ttl::days(1));
    bench.insert(&InitialAccess { hash: token.hash(), remaining: 2, expires_at }).await;
    secrets.add("initial access token", token.expose());
    let ask = |metadata| Ask::post("/register").json(&metadata).bearer(token.expose());
    let reply = bench.send(ask(json!({"redirect_uris": ["https://new.example/"]}))).await.expect(201).json();
    secrets.add("client secret", reply["client_secret"].as_str().unwrap());
    bench.send(ask(json!({"redirect_uris": []}))).await.expect(400);
    bench.send(ask(json!({"redirect_uris": ["https://new.example/"]}))).await.expect(201);
    bench.send(ask(json!({"redirect_uris": ["https://new.example/"]}))).await.expect(401);
}

#[tokio::test]
async fn no_secret_of_whole_flows_is_in_the_log_or_in_the_store() {
    let log = Log::start();
    let bench = Bench::with(|realm| realm.registration = Registration::InitialAccess).await;
    let everybody = ["shop", "rival", "poster", "keyed", "spa", "cli", "phone", "older", "service", "api"];
    trace::on(&bench, &everybody, Ttl::days(1)).await;
    let mut secrets = Secrets::default();
    for id in ["shop", "spa", "cli", "keyed"] {
        login(&bench, &mut secrets, id).await;
    }
    clients(&bench, &mut secrets).await;
    registration(&bench, &mut secrets).await;
    let (text, rows) = (log.stop(), format!("{:?}", bench.memory));
    // That there is something to look at.
    for words in [
        "countersign::trace",
        "signed in",
        "sign-in failed",
        "refused",
        "checked",
        "code.single_use",
        "\"level\":\"DEBUG\"",
    ] {
        assert!(text.contains(words), "{words} is not in the log");
    }
    for words in ["u_alice", "tf_", "$argon2id$"] {
        assert!(rows.contains(words), "{words} is not in the store");
    }
    assert!(secrets.0.len() > 60, "{}", secrets.0.len());
    secrets.must_not_occur_in("log", &text);
    secrets.must_not_occur_in("store", &rows);
}

/// What an error says to the client is logged, too; neither may repeat what came.
#[tokio::test]
async fn no_reply_repeats_a_secret_that_came_in() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let secret = secret_of("service");
    let asks = [
        Ask::get("/userinfo").bearer(&tokens.refresh),
        Ask::get("/userinfo").bearer(&format!("{}x", tokens.access)),
        Ask::post("/token").form(&[("grant_type", &tokens.refresh)]).basic("service", &secret),
        Ask::post("/token")
            .form(&[("grant_type", "client_credentials"), ("scope", "x")])
            .basic("service", "wrong secret"),
        Ask::post("/introspect").form(&[("token", &tokens.access)]),
        Ask::post("/revoke").form(&[("token", &tokens.refresh)]).basic("rival", &secret_of("rival")),
        Ask::get(format!("/authorize?client_secret={}&token={}", "wrong+secret", tokens.access)),
    ];
    for ask in asks {
        let reply = bench.send(ask.clone()).await;
        let all = format!("{}{:?}", reply.text(), reply.headers);
        for secret in [&tokens.access, &tokens.refresh, &tokens.id, &secret, "wrong secret"] {
            assert!(!all.contains(secret), "{ask:?}");
        }
    }
}

/// A fault says nothing but its incident id, under which the log has the cause.
#[tokio::test]
async fn a_fault_tells_its_incident_id_and_nothing_of_its_cause() {
    let log = Log::start();
    let bench = Bench::new().await;
    let none = [(
        countersign_engine::records::KeyState::Retired,
        countersign_jose::SigningKey::generate(countersign_jose::Algorithm::ES256).unwrap(),
    )];
    bench
        .realm
        .keys
        .store(Arc::new(countersign_engine::Keys::new(none.into(), countersign_engine::Pairwise::new([0; 32]))));
    let ask = Rp::of("service").ask(&bench, "/token", &[("grant_type", "client_credentials")]);
    let reply = bench.send_unchecked(ask).await;
    reply.refused(500, "server_error");
    let text = log.stop();
    let body = reply.json();
    assert!(!body.to_string().contains("ES256") && !body.to_string().contains("key"), "{body}");
    let incident = body["trace_id"].as_str().unwrap();
    let line = text.lines().find(|line| line.contains(incident)).unwrap().to_owned();
    assert!(line.contains("ES256"), "{line}");
}
