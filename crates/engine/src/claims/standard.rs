//! The standard claims (OpenID Connect Core §5.1), their forms, and the scopes that open them (§5.4).

use serde_json::Value;

use super::{base, is_name};

/// Longest text in a claim, in bytes.
const MAX_TEXT: usize = 4096;
/// Longest claim that is no standard one, as JSON in bytes.
const MAX_OWN: usize = 16 * 1024;

/// What a standard claim may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    /// An address on the web.
    Link,
    /// `true` or `false`.
    Flag,
    /// Seconds since 1970.
    Seconds,
    /// `2001-02-03`, `0000-02-03` where the year is not told, or `2001`.
    Birthdate,
    /// The members of §5.1.1.
    Address,
}

/// Which claims a scope opens (OpenID Connect Core §5.4).
pub const CLAIMS_OF_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

const ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];

/// The standard claims that a scope opens; none for other scopes.
pub fn of_scope(scope: &str) -> Vec<String> {
    let found = CLAIMS_OF_SCOPE.iter().find(|(name, _)| *name == scope);
    found.into_iter().flat_map(|(_, claims)| claims.iter().map(|claim| (*claim).to_owned())).collect()
}

/// Every standard claim but `sub`.
pub fn standard() -> impl Iterator<Item = &'static str> {
    CLAIMS_OF_SCOPE.iter().flat_map(|(_, claims)| claims.iter().copied())
}

fn form(name: &str) -> Option<Form> {
    Some(match base(name) {
        "email_verified" | "phone_number_verified" => Form::Flag,
        "updated_at" => Form::Seconds,
        "birthdate" => Form::Birthdate,
        "address" => Form::Address,
        "profile" | "picture" | "website" => Form::Link,
        other => standard().find(|name| *name == other).map(|_| Form::Text)?,
    })
}

/// Whether a claim may be kept under that name with that value; if not, what was expected.
pub fn check(name: &str, value: &Value) -> Result<(), String> {
    if !is_name(base(name)) {
        return Err(format!("{name} is not a claim about a person, or too long"));
    }
    let (ok, expected) = match form(name) {
        None => (value.to_string().len() <= MAX_OWN, "at most 16384 bytes of JSON"),
        Some(Form::Text) => (text(value).is_some(), "text of at most 4096 bytes"),
        Some(Form::Link) => (text(value).is_some_and(is_link), "an https or http URL"),
        Some(Form::Flag) => (value.is_boolean(), "true or false"),
        Some(Form::Seconds) => (value.as_i64().is_some_and(|secs| secs >= 0), "a number of seconds since 1970"),
        Some(Form::Birthdate) => {
            (text(value).is_some_and(is_birthdate), "a date such as 1990-12-31, 0000-12-31 without the year, or 1990")
        }
        Some(Form::Address) => (is_address(value), ADDRESS_FORM),
    };
    if ok { Ok(()) } else { Err(format!("expected {expected}")) }
}

const ADDRESS_FORM: &str =
    "an address: some of formatted, street_address, locality, region, postal_code and country, each of them text";

/// A claim that was typed, in the type of that claim. One that is no standard claim is text, unless it is a JSON object,
/// a list, `true` or `false`.
pub fn parse(name: &str, typed: &str) -> Result<Value, String> {
    let json = || serde_json::from_str::<Value>(typed).ok();
    let value = match form(name) {
        Some(Form::Text | Form::Link | Form::Birthdate) => typed.into(),
        Some(Form::Flag | Form::Seconds | Form::Address) => json().unwrap_or_else(|| typed.into()),
        // A staff number is not a number: 017 must stay what it is.
        None => json().filter(|v| v.is_object() || v.is_array() || v.is_boolean()).unwrap_or_else(|| typed.into()),
    };
    check(name, &value).map(|()| value)
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| text.len() <= MAX_TEXT)
}

fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}

fn is_birthdate(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let number = |part: &str| part.parse::<u8>().unwrap_or(0);
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year] => digits(year, 4),
        [year, month, day] => {
            let whole = digits(year, 4) && digits(month, 2) && digits(day, 2);
            whole && (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
        }
        _ => false,
    }
}

fn is_address(value: &Value) -> bool {
    let members = value.as_object().filter(|members| !members.is_empty());
    members.is_some_and(|all| all.iter().all(|(name, v)| ADDRESS.contains(&name.as_str()) && text(v).is_some()))
}
