//! The issuer as the outside sees it: reachable under its name, with the metadata, keys, cookie and certificate that it
//! should have.

use countersign_protocol::{Handle, HandleKind, Timestamp, Ttl, metadata::ServerMetadata, redirect_uri::origin_of};
use countersign_server::{
    config::Config,
    edge::{Clock as _, SystemClock},
};
use countersign_store::Store;
use reqwest::header::{DATE, LOCATION, SET_COOKIE};
use x509_cert::{Certificate, der::Decode as _};

use super::{
    Check,
    http::{Answer, Browser},
};
use crate::commands::{place::now, when};

const NAME: &str = "issuer";
/// A certificate that ends sooner is worth a line.
const CERTIFICATE_SOON: u64 = 14 * 24 * 3600;
/// How far this clock and the server's may be apart; `Date` has whole seconds.
const SKEW: u64 = 2;
/// By then a running server has noticed a key that another process made.
const NOTICED: Ttl = Ttl::minutes(1);
/// Beyond this, tokens are refused as expired or as not valid yet.
const TOO_FAR: u64 = 30;

/// Fetches the metadata. `false`: nothing came, so that asking on makes no sense.
pub(super) async fn check(config: &Config, browser: &Browser, checks: &mut Vec<Check>) -> bool {
    let issuer = config.issuer();
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let began = now();
    #[expect(clippy::disallowed_methods, reason = "measures how the clock of this machine moves")]
    let ticking = std::time::Instant::now();
    let answer = match browser.get(&url, &[]).await {
        Ok(answer) => answer,
        Err(why) => {
            let advice = "Start the server; look at DNS, firewall, proxy and certificate. --offline leaves this out.";
            checks.push(Check::wrong(NAME, format!("{url}: {why}"), advice));
            return false;
        }
    };
    #[expect(clippy::disallowed_methods, reason = "measures how the clock of this machine moves")]
    let ticked = ticking.elapsed().as_secs();
    let reached = answer.status == 200;
    checks.push(metadata(issuer, &url, &answer));
    checks.push(clock(&answer, began, ticked));
    checks.extend(answer.certificate.as_deref().map(|der| match Certificate::from_der(der) {
        Ok(certificate) => expiry("the server's certificate", &certificate),
        Err(error) => Check::look("certificate", format!("can't be read: {error}"), "Look at it with openssl x509."),
    }));
    checks.extend(well_known_of_rfc_8414(issuer, browser).await);
    reached
}

/// The one thing that every client compares byte for byte (RFC 8414 §3.3).
fn metadata(issuer: &str, url: &str, answer: &Answer) -> Check {
    if answer.status != 200 {
        let to = answer.header(&LOCATION).map(|to| format!(" to {to}")).unwrap_or_default();
        let advice = "The proxy must hand this address to Countersign as it is.";
        return Check::wrong(NAME, format!("{url} answers {}{to}", answer.status), advice);
    }
    let Ok(metadata) = serde_json::from_slice::<ServerMetadata>(&answer.body) else {
        return Check::wrong(NAME, format!("{url} is no metadata"), "Something else answers there; look at the proxy.");
    };
    if metadata.issuer == issuer {
        return Check::ok(NAME, format!("reachable; its metadata says {issuer}, byte for byte"));
    }
    let saw = format!("the metadata says {:?}, the configuration {issuer:?}", metadata.issuer);
    Check::wrong(NAME, saw, "Restart the server with this configuration, or look at where the proxy leads.")
}

/// With a path in the issuer, RFC 8414 §3.1 puts the well-known part before it, where a proxy must know of it.
async fn well_known_of_rfc_8414(issuer: &str, browser: &Browser) -> Option<Check> {
    let origin = origin_of(issuer)?;
    let path = issuer[origin.len()..].trim_end_matches('/');
    if path.is_empty() {
        return None;
    }
    let url = format!("{origin}/.well-known/oauth-authorization-server{path}");
    let found = browser.get(&url, &[]).await.is_ok_and(|answer| answer.status == 200);
    let advice =
        "Clients that follow RFC 8414 look there: let the proxy hand it to /.well-known/oauth-authorization-server.";
    Some(if found {
        Check::ok("well-known", url)
    } else {
        Check::look("well-known", format!("nothing at {url}"), advice)
    })
}

/// Compares three clocks: this one with the server's, and this one with the steady one of the machine.
fn clock(answer: &Answer, began: Timestamp, ticked: u64) -> Check {
    const CLOCK: &str = "clock";
    let passed = SystemClock.now().secs_since(began);
    if passed.abs_diff(ticked) > 1 {
        let saw = format!("this clock moved by {passed} s while {ticked} s passed");
        return Check::wrong(CLOCK, saw, "Something sets it in steps: let one program keep it, by NTP.");
    }
    let date = answer.header(&DATE).and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let Some(date) = date.map(|date| date.timestamp().as_second()) else {
        return Check::look(CLOCK, "the server sends no Date to compare with", "Look at the proxy.");
    };
    let apart = date.abs_diff(now().secs());
    let saw = format!("this machine and {NAME} are {apart} s apart");
    if apart <= SKEW {
        Check::ok(CLOCK, saw)
    } else if apart <= TOO_FAR {
        Check::look(CLOCK, saw, "Set both by NTP before it grows.")
    } else {
        Check::wrong(CLOCK, saw, "Set both by NTP: tokens seem expired, or from the future.")
    }
}

/// The certificate of `[tls]`, as it lies on disk.
pub(super) fn certificate_file(config: &Config, checks: &mut Vec<Check>) {
    let Some(files) = config.tls() else { return };
    let chain = std::fs::read(&files.cert).map_err(|error| error.to_string());
    let chain = chain.and_then(|pem| Certificate::load_pem_chain(&pem).map_err(|error| error.to_string()));
    let what = files.cert.display().to_string();
    checks.push(match chain.as_deref() {
        Ok([leaf, ..]) => expiry(&what, leaf),
        Ok([]) => Check::wrong("certificate", format!("{what} holds none"), "Put the chain there, in PEM."),
        Err(error) => Check::wrong("certificate", format!("{what}: {error}"), "Put the chain there, in PEM."),
    });
}

fn expiry(what: &str, certificate: &Certificate) -> Check {
    const CERTIFICATE: &str = "certificate";
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
    let end = Timestamp::from_secs(i64::try_from(end).unwrap_or(i64::MAX));
    let saw = format!("{what} ends {}", when::full(now(), end));
    if end <= now() {
        Check::wrong(CERTIFICATE, saw, "Renew it.")
    } else if end.secs_since(now()) < CERTIFICATE_SOON {
        Check::look(CERTIFICATE, saw, "Renew it; the running server loads the new one by itself.")
    } else {
        Check::ok(CERTIFICATE, saw)
    }
}

/// Whether the server behind the issuer works on the database of this configuration.
pub(super) async fn same_database(config: &Config, store: &Store, browser: &Browser, checks: &mut Vec<Check>) {
    const KEYS: &str = "published keys";
    let url = format!("{}/jwks", config.issuer().trim_end_matches('/'));
    let (answer, keys) = match (browser.get(&url, &[]).await, store.keys().await) {
        (Ok(answer), Ok(keys)) => (answer, keys),
        (Err(why), _) => return checks.push(Check::wrong(KEYS, format!("{url}: {why}"), "Look at the proxy.")),
        (_, Err(error)) => return checks.push(Check::wrong(KEYS, error.to_string(), "Restore a backup.")),
    };
    let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let published = |kid: &str| document["keys"].as_array().is_some_and(|all| all.iter().any(|key| key["kid"] == kid));
    let known = keys.iter().filter(|key| key.created_at.plus(NOTICED) < now());
    let missing = known.filter(|key| !published(key.id.as_str())).count();
    checks.push(if missing > 0 || !keys.iter().any(|key| published(key.id.as_str())) {
        let advice = "The server works on another database than this command: look at [store] path, and at the proxy.";
        Check::wrong(KEYS, format!("{url} lacks keys of this database"), advice)
    } else {
        Check::ok(KEYS, "those of this database: server and database belong together")
    });
}

/// Asks for a page as a browser would, looks at the cookie that comes, and forgets the browser again.
pub(super) async fn cookie(config: &Config, store: &Store, browser: &Browser, checks: &mut Vec<Check>) {
    const COOKIE: &str = "cookie";
    let url = format!("{}/account", config.issuer().trim_end_matches('/'));
    let answer = match browser.get(&url, &[]).await {
        Ok(answer) => answer,
        Err(why) => return checks.push(Check::wrong(COOKIE, format!("{url}: {why}"), "Look at the proxy.")),
    };
    let Some(cookie) = answer.header(&SET_COOKIE) else {
        let saw = format!("{url} answers {} and sets none", answer.status);
        return checks.push(Check::wrong(
            COOKIE,
            saw,
            "Without it nobody can sign in: look at what the proxy takes away.",
        ));
    };
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    forget(store, value).await;
    let has = |wanted: &str| attributes.split(';').any(|one| one.trim().eq_ignore_ascii_case(wanted));
    let https = config.issuer().starts_with("https://");
    let expected = if https { "__Host-countersign" } else { "countersign" };
    let mut wrong = Vec::new();
    if name != expected {
        wrong.push(format!("its name is {name:?} instead of {expected:?}"));
    }
    let wanted = ["HttpOnly", "SameSite=Lax", "Path=/"].into_iter().chain(https.then_some("Secure"));
    wrong.extend(wanted.filter(|wanted| !has(wanted)).map(|wanted| format!("{wanted} is missing")));
    if attributes.to_ascii_lowercase().contains("domain=") {
        wrong.push("it has a Domain".to_owned());
    }
    checks.push(if !wrong.is_empty() {
        Check::wrong(
            COOKIE,
            wrong.join(", "),
            "The proxy must not rewrite cookies (proxy_cookie_path, proxy_cookie_domain).",
        )
    } else if https {
        Check::ok(COOKIE, format!("{name}: over https only, for this very host"))
    } else {
        let advice = "Begin and end at the same name: a cookie of localhost is not sent to 127.0.0.1.";
        Check::look(COOKIE, format!("{name}, over http: good for this machine only"), advice)
    });
}

/// The server remembers every browser; this one does not come back. A failure leaves one row that expires.
async fn forget(store: &Store, cookie: &str) {
    let Ok(handle) = Handle::parse(HandleKind::Browser, cookie) else { return };
    if let Ok(Some(row)) = store.browser_by_cookie(&handle.hash()).await {
        let mut writes = countersign_engine::Writes::none();
        writes.delete(&row);
        let _ = store.commit(&writes).await;
    }
}
