//! `[outbound]`: what this server may fetch from addresses that clients name.

use std::path::Path;

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::{
    files,
    reader::Reader,
    section::{FILE, Form, Section, Unset, key},
};
use crate::outbound::Settings;

pub(super) static OUTBOUND: Section = Section {
    header: "[outbound]",
    about: "What this server asks of others: it fetches keys, request objects and sector identifiers from addresses that \
            clients registered, and tells clients there that a user has signed out. It connects to public addresses \
            only, by https, and follows no redirect. Both keys here are for test beds.",
    keys: &[
        key(
            "allow_special_use",
            Form::Flag,
            Unset::Value("false"),
            "Whether loopback, private, link-local and other special-use addresses may be asked too, by http as well. \
             **Whoever may register a client can then reach your own network through this server.**",
        ),
        key(
            "extra_ca",
            FILE,
            Unset::Otherwise("none"),
            "Certificate authorities in PEM that are trusted here beside the system's; a certificate that is signed by \
             itself is its own.",
        ),
    ],
    instead: &[],
};

pub(super) fn read(root: &Reader<'_>) -> Settings {
    let outbound = root.table("outbound");
    let allow_special_use = outbound.flag("allow_special_use").unwrap_or(false);
    let extra_ca = outbound.formed("extra_ca").and_then(|(item, form)| {
        let path = item.file(form)?;
        authorities(&path).map_err(|why| item.fault(why)).ok()
    });
    Settings { allow_special_use, extra_ca: extra_ca.unwrap_or_default() }
}

/// The certificates in a file: at least one, and each of them fit to sign others.
fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = files::read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let found = found.map_err(|error| format!("{}: {error}", path.display()))?;
    let mut roots = RootCertStore::empty();
    for ca in &found {
        roots.add(ca.clone()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if found.is_empty() { Err(format!("{} holds no certificate in PEM", path.display())) } else { Ok(found) }
}
