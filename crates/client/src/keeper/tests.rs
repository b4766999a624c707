//! Refreshing under concurrency, loss and refusal. The wire holds requests back until a test lets them go. What
//! the ID token of a refresh must agree with is in `refreshed.rs`.

mod refreshed;

use std::sync::{Arc, Mutex};

use countersign_protocol::{ErrorCode, Secret};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::single_flight::lock;
use crate::testing::{Bench, CLIENT, ISSUER, Signed, T0, form, key, other_key, reply};
use crate::{CallError, Ended, RefreshError, TokenKeeper, TransportError, rules};

/// A bench with a signed-in user whose access token is good for 300 seconds, and whose provider answers the n-th
/// refresh with `at-r<n>` and `rt-r<n>`.
async fn signed_in() -> (Bench, TokenKeeper) {
    let bench = Bench::new();
    let tokens = bench.sign_in(|_| ()).await.unwrap();
    answer(&bench, json!({}));
    let keeper = bench.client.keep(tokens, |_| ());
    (bench, keeper)
}

fn answer(bench: &Bench, extra: Value) {
    let mut count = 0;
    bench.wire.on("/token", move |_| {
        count += 1;
        let mut body = json!({
            "access_token": format!("at-r{count}"), "refresh_token": format!("rt-r{count}"),
            "token_type": "Bearer", "expires_in": 300,
        });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        Ok(reply(200, body.to_string()))
    });
}

fn refreshes(bench: &Bench) -> Vec<String> {
    let requests = bench.wire.seen("/token");
    requests.iter().filter_map(|request| form(request).find("refresh_token").map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_token_is_renewed_a_tenth_of_its_lifetime_ahead_and_not_before() {
    let (bench, keeper) = signed_in().await;
    bench.advance(269);
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-1");
    bench.advance(1);
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-r1");
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-r1");
    assert_eq!(refreshes(&bench), ["rt-1"]);
}

#[tokio::test]
async fn a_new_refresh_token_replaces_the_old_one_and_is_stored() {
    let bench = Bench::new();
    let tokens = bench.sign_in(|_| ()).await.unwrap();
    answer(&bench, json!({}));
    let stored: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&stored);
    let keeper = bench.client.keep(tokens, move |tokens| {
        lock(&log).push(tokens.refresh_token.as_ref().unwrap().expose().to_owned());
    });
    for _ in 0..2 {
        bench.advance(300);
        keeper.access_token().await.unwrap();
    }
    assert_eq!(refreshes(&bench), ["rt-1", "rt-r1"]);
    assert_eq!(*lock(&stored), ["rt-r1", "rt-r2"]);
}

#[tokio::test]
async fn an_absent_refresh_token_means_that_the_old_one_stays() {
    let (bench, keeper) = signed_in().await;
    answer(&bench, json!({"refresh_token": null}));
    bench.advance(300);
    keeper.access_token().await.unwrap();
    assert_eq!(keeper.tokens().refresh_token.unwrap().expose(), "rt-1");
}

#[tokio::test]
async fn fifty_callers_share_one_refresh() {
    let (bench, keeper) = signed_in().await;
    bench.advance(300);
    let gate = bench.wire.hold();
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let keeper = keeper.clone();
            tokio::spawn(async move { keeper.access_token().await.unwrap().expose().to_owned() })
        })
        .collect();
    tokio::task::yield_now().await;
    gate.add_permits(10);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "at-r1");
    }
    assert_eq!(refreshes(&bench), ["rt-1"]);
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_lose_the_new_refresh_token() {
    let (bench, keeper) = signed_in().await;
    bench.advance(300);
    let gate = bench.wire.hold();
    {
        let mut impatient = Box::pin(keeper.access_token());
        assert!((&mut impatient).now_or_never().is_none());
    }
    gate.add_permits(10);
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-r1");
    assert_eq!(keeper.tokens().refresh_token.unwrap().expose(), "rt-r1");
    assert_eq!(refreshes(&bench), ["rt-1"], "the refresh that the first caller began is the one that counts");
}

#[test]
fn without_a_runtime_the_refresh_is_kept_and_goes_on_with_the_next_caller() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (bench, keeper) = runtime.block_on(signed_in());
    drop(runtime);
    bench.advance(300);
    let gate = bench.wire.hold();
    assert!(keeper.access_token().now_or_never().is_none());
    gate.add_permits(10);
    assert_eq!(keeper.access_token().now_or_never().unwrap().unwrap().expose(), "at-r1");
    assert_eq!(refreshes(&bench), ["rt-1"]);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_token() {
    let (bench, keeper) = signed_in().await;
    let mut lost = 0;
    bench.wire.on("/token", move |_| {
        lost += 1;
        if lost == 1 {
            return Err(TransportError::new("connection reset"));
        }
        Ok(reply(200, r#"{"access_token":"at-r1","refresh_token":"rt-r1","token_type":"Bearer","expires_in":300}"#))
    });
    bench.advance(300);
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-r1");
    assert_eq!(refreshes(&bench), ["rt-1", "rt-1"]);
}

#[tokio::test]
async fn while_the_provider_is_away_the_old_token_is_used_to_its_end() {
    let (bench, keeper) = signed_in().await;
    bench.wire.on("/token", |_| Err(TransportError::new("no route")));
    bench.advance(299);
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-1");
    bench.advance(1);
    let error = keeper.access_token().await.unwrap_err();
    assert!(matches!(error, RefreshError::Failed(CallError::Transport(_))), "{error}");
    answer(&bench, json!({}));
    assert_eq!(keeper.access_token().await.unwrap().expose(), "at-r1", "nothing was lost");
}

#[tokio::test]
async fn invalid_grant_ends_the_session_and_is_not_tried_again() {
    let (bench, keeper) = signed_in().await;
    bench.wire.on("/token", |_| Ok(reply(400, r#"{"error":"invalid_grant"}"#)));
    bench.advance(290);
    for _ in 0..3 {
        match keeper.access_token().await {
            Err(RefreshError::SignInAgain(Ended::Refused(error))) => assert!(error.is(ErrorCode::InvalidGrant)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refreshes(&bench).len(), 1);
}

#[tokio::test]
async fn other_refusals_do_not_end_the_session() {
    let (bench, keeper) = signed_in().await;
    bench.advance(300);
    bench.wire.on("/token", |_| Ok(reply(401, r#"{"error":"invalid_client"}"#)));
    assert!(matches!(keeper.access_token().await, Err(RefreshError::Failed(CallError::Refused(_)))));
    bench.wire.on("/token", |_| Ok(reply(500, "<html>")));
    assert!(matches!(keeper.access_token().await, Err(RefreshError::Failed(CallError::Check(_)))));
    answer(&bench, json!({}));
    assert!(keeper.access_token().await.is_ok());
}

#[tokio::test]
async fn without_a_refresh_token_the_access_token_is_used_to_its_end() {
    let bench = Bench::new();
    let tokens = bench.sign_in(|s| drop(s.token.remove("refresh_token"))).await.unwrap();
    let keeper = bench.client.keep(tokens, |_| ());
    bench.advance(299);
    assert!(keeper.access_token().await.is_ok());
    bench.advance(1);
    assert!(matches!(keeper.access_token().await, Err(RefreshError::SignInAgain(Ended::NoRefreshToken))));
}

#[tokio::test]
async fn a_token_that_an_api_rejected_is_replaced_once_for_all_who_saw_the_401() {
    let (bench, keeper) = signed_in().await;
    let rejected = Secret::new("at-1");
    for _ in 0..3 {
        assert_eq!(keeper.replace(&rejected).await.unwrap().expose(), "at-r1");
    }
    assert_eq!(refreshes(&bench).len(), 1);
}

fn refreshed_id_token(sub: &str, signed: &Signed) -> Value {
    let claims = json!({"iss": ISSUER, "sub": sub, "aud": CLIENT, "exp": T0 + 900, "iat": T0 + 300});
    match signed {
        Signed::By(key) => json!({"id_token": key.sign("JWT", &claims).unwrap()}),
        _ => json!({"id_token": "garbage"}),
    }
}

#[tokio::test]
async fn a_refresh_that_changes_the_user_ends_the_session() {
    for (extra, rule) in [
        (refreshed_id_token("bob", &Signed::By(key())), &rules::ID_TOKEN_SAME_USER),
        (refreshed_id_token("alice", &Signed::By(other_key())), &rules::ID_TOKEN_KEY),
        (refreshed_id_token("alice", &Signed::Not(String::new())), &rules::ID_TOKEN_FORM),
    ] {
        let (bench, keeper) = signed_in().await;
        answer(&bench, extra);
        bench.advance(300);
        match keeper.access_token().await {
            Err(RefreshError::SignInAgain(Ended::BadIdToken(refusal))) => assert_eq!(refusal.rule, rule),
            other => panic!("{}: {other:?}", rule.id),
        }
    }
}

#[tokio::test]
async fn a_refreshed_id_token_of_the_same_user_is_kept() {
    let (bench, keeper) = signed_in().await;
    answer(&bench, refreshed_id_token("alice", &Signed::By(key())));
    bench.advance(300);
    keeper.access_token().await.unwrap();
    let id_token = keeper.tokens().id_token.unwrap();
    assert_eq!(id_token.claims().iat.timestamp().secs(), T0 + 300);
}

#[tokio::test]
async fn revoking_ends_the_session_here_and_there() {
    let (bench, keeper) = signed_in().await;
    bench.wire.on("/revoke", |_| Ok(reply(200, "")));
    keeper.revoke().await.unwrap();
    assert_eq!(form(&bench.wire.seen("/revoke")[0]).find("token"), Some("rt-1"));
    assert!(matches!(keeper.access_token().await, Err(RefreshError::SignInAgain(Ended::Revoked))));
}

#[tokio::test]
async fn an_http_client_that_panics_costs_one_call_and_not_the_session() {
    let (bench, keeper) = signed_in().await;
    bench.wire.on("/token", |_| panic!("a fault of somebody else's"));
    bench.advance(300);
    assert!(matches!(keeper.access_token().await, Err(RefreshError::Failed(CallError::Transport(_)))));
    answer(&bench, json!({}));
    assert!(keeper.access_token().await.is_ok());
}

#[tokio::test]
async fn debug_output_holds_no_token() {
    let (_bench, keeper) = signed_in().await;
    let text = format!("{keeper:?} {:?}", keeper.tokens());
    assert!(!text.contains("at-1") && !text.contains("rt-1") && !text.contains("alice@example.com"), "{text}");
}
