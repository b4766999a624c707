//! Reading token replies.

use countersign_protocol::{ErrorCode, ScopeSet, Timestamp, Ttl};

use super::{TokenReply, read_reply};
use crate::check::Checks;
use crate::error::CallError;
use crate::testing::reply;

const T0: Timestamp = Timestamp::from_secs(1_000_000);

fn read(body: &str) -> Result<TokenReply, CallError> {
    read_reply(&reply(200, body), &ScopeSet::parse("a b").unwrap(), T0, Checks::unobserved())
}

fn with(members: &str) -> Result<TokenReply, CallError> {
    read(&format!(r#"{{"access_token":"at","token_type":"Bearer"{members}}}"#))
}

#[test]
fn the_granted_scope_is_what_counts_and_what_was_asked_stands_in_for_it() {
    assert_eq!(with("").unwrap().access_token.scope.to_string(), "a b");
    assert_eq!(with(r#","scope":"a""#).unwrap().access_token.scope.to_string(), "a");
    assert_eq!(with(r#","scope":"  c   a ""#).unwrap().access_token.scope.to_string(), "a c");
    assert!(with(r#","scope":"a\"b""#).is_err());
    assert!(with(r#","scope":["a"]"#).is_err());
}

#[test]
fn lifetimes_count_from_the_sending_of_the_request() {
    let token = with(r#","expires_in":3600"#).unwrap().access_token;
    assert_eq!(token.expires_at, Some(T0.plus(Ttl::secs(3600))));
    assert!(token.is_valid(T0.plus(Ttl::secs(3599))) && !token.is_valid(T0.plus(Ttl::secs(3600))));
    assert!(!token.is_due(T0.plus(Ttl::secs(3539))) && token.is_due(T0.plus(Ttl::secs(3540))));
    let forever = with("").unwrap().access_token;
    assert!(forever.is_valid(T0.plus(Ttl::days(9999))) && !forever.is_due(T0.plus(Ttl::days(9999))));
    let absurd = with(r#","expires_in":18446744073709551615"#).unwrap().access_token;
    assert!(absurd.is_valid(T0.plus(Ttl::days(365))));
    let over = with(r#","expires_in":0"#).unwrap().access_token;
    assert!(over.is_due(T0) && !over.is_valid(T0));
}

#[test]
fn lifetimes_that_are_no_number_of_seconds_are_refused() {
    for bad in ["-1", "1.5", "1e3", "\"soon\"", "\"\"", "true", "{}"] {
        assert!(with(&format!(r#","expires_in":{bad}"#)).is_err(), "{bad}");
    }
}

#[test]
fn an_error_reply_is_the_providers_and_not_ours() {
    let response = reply(400, r#"{"error":"invalid_scope"}"#);
    let outcome = read_reply(&response, &ScopeSet::default(), T0, Checks::unobserved());
    assert!(outcome.unwrap_err().is(ErrorCode::InvalidScope));
}

#[test]
fn tokens_do_not_show_in_debug_output() {
    let text = format!("{:?}", with(r#","refresh_token":"rt-1","id_token":"it-1""#).unwrap());
    assert!(!text.contains("rt-1") && !text.contains("it-1") && !text.contains("\"at\""), "{text}");
}
