//! Who we are and where we listen: `issuer`, `listen`, `[tls]` and `[proxies]`, which have to fit each other.

use std::net::{Ipv4Addr, SocketAddr};

use countersign_protocol::RedirectUri;
use url::Url;

use super::{
    fault::quote,
    files::not_open_to_others,
    item::Item,
    reader::Reader,
    section::{FILE, Form, SECRET_FILE, Section, Unset, key},
};
use crate::{
    network::{Cidr, Proxies},
    tls,
};

pub(super) static TLS: Section = Section {
    header: "[tls]",
    about: "TLS, served by Countersign itself. Both files are looked at every 30 seconds and loaded anew when they \
            change, without a restart, and at once after SIGHUP; a new pair that does not fit leaves the old one in use.",
    keys: &[
        key("cert", FILE, Unset::Required, "Certificate chain in PEM, the server's own certificate first."),
        key("key", SECRET_FILE, Unset::Required, "Private key of that certificate, in PEM."),
    ],
    instead: &[],
};

pub(super) static PROXIES: Section = Section {
    header: "[proxies]",
    about: "Reverse proxies in front of Countersign. From these, and from nobody else, `X-Forwarded-For` is believed: \
            it says whose failed sign-ins are counted together. No address is ever made from a forwarded header; the \
            public one is `issuer`.",
    keys: &[key(
        "trusted",
        Form::Texts("addresses or blocks of addresses, such as \"10.0.0.0/8\" or \"::1\""),
        Unset::Required,
        "Where connections of these proxies come from.",
    )],
    instead: &[],
};

/// How the outside reaches us.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) issuer: String,
    pub(super) listen: SocketAddr,
    pub(super) tls: Option<tls::Files>,
    pub(super) proxies: Proxies,
}

/// Reads and compares all four; `None` only if there is no issuer.
pub(super) fn read(root: &Reader<'_>) -> Option<Address> {
    let (tls, proxies) = (root.table("tls"), root.table("proxies"));
    let files = files(&tls);
    let port = if tls.is_present() { 8443 } else { 8080 };
    let listen = root.parse("listen", |text| text.parse::<SocketAddr>().ok());
    let listen = listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let trusted = blocks(&proxies);
    let (item, form) = root.formed("issuer")?;
    let issuer = issuer(&item, form)?;
    if let Some(why) = mismatch(issuer, listen, tls.is_present(), proxies.is_present()) {
        item.fault(why);
    }
    Some(Address { issuer: issuer.to_owned(), listen, tls: files, proxies: Proxies::new(trusted) })
}

/// The issuer as it is written: clients compare it byte for byte (RFC 8414 §3.3, RFC 9207 §2.4).
fn issuer<'a>(item: &Item<'a>, form: &Form) -> Option<&'a str> {
    let text = item.text(form)?;
    let Some(url) = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http")) else {
        return item.unexpected(form);
    };
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return item.unexpected(form);
    }
    let usual = url.as_str();
    if text != usual && Some(text) != usual.strip_suffix('/') {
        let usual = if url.path() == "/" { usual.trim_end_matches('/') } else { usual };
        item.fault(format!("browsers write this address otherwise; expected {}, got {}", quote(usual), quote(text)));
        return None;
    }
    if url.scheme() == "http" && RedirectUri::parse(text).is_err() {
        item.fault(format!("http is for localhost, 127.0.0.1 and [::1] only; expected https, got {}", quote(text)));
        return None;
    }
    Some(text)
}

/// Why issuer, socket, TLS and proxies don't go together.
fn mismatch(issuer: &str, listen: SocketAddr, tls: bool, proxies: bool) -> Option<String> {
    let https = issuer.starts_with("https://");
    let has_path = issuer.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'));
    if https && !tls && !proxies {
        return Some(
            "an https issuer needs [tls] with cert and key or, if a proxy ends TLS, [proxies] with its address in trusted"
                .to_owned(),
        );
    }
    if !https && tls {
        return Some("with [tls] the issuer begins with https://".to_owned());
    }
    if !https && !listen.ip().is_loopback() {
        return Some(format!("an http issuer may listen on loopback only, not on {listen}; use https"));
    }
    (has_path && !proxies).then(|| {
        "an issuer with a path needs a proxy that takes the path off, with its address in trusted of [proxies]"
            .to_owned()
    })
}

fn files(tls: &Reader<'_>) -> Option<tls::Files> {
    let (cert, form) = tls.formed("cert")?;
    let cert = cert.file(form);
    let (key, form) = tls.formed("key")?;
    let files = tls::Files { cert: cert?, key: key.file(form)? };
    if files.key.is_file()
        && let Err(why) = not_open_to_others(&files.key)
    {
        key.fault(why);
    }
    files.load().map_err(|error| tls.fault_here(error.to_string())).ok()?;
    Some(files)
}

fn blocks(proxies: &Reader<'_>) -> Vec<Cidr> {
    let mut blocks = Vec::new();
    for (item, text) in proxies.texts("trusted") {
        match Cidr::parse(text) {
            Some(_) if text.ends_with("/0") => item.fault(
                "this trusts everybody, so that anybody may choose whose sign-ins fail; name the proxy's own address",
            ),
            Some(block) => blocks.push(block),
            None => {
                let form = Form::Text("an address or a block of addresses, such as \"10.0.0.0/8\" or \"::1\"");
                item.unexpected::<()>(&form);
            }
        }
    }
    blocks
}
