//! Whole flows, looked at from outside: what leaks, and what the list of rules says.

mod details;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use countersign_protocol::{Handle, HandleHash, HandleKind, Ttl};

use crate::{
    Cx, all_rules,
    authorize::{Approval, AuthorizationRequest, Consent, approve},
    bench::{Bench, Fields, VAULT, VERIFIER, code_facts, presented_facts, refresh_facts, secret_of},
    client_auth::Credentials,
    records::{Authorization, Browser, Client, Code, Family, Interaction, Refresh, Session, User},
    registration::new_secret,
    session::new_browser,
    token::GrantRequest,
};

#[test]
fn every_rule_has_an_id_of_its_own_a_section_and_words() {
    let mut seen = BTreeSet::new();
    for rule in all_rules() {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
        assert!(seen.insert(rule.id), "{} twice", rule.id);
        assert!(rule.id.contains('.') && rule.id.chars().all(plain), "{}", rule.id);
        assert!(rule.spec.contains('§'), "{}: {}", rule.id, rule.spec);
        assert!(rule.explain.ends_with('.') && rule.explain.is_ascii(), "{}: {}", rule.id, rule.explain);
        assert!(!rule.explain.contains(['"', '\\']), "{}: RFC 6749 §5.2", rule.id);
    }
    assert!(seen.len() > 70, "{}", seen.len());
}

/// Debug output of everything that a flow touches, and the secrets that it touches.
struct Leaks {
    said: String,
    secrets: Vec<String>,
}

impl Leaks {
    fn say(&mut self, thing: &dyn std::fmt::Debug) {
        writeln!(self.said, "{thing:?} {thing:#?}").unwrap();
    }
}

fn front_channel(t: &mut Bench, leaks: &mut Leaks) -> String {
    let fields = t.ask("web", "openid email read:files").set("resource", VAULT);
    leaks.say(&AuthorizationRequest::parse(fields.encode().as_bytes()));
    let request = t.validated(&fields);
    leaks.say(&request);
    let handle = Handle::random(HandleKind::Interaction, &mut t.entropy);
    let interaction = Interaction {
        hash: handle.hash(),
        browser: t.browser().id.clone(),
        request: request.clone(),
        chosen: None,
        began_at: String::new(),
        created_at: t.now,
        expires_at: t.now.plus(Ttl::minutes(30)),
    };
    t.insert(&interaction);
    leaks.say(&interaction);
    let account = t.account("alice", &request.client);
    leaks.say(&account);
    let consent = Consent::Given(request.scope.clone().into());
    let approval = Approval { request, account: &account, consent, interaction: None };
    leaks.say(&approval);
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let plan = approve(&mut cx, &t.policy, approval);
    leaks.say(&cx);
    leaks.say(&plan);
    let response = t.commit(plan).unwrap();
    leaks.say(&response);
    let code = Fields::response(&response).get("code").unwrap();
    leaks.secrets.extend([handle.expose().to_owned(), code.clone()]);
    code
}

fn token_request(t: &mut Bench, leaks: &mut Leaks, form: &Fields) -> crate::token::TokenReply {
    let params = form.params();
    leaks.say(&params);
    let mut cx = Cx::new(t.now, &mut t.entropy);
    leaks.say(&Credentials::parse(&mut cx, None, &params).unwrap());
    let request = GrantRequest::parse(&mut cx, &params).unwrap();
    leaks.say(&request);
    match &request {
        GrantRequest::AuthorizationCode(request) => leaks.say(&code_facts(&t.store, request.code_hash())),
        GrantRequest::RefreshToken(request) => leaks.say(&refresh_facts(&t.store, request.token_hash())),
        GrantRequest::ClientCredentials(_) => (),
    }
    leaks.say(&t.authenticate(None, form).unwrap());
    let plan = t.decide(form).unwrap();
    leaks.say(&plan);
    leaks.say(&t.checks);
    let outcome = t.commit(plan).unwrap();
    leaks.say(&outcome);
    let reply = outcome.unwrap();
    leaks.secrets.push(reply.access_token.clone());
    leaks.secrets.extend(reply.refresh_token.clone());
    leaks.secrets.extend(reply.id_token.clone());
    reply
}

/// Everything that a server says or stores in a run of the flow, searched for everything that must stay secret.
#[test]
fn neither_debug_output_nor_rows_hold_a_secret() {
    let mut t = Bench::new();
    let mut leaks = Leaks { said: String::new(), secrets: vec![VERIFIER.to_owned(), secret_of("web")] };
    let code = front_channel(&mut t, &mut leaks);
    let form = t.redemption("web", &code);
    let first = token_request(&mut t, &mut leaks, &form);
    let refresh = first.refresh_token.clone().unwrap();
    let form = t.refreshing("web", &refresh);
    let second = token_request(&mut t, &mut leaks, &form);
    let repeated = token_request(&mut t, &mut leaks, &form);
    assert_eq!(repeated, second);
    for token in leaks.secrets.clone() {
        let presented = t.identify(&token);
        leaks.say(&presented);
        leaks.say(&presented_facts(&t.store, &presented));
        leaks.say(&t.introspect("api", &token).map(|reply| reply["active"].clone()));
        leaks.say(&t.userinfo(&token).map(drop));
        leaks.say(&t.refresh("web", &token).map(drop));
        leaks.say(&t.redeem("web", &token).map(drop));
    }
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let browser = new_browser(&mut cx, "agent");
    let (secret, stored) = new_secret(&mut cx, "second");
    leaks.say(&browser);
    leaks.say(&(&secret, &stored));
    leaks.secrets.extend([secret.expose().to_owned(), t.commit(browser).unwrap().1.expose().to_owned()]);
    leaks.say(&(t.store.all::<Client>(), t.store.all::<Browser>(), t.store.all::<Session>()));
    leaks.say(&(t.store.all::<Code>(), t.store.all::<Family>(), t.store.all::<Refresh>()));
    leaks.say(&(t.store.all::<Authorization>(), t.store.all::<User>(), &t.policy, t.keys));
    let rows = t.store.dump();
    assert!(leaks.said.len() > 10_000 && leaks.secrets.len() > 12);
    for secret in &leaks.secrets {
        assert!(!leaks.said.contains(secret.as_str()), "said: {secret}");
        assert!(!rows.contains(secret.as_str()), "stored: {secret}");
    }
    assert!(!leaks.said.contains("$argon2id"), "a password hash can be attacked by whoever reads the log");
    assert!(rows.contains(HandleHash::of(&code).as_str()), "the search would have found something");
}

/// The eleven steps in one test: what each party gets, in order, and that nothing is left over.
#[test]
fn a_login_from_the_first_click_to_the_last_token() {
    let mut t = Bench::new();
    let fields = t.ask("spa", "openid profile read:files").set("nonce", "n-1");
    let response = t.authorize(&fields);
    assert_eq!(response.get("state"), fields.get("state"));
    let first = t.redeem("spa", &response.get("code").unwrap()).unwrap();
    assert_eq!(t.userinfo(&first.access_token).unwrap()["name"], "ALICE");
    assert_eq!(t.introspect("api", &first.access_token).unwrap()["scope"], "openid profile read:files");
    t.advance(Ttl::secs(301));
    assert!(!t.is_active(&first.access_token));
    let second = t.refresh("spa", first.refresh_token.as_deref().unwrap()).unwrap();
    assert!(t.is_active(&second.access_token));
    t.revoke("spa", second.refresh_token.as_deref().unwrap()).unwrap();
    assert!(!t.is_active(&second.access_token));
    assert!(t.refresh("spa", second.refresh_token.as_deref().unwrap()).is_err());
    assert_eq!(t.store.all::<Family>().len(), 1);
}
