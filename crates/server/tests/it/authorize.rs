//! `GET|POST /authorize` (OAuth 2.1 §3.1, §4.1; OpenID Connect Core §3.1.2): what is refused, where the refusal goes, and
//! what a good request leads to.

mod errors;
mod hints;
mod prompt;
mod redirects;
mod request_object;
mod success;

use crate::support::{Bench, Browser, Callback, ISSUER, Login, Page};

/// Sends a request without any cookie, and expects an error response at the client's.
async fn error_at_client(bench: &Bench, login: &Login) -> String {
    let reply = Browser::new(bench).arrive(&login.url()).await;
    assert!(!reply.has("set-cookie"), "an error needs no cookie");
    let callback = Callback::of(&reply);
    assert_eq!((callback.get("iss"), callback.get("code")), (ISSUER, ""));
    assert!(callback.get("error_description").len() > 10);
    callback.get("error").to_owned()
}

/// Sends a request, and expects a page that sends nobody anywhere. Its text.
async fn error_page(bench: &Bench, url: &str) -> String {
    let reply = Browser::new(bench).arrive(url).await.expect(400);
    assert!(!reply.has("set-cookie") && !reply.has("location"));
    Page::of(reply).text
}
