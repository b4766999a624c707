//! `[registration]`: who may register clients, and whose word about them counts.

use countersign_engine::policy::{RegistrationPolicy, SoftwareAuthority};
use countersign_jose::JwkSet;

use super::{
    reader::Reader,
    section::{FILE, Form, Section, Unset, key},
};
use crate::realm::Registration;

const MODES: [(&str, Registration); 3] =
    [("closed", Registration::Closed), ("initial-access", Registration::InitialAccess), ("open", Registration::Open)];

pub(super) static REGISTRATION: Section = Section {
    header: "[registration]",
    about: "Dynamic client registration, `POST /register` (RFC 7591).",
    keys: &[
        key(
            "mode",
            Form::OneOf(&["closed", "initial-access", "open"]),
            Unset::Value("\"closed\""),
            "`closed`: clients come from this file and from `countersign client add` only. `initial-access`: whoever \
             holds an initial access token may register. `open`: anybody may, which is for test beds.",
        ),
        key(
            "software_statements",
            Form::Tables(&STATEMENTS),
            Unset::Otherwise("none is believed"),
            "Whose software statements are believed.",
        ),
    ],
    instead: &[],
};

static STATEMENTS: Section = Section {
    header: "[[registration.software_statements]]",
    about: "Somebody who signs software statements (RFC 7591 section 2.3). What such a statement says about a client goes \
            before what the client says itself.",
    keys: &[
        key("issuer", Form::Text("the iss of the statements"), Unset::Required, "Who it is: `iss` of the statements."),
        key("jwks_file", FILE, Unset::Required, "What signs them: a JWK Set of public keys, in JSON."),
    ],
    instead: &[],
};

/// Who may register.
pub(super) fn mode(root: &Reader<'_>) -> Registration {
    let mode = root.table("registration").one_of("mode");
    let known = MODES.into_iter().find(|(name, _)| Some(*name) == mode);
    known.map_or(Registration::Closed, |(_, mode)| mode)
}

/// What holds for whoever did.
pub(super) fn policy(root: &Reader<'_>) -> RegistrationPolicy {
    let table = root.table("registration");
    let authorities = table.tables("software_statements").iter().filter_map(authority).collect();
    RegistrationPolicy { authorities }
}

fn authority(table: &Reader<'_>) -> Option<SoftwareAuthority> {
    let issuer = table.parse("issuer", |text| (!text.is_empty()).then(|| text.to_owned()));
    let (item, form) = table.formed("jwks_file")?;
    let content = item.content(form)?;
    let keys = JwkSet::parse(content.as_bytes()).map_err(|error| item.fault(error.to_string())).ok()?;
    if keys.keys().is_empty() {
        let why = keys.skipped().first().map(|(_, why)| format!(": {why}")).unwrap_or_default();
        item.fault(format!("expected at least one public signing key{why}"));
    }
    Some(SoftwareAuthority { issuer: issuer?, keys })
}
