//! The RP-Initiated Logout plan (OpenID Connect RP-Initiated Logout 1.0): what ends the session, what is asked first, and
//! where the browser lands.

use countersign_protocol::{base64url, params};
use serde_json::json;

use crate::support::{Arrival, Party, Rig, Tokens, fresh, party::HOME};

/// With a client that registered where users may land.
struct Leaving {
    rig: Rig,
    tokens: Tokens,
    landing: String,
    state: String,
}

impl Leaving {
    async fn new() -> Self {
        let landing = format!("{HOME}/post_logout_redirect");
        let mut rig = Rig::registered(json!({"post_logout_redirect_uris": [landing]})).await;
        let tokens = rig.log_in(&rig.party.request()).await;
        // Long, and of every character that a state can have, to see whether it comes back whole.
        let state = fresh() + &('!'..='~').collect::<String>();
        Self { rig, tokens, landing, state }
    }

    async fn end(&mut self, fields: &[(&str, &str)]) -> Arrival {
        self.rig.browser.open(&format!("/end-session?{}", params::write(fields.iter().copied()))).await
    }

    /// What the suite sends, with a parameter changed or (empty) left out.
    async fn end_with(&mut self, name: &str, value: &str) -> Arrival {
        let (hint, landing, state) = (self.tokens.id_token.clone(), self.landing.clone(), self.state.clone());
        let usual = [("id_token_hint", &hint), ("post_logout_redirect_uri", &landing), ("state", &state)];
        let fields = usual.map(|(usual, text)| (usual, if usual == name { value } else { text.as_str() }));
        let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        self.end(&fields).await
    }

    /// The relying party, with the state that was sent and nothing else.
    #[track_caller]
    fn landed(&self, arrival: Arrival, state: &str) {
        let callback = arrival.callback();
        let expected: Vec<(String, String)> =
            (!state.is_empty()).then(|| ("state".to_owned(), state.to_owned())).into_iter().collect();
        assert_eq!((callback.uri, callback.params), (self.landing.clone(), expected));
    }

    /// Nobody is signed in any more.
    async fn is_over(&mut self) {
        let request = self.rig.party.request().with("prompt", "none");
        let callback = self.rig.send(&request).await.callback();
        self.rig.check_error(&request, &callback, "login_required");
    }

    /// Still signed in.
    async fn goes_on(&mut self) {
        let request = self.rig.party.request().with("prompt", "none");
        let callback = self.rig.send(&request).await.callback();
        self.rig.check_answer(&request, &callback);
    }

    /// Answers the question with yes.
    async fn say_yes(&mut self, arrival: Arrival) -> Arrival {
        let page = arrival.page();
        assert!(page.has_button("sign-out") && !page.text.contains("Error"), "{}", page.text);
        self.rig.browser.submit(&page.press("sign-out")).await
    }
}

#[track_caller]
fn says_signed_out(arrival: Arrival) {
    let page = arrival.page();
    assert!(page.reply.status.is_success() && page.text.contains("Signed out"), "{}", page.text);
    assert!(!page.has_button("sign-in"), "{}", page.text);
}

/// oidcc-rp-initiated-logout-discovery-endpoint-verification
#[tokio::test]
async fn the_end_session_endpoint_is_published_and_https() {
    let metadata = crate::support::provider().metadata().await;
    assert!(metadata["end_session_endpoint"].as_str().unwrap().starts_with("https://"));
}

/// oidcc-rp-initiated-logout
#[tokio::test]
async fn a_hint_ends_the_session_and_the_browser_lands_where_the_client_asked_with_its_state() {
    let mut leaving = Leaving::new().await;
    let arrival = leaving.end_with("", "").await;
    let state = leaving.state.clone();
    leaving.landed(arrival, &state);
    leaving.is_over().await;
}

/// The same by static clients of the example. Neither has a front channel: a module of the suite fails at a call for which
/// it does not wait.
#[tokio::test]
async fn the_static_clients_may_end_sessions_too_and_no_frame_tells_them() {
    for party in [Party::first(), Party::back_channel()] {
        let mut rig = Rig::of(party);
        let tokens = rig.log_in(&rig.party.request()).await;
        let landing = format!("{HOME}/post_logout_redirect");
        let fields = [("id_token_hint", tokens.id_token.as_str()), ("post_logout_redirect_uri", &landing)];
        let arrival = rig.browser.open(&format!("/end-session?{}", params::write(fields))).await;
        assert_eq!(arrival.callback().uri, landing);
    }
}

/// The same by POST (§2: both methods).
#[tokio::test]
async fn a_hint_by_post_ends_the_session_too() {
    let mut leaving = Leaving::new().await;
    let (hint, landing) = (leaving.tokens.id_token.clone(), leaving.landing.clone());
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &landing), ("state", "s")];
    let arrival = leaving.rig.browser.post("/end-session", params::write(fields)).await;
    leaving.landed(arrival, "s");
    leaving.is_over().await;
}

/// oidcc-rp-initiated-logout-bad-post-logout-redirect-uri
#[tokio::test]
async fn an_unregistered_address_is_an_error_page_and_no_redirect() {
    let mut leaving = Leaving::new().await;
    let bad = format!("{}/made-up", leaving.landing);
    leaving.end_with("post_logout_redirect_uri", &bad).await.error_page();
}

/// oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri
#[tokio::test]
async fn an_address_with_a_query_more_is_another_address() {
    let mut leaving = Leaving::new().await;
    let more = format!("{}?foo=bar", leaving.landing);
    leaving.end_with("post_logout_redirect_uri", &more).await.error_page();
}

/// oidcc-rp-initiated-logout-modified-id-token-hint
#[tokio::test]
async fn an_unsigned_hint_proves_nothing() {
    let mut leaving = Leaving::new().await;
    let payload = leaving.tokens.id_token.split('.').nth(1).unwrap();
    let unsigned = format!("{}.{payload}.", base64url(r#"{"alg":"none"}"#));
    must_not_lead_away(leaving.end_with("id_token_hint", &unsigned).await);
    leaving.goes_on().await;
}

/// oidcc-rp-initiated-logout-bad-id-token-hint
#[tokio::test]
async fn a_hint_that_is_no_token_proves_nothing() {
    let mut leaving = Leaving::new().await;
    must_not_lead_away(leaving.end_with("id_token_hint", "not a token").await);
    leaving.goes_on().await;
}

/// oidcc-rp-initiated-logout-no-id-token-hint
#[tokio::test]
async fn without_a_hint_nobody_is_sent_away_unasked() {
    let mut leaving = Leaving::new().await;
    must_not_lead_away(leaving.end_with("id_token_hint", "").await);
    leaving.goes_on().await;
}

#[track_caller]
fn must_not_lead_away(arrival: Arrival) {
    let page = arrival.page();
    assert!(page.has_button("sign-out") || page.text.contains("Error"), "{}", page.text);
}

/// oidcc-rp-initiated-logout-no-params
#[tokio::test]
async fn without_parameters_the_user_is_asked_and_signed_out() {
    let mut leaving = Leaving::new().await;
    let question = leaving.end(&[]).await;
    says_signed_out(leaving.say_yes(question).await);
    leaving.is_over().await;
}

/// oidcc-rp-initiated-logout-only-state
#[tokio::test]
async fn a_state_alone_changes_nothing_about_that() {
    let mut leaving = Leaving::new().await;
    let question = leaving.end(&[("state", "s")]).await;
    says_signed_out(leaving.say_yes(question).await);
    leaving.is_over().await;
}

/// oidcc-rp-initiated-logout-no-post-logout-redirect-uri
#[tokio::test]
async fn without_an_address_the_browser_stays_and_is_told() {
    let mut leaving = Leaving::new().await;
    says_signed_out(leaving.end_with("post_logout_redirect_uri", "").await);
    leaving.is_over().await;
}

/// oidcc-rp-initiated-logout-no-state
#[tokio::test]
async fn without_a_state_none_comes_back() {
    let mut leaving = Leaving::new().await;
    let arrival = leaving.end_with("state", "").await;
    leaving.landed(arrival, "");
    leaving.is_over().await;
}

/// §2: `client_id` names the client where no hint does; the user is asked, and lands there.
#[tokio::test]
async fn a_client_id_in_place_of_a_hint_leads_back_after_the_question() {
    let mut leaving = Leaving::new().await;
    let (id, landing) = (leaving.rig.party.id.clone(), leaving.landing.clone());
    let fields = [("client_id", id.as_str()), ("post_logout_redirect_uri", &landing), ("state", "s")];
    let question = leaving.end(&fields).await;
    let arrival = leaving.say_yes(question).await;
    leaving.landed(arrival, "s");
    leaving.is_over().await;
}

/// §2: another client's name beside the hint is an error.
#[tokio::test]
async fn a_client_id_that_contradicts_the_hint_is_refused() {
    let mut leaving = Leaving::new().await;
    let hint = leaving.tokens.id_token.clone();
    leaving.end(&[("id_token_hint", &hint), ("client_id", "conformance-1")]).await.error_page();
    leaving.goes_on().await;
}
