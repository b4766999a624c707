//! `[[scopes]]`: what apps may ask for, in the words that users read on the consent page.

use countersign_engine::{claims, policy::ScopeInfo};
use countersign_protocol::Scope;

use super::{
    fault::quote,
    reader::Reader,
    section::{Form, Section, Unset, key},
};

const TITLE: Form = Form::Text("a few plain words");
const DESCRIPTION: Form = Form::Text("a plain sentence");

pub(super) static SCOPES: Section = Section {
    header: "[[scopes]]",
    about: "Scopes beyond those of OpenID Connect, one table each, in the order in which the consent page shows them. \
            `openid`, `profile`, `email`, `address`, `phone` and `offline_access` are always there; a table with one of \
            these names changes its words.",
    keys: &[
        key(
            "scope",
            Form::Text("a scope: printable ASCII without spaces, quotes and backslashes, such as \"read:files\""),
            Unset::Required,
            "The scope as requests name it (RFC 6749 section 3.3).",
        ),
        key("title", TITLE, Unset::Otherwise("required for scopes of your own"), "What it allows: \"See your files\"."),
        key(
            "description",
            DESCRIPTION,
            Unset::Otherwise("required for scopes of your own"),
            "What that means for the user: \"The app can list and read your files, not change them.\"",
        ),
        key(
            "claims",
            Form::Texts("names of claims, such as \"staff_number\""),
            Unset::Otherwise("the standard ones of that scope (section 5.4)"),
            "The claims about users that it opens at `/userinfo`, beyond the standard ones; `claims` of `[[users]]` and \
             `countersign user add --claim` give them values.",
        ),
        key("required", Form::Flag, Unset::Value("false"), "Whether users can't untick it. `openid` always is."),
    ],
    instead: &[("name", "unknown key; the name of a scope stands in scope"), ("default", "unknown key; see required")],
};

/// Scope, title, description of those that are always there (OpenID Connect Core §5.4, §11).
const STANDARD: [(&str, &str, &str); 6] = [
    (
        "openid",
        "Know who you are",
        "The app gets an identifier of your account, so that it knows you when you come back.",
    ),
    ("profile", "See your profile", "Your name, and what else your profile shows: picture, language, time zone."),
    ("email", "See your email address", "Your email address, and whether it has been confirmed."),
    ("address", "See your postal address", "Your postal address, as it stands in your profile."),
    ("phone", "See your phone number", "Your phone number, and whether it has been confirmed."),
    ("offline_access", "Stay connected", "The app keeps its access while you are away, until you revoke it."),
];

/// One scope in plain data.
pub(super) fn info(scope: &str, title: &str, description: &str) -> Option<ScopeInfo> {
    let (title, description) = (title.to_owned(), description.to_owned());
    let required = scope == "openid";
    let claims = claims::of_scope(scope);
    Scope::parse(scope).ok().map(|scope| ScopeInfo { scope, title, description, required, claims })
}

/// The scopes that are always there.
pub(super) fn standard() -> Vec<ScopeInfo> {
    STANDARD.iter().filter_map(|(scope, title, description)| info(scope, title, description)).collect()
}

/// All scopes: the standard ones, changed where the file says so, then those of the file.
pub(super) fn read(root: &Reader<'_>) -> Vec<ScopeInfo> {
    let mut scopes = standard();
    let mut seen = Vec::new();
    for table in root.tables("scopes") {
        let Some(scope) = table.parse("scope", |text| Scope::parse(text).ok()) else { continue };
        if seen.contains(&scope) {
            table.fault("scope", format!("\"{scope}\" is there twice"));
            continue;
        }
        seen.push(scope.clone());
        let (title, description) = (table.text("title"), table.text("description"));
        let (required, own) = (table.flag("required"), own_claims(&table));
        if let Some(standard) = scopes.iter_mut().find(|info| info.scope == scope) {
            if scope.as_str() == "openid" && required == Some(false) {
                table.fault("required", "openid can't be unticked: without it there is no sign-in");
            }
            standard.title = title.map_or_else(|| standard.title.clone(), str::to_owned);
            standard.description = description.map_or_else(|| standard.description.clone(), str::to_owned);
            standard.required = required.unwrap_or(standard.required);
            standard.claims.extend(own);
            continue;
        }
        for (name, form) in [("title", TITLE), ("description", DESCRIPTION)] {
            if !table.has(name) {
                table.fault(name, format!("missing; expected {form}, for the consent page"));
            }
        }
        let (title, description) = (title.unwrap_or_default().to_owned(), description.unwrap_or_default().to_owned());
        scopes.push(ScopeInfo { scope, title, description, required: required.unwrap_or(false), claims: own });
    }
    scopes
}

fn own_claims(table: &Reader<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for (item, name) in table.texts("claims") {
        if !claims::is_name(name) {
            item.fault(format!(
                "{} can't be a claim: tokens have it with a meaning of its own, or it is malformed",
                quote(name)
            ));
        } else if names.iter().any(|other| other == name) {
            item.fault(format!("{} is there twice", quote(name)));
        }
        names.push(name.to_owned());
    }
    names
}
