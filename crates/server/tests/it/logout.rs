//! Signing out, and who hears of it: OpenID Connect RP-Initiated Logout 1.0, Back-Channel Logout 1.0, Front-Channel
//! Logout 1.0.

mod back_channel;
mod front_channel;
mod rp_initiated;

use countersign_engine::records::Client;
use countersign_protocol::{RedirectUri, Ttl, params};

use crate::support::{Bench, Browser, Page, Rp, Tokens};

/// Where the shop's users land.
const BACK: &str = "https://shop.example/signed-out";

/// A bench whose shop has registered where its users land.
async fn bench() -> Bench {
    bench_with(|_| ()).await
}

/// The same, with a realm that differs from the usual one.
async fn bench_with(change: impl FnOnce(&mut countersign_server::realm::Realm)) -> Bench {
    let bench = Bench::with(change).await;
    let uris = vec![RedirectUri::parse(BACK).unwrap()];
    bench.change::<Client>("shop", |client| client.post_logout_redirect_uris = uris).await;
    bench
}

/// Somebody signs in at the shop.
async fn at_the_shop(bench: &Bench, browser: &mut Browser, scope: &str, username: &str) -> Tokens {
    // A sign-in of this very second would do for `prompt=login`.
    bench.advance(Ttl::secs(1));
    let shop = Rp::of("shop");
    let login = shop.login(scope).with("prompt", "login").with("login_hint", username);
    let reply = browser.authorize(&login).await;
    let reply = browser.sign_in(&Page::of(reply), username).await;
    let reply =
        if reply.status.is_redirection() { reply } else { browser.submit(Page::of(reply).press("allow")).await };
    shop.tokens_for(bench, &crate::support::Callback::of(&reply), &login).await
}

/// The address that a client sends its user to.
fn end_session(pairs: &[(&str, &str)]) -> String {
    format!("/end-session?{}", params::write(pairs.iter().copied()))
}

/// Who is signed in in a browser, by the account page.
async fn signed_in(browser: &mut Browser) -> bool {
    !browser.open("/account").await.has_button("sign-in")
}
