//! What stands between browsers and the server, as the server sees it: asked twice, once plainly and once with a forged
//! `X-Forwarded-For`, since limits on guessing passwords count by the address that comes out of it.

use std::net::IpAddr;

use countersign_engine::Writes;
use countersign_protocol::Secret;
use countersign_server::{
    config::Config,
    edge::SystemEntropy,
    endpoints::doctor::{Seen, permission},
};
use countersign_store::Store;
use reqwest::header::{AUTHORIZATION, HeaderName};

use super::{Check, http::Browser};
use crate::commands::place::context;

const NAME: &str = "proxy";
/// Reserved for documentation (RFC 5737): nobody's address.
const FORGED: &str = "192.0.2.77";

/// Asks how requests arrive.
pub(super) async fn check(config: &Config, store: &Store, browser: &Browser, checks: &mut Vec<Check>) {
    let mut entropy = SystemEntropy;
    let (permission, row) = permission(&mut context(&mut entropy));
    let mut writes = Writes::none();
    writes.insert(&row);
    if let Err(error) = store.commit(&writes).await {
        return checks.push(Check::wrong(NAME, error.to_string(), "The database can't be written: look at the disk."));
    }
    let url = format!("{}/doctor", config.issuer().trim_end_matches('/'));
    let plain = ask(browser, &url, &permission, None).await;
    let forged = ask(browser, &url, &permission, Some(FORGED)).await;
    match (plain, forged) {
        (Ok(plain), Ok(forged)) => {
            checks.push(path(config, &plain));
            checks.push(forgery(&forged));
        }
        (Err(why), _) | (_, Err(why)) => {
            let advice =
                "The proxy may take the Authorization header away; or another version of the server is running.";
            checks.push(Check::look(NAME, format!("the server does not say what it saw: {why}"), advice));
        }
    }
}

async fn ask(browser: &Browser, url: &str, permission: &Secret, forged: Option<&str>) -> Result<Seen, String> {
    let bearer = (AUTHORIZATION, format!("Bearer {}", permission.expose()));
    let forged = forged.map(|address| (HeaderName::from_static("x-forwarded-for"), address.to_owned()));
    let headers: Vec<_> = std::iter::once(bearer).chain(forged).collect();
    let answer = browser.get(url, &headers).await?;
    if answer.status != 200 {
        return Err(format!("{url} answers {}", answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|error| format!("{url}: {error}"))
}

/// How the plain request came, and whether the addresses of clients can be told apart.
fn path(config: &Config, seen: &Seen) -> Check {
    let Seen { peer, client, .. } = seen;
    let by = format!("the server saw {peer}, as {}", seen.host.as_deref().unwrap_or("no host"));
    let named = seen.forwarded_for.join(", ");
    let last_hop = last_hop(seen).and_then(|hop| hop.parse::<IpAddr>().ok());
    if let Some(hop) = last_hop.filter(|_| client == peer && config.settings().proxies.names(*peer)) {
        let saw = format!("{by}, on behalf of {hop}: this machine itself, where a named proxy runs as well");
        return Check::ok(NAME, saw);
    }
    if !named.is_empty() && client == peer {
        let saw = format!("{by}, with X-Forwarded-For {named}, which it does not believe: all users share one address");
        return Check::wrong(NAME, saw, format!("If {peer} is your proxy, add it to trusted in [proxies]."));
    }
    if named.is_empty() && config.issuer().starts_with("https://") && config.tls().is_none() {
        let saw = format!("{by}, without X-Forwarded-For: all users share one address");
        return Check::wrong(NAME, saw, "Let the proxy that ends TLS send X-Forwarded-For.");
    }
    let scheme = seen.forwarded_proto.as_deref();
    if let Some(scheme) = scheme.filter(|scheme| !config.issuer().starts_with(&format!("{scheme}://"))) {
        let saw = format!("{by}; the proxy says that the browser came by {scheme}, the issuer is {}", config.issuer());
        return Check::look(NAME, saw, "Browsers must come by the scheme of the issuer, or they get no cookie.");
    }
    let through = if named.is_empty() { ", directly".to_owned() } else { format!(", on behalf of {client}") };
    Check::ok(NAME, format!("{by}{through}"))
}

/// Whom the proxy nearest to the server names.
fn last_hop(seen: &Seen) -> Option<&str> {
    seen.forwarded_for.last()?.rsplit(',').next().map(str::trim)
}

/// Whether a client may choose its own address (CVE-2025-64101).
fn forgery(seen: &Seen) -> Check {
    const FORGERY: &str = "forged address";
    let believed = seen.client.to_string() == FORGED;
    // Asked from the address of a named proxy, which may say what it likes: what counts is whether the proxy added it.
    if let Some(hop) = last_hop(seen).filter(|hop| believed && *hop != FORGED) {
        return Check::ok(
            FORGERY,
            format!("the proxy adds who it comes from ({hop}): a named proxy here, so believed"),
        );
    }
    if believed {
        let saw = format!("an X-Forwarded-For that a client makes up is believed: it was taken for {FORGED}");
        let advice = "The proxy must replace the header or add to it; [proxies] trusted must name proxies only.";
        return Check::wrong(FORGERY, saw, advice);
    }
    Check::ok(FORGERY, format!("not believed: the request counts for {}", seen.client))
}
