//! `[registration]`: who may register clients, and whose word about them counts.

use countersign_engine::{
    policy::{RegistrationPolicy, SoftwareAuthority},
    records::Pkce,
};
use countersign_jose::JwkSet;
use countersign_protocol::Ttl;

use super::{
    fault::quote,
    reader::Reader,
    section::{FILE, Form, Section, Unset, between, key},
};
use crate::realm::Registration;

const MODES: [(&str, Registration); 3] =
    [("closed", Registration::Closed), ("initial-access", Registration::InitialAccess), ("open", Registration::Open)];

pub(super) static REGISTRATION: Section = Section {
    header: "[registration]",
    about: "Dynamic client registration, `POST /register` (RFC 7591), and what such clients may do about themselves \
            afterwards (RFC 7592). `countersign client list --dynamic` shows them all.",
    keys: &[
        key(
            "mode",
            Form::OneOf(&["closed", "initial-access", "open"]),
            Unset::Value("\"closed\""),
            "`closed`: clients come from this file and from `countersign client add` only. `initial-access`: whoever \
             holds an initial access token may register. `open`: anybody may, which is for test beds.",
        ),
        key(
            "unused",
            between(Ttl::minutes(5), Ttl::days(365)),
            Unset::Value("\"1d\""),
            "How long a client is kept that registered itself and that nobody has used yet.",
        ),
        key(
            "idle",
            between(Ttl::minutes(60), Ttl::days(3650)),
            Unset::Value("\"90d\""),
            "How long it is kept after its last use. A use is a token for it.",
        ),
        key(
            "per_network",
            Form::Count { least: 1, most: 1_000_000 },
            Unset::Value("20"),
            "Most clients that come from one network (an IPv4 address, or a /64 of IPv6) where `mode` is `open`.",
        ),
        key(
            "total",
            Form::Count { least: 1, most: 1_000_000 },
            Unset::Value("10000"),
            "Most clients that register themselves. They are counted every ten minutes, by each node for itself.",
        ),
        key(
            "rotate_access_tokens",
            Form::Flag,
            Unset::Value("false"),
            "Whether each update of a client brings it a new registration access token. A client that misses the answer \
             then can't manage itself any more.",
        ),
        key(
            "pkce",
            Form::OneOf(&["required", "optional"]),
            Unset::Value("\"required\""),
            "**Unsafe, for test beds:** `optional` lets confidential clients that registered themselves leave the code \
             challenge out. For those of this file, each says so itself (`pkce` of `[[clients]]`); public clients always \
             need it.",
        ),
        key(
            "unsigned_request_objects",
            Form::Flag,
            Unset::Value("false"),
            "**Unsafe, for test beds:** whether clients without a `request_object_signing_alg`, those of this file \
             included, may send request objects that nobody signed (`none`).",
        ),
        key(
            "http_on_loopback",
            Form::Flag,
            Unset::Value("false"),
            "For test beds: whether addresses of web apps, too, may be http on loopback, as those of native apps may.",
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
    let pkce = if table.one_of("pkce") == Some("optional") { Pkce::Optional } else { Pkce::Required };
    let usual = RegistrationPolicy::default();
    RegistrationPolicy {
        unused: table.duration("unused").unwrap_or(usual.unused),
        idle: table.duration("idle").unwrap_or(usual.idle),
        per_network: table.count("per_network").unwrap_or(usual.per_network),
        total: table.count("total").unwrap_or(usual.total),
        rotate_access_tokens: table.flag("rotate_access_tokens").unwrap_or(usual.rotate_access_tokens),
        authorities: authorities(&table),
        pkce,
        unsigned_request_objects: table.flag("unsigned_request_objects").unwrap_or(usual.unsigned_request_objects),
        http_on_loopback: table.flag("http_on_loopback").unwrap_or(usual.http_on_loopback),
    }
}

fn authorities(table: &Reader<'_>) -> Vec<SoftwareAuthority> {
    let mut all: Vec<SoftwareAuthority> = Vec::new();
    for table in table.tables("software_statements") {
        let Some(authority) = authority(&table) else { continue };
        if all.iter().any(|other| other.issuer == authority.issuer) {
            table.fault("issuer", format!("{} is there twice", quote(&authority.issuer)));
        }
        all.push(authority);
    }
    all
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
