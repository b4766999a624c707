//! `[[users]]`: accounts for test beds and for the first start; real ones come from `countersign user add`.

use argon2::password_hash::phc::PasswordHash;
use countersign_engine::{claims, policy::ScopeInfo, records::User};
use countersign_protocol::{Secret, Subject};
use serde_json::{Map, Value};

use super::{
    fault::{nearest, quote},
    item::Item,
    reader::Reader,
    section::{Form, SECRET_FILE, Section, Unset, key},
};
use crate::passwords::MAX_PASSWORD;

pub(super) static USERS: Section = Section {
    header: "[[users]]",
    about: "Accounts that this file keeps, for test beds. Real ones are made by `countersign user add`, which keeps \
            passwords out of files.",
    keys: &[
        key(
            "username",
            Form::Text("1 to 256 characters, no control or invisible ones, not u_ first"),
            Unset::Required,
            "What is typed at sign-in; capitals make no difference.",
        ),
        key(
            "sub",
            Form::Text("an identifier that begins with \"u_\""),
            Unset::Otherwise("random, kept in the database"),
            "The subject that apps see (OpenID Connect Core section 2). Never reuse one.",
        ),
        key(
            "password_hash",
            Form::Text("an argon2id hash in PHC form, $argon2id$v=19$…"),
            Unset::Otherwise("`password_file` instead"),
            "The hash of the password.",
        ),
        key(
            "password_file",
            SECRET_FILE,
            Unset::Otherwise("`password_hash` instead"),
            "The file that holds the password, in its only line.",
        ),
        key(
            "claims",
            Form::Json("a table of claims, such as { name = \"Alice\", email = \"alice@example.com\" }"),
            Unset::Otherwise("none"),
            "Standard claims (OpenID Connect Core section 5.1), which apps get by the scopes `profile`, `email`, \
             `address` and `phone`, and claims of your own that a scope opens (`claims` of `[[scopes]]`). A name may end \
             in a language: `\"name#ja\"`.",
        ),
        key("enabled", Form::Flag, Unset::Value("true"), "`false`: can't sign in, and the tokens stop working."),
    ],
    instead: &[(
        "password",
        "a password must not stand in this file, which people copy and send around; use password_file or password_hash",
    )],
};

/// An account of the configuration.
#[derive(Debug, Clone)]
pub struct StaticUser {
    /// What is typed at sign-in, in canonical form.
    pub username: String,
    /// Its subject; `None`: the one in the database, or a random one.
    pub subject: Option<Subject>,
    /// Its password.
    pub password: StaticPassword,
    /// Standard claims.
    pub claims: Map<String, Value>,
    /// Whether it may sign in.
    pub enabled: bool,
}

/// The password of an account of the configuration.
#[derive(Debug, Clone)]
pub enum StaticPassword {
    /// An argon2id hash in PHC form.
    Hash(String),
    /// From a file; to be hashed before it is stored.
    Clear(Secret),
}

pub(super) fn read(root: &Reader<'_>, scopes: &[ScopeInfo]) -> Vec<StaticUser> {
    let mut users: Vec<StaticUser> = Vec::new();
    for table in root.tables("users") {
        let (password, claims) = (password(&table), claims(&table, scopes));
        let subject = table.parse("sub", |text| Subject::parse(text).ok());
        let enabled = table.flag("enabled").unwrap_or(true);
        let Some(username) = table.parse("username", User::parse_name) else { continue };
        if users.iter().any(|other| other.username == username) {
            table.fault("username", format!("{} is there twice", quote(&username)));
        }
        if subject.is_some() && users.iter().any(|other| other.subject == subject) {
            table.fault("sub", "this subject is there twice");
        }
        let (Some(password), Some(claims)) = (password, claims) else { continue };
        users.push(StaticUser { username, subject, password, claims, enabled });
    }
    users
}

fn password(table: &Reader<'_>) -> Option<StaticPassword> {
    match (table.formed("password_hash"), table.formed("password_file")) {
        (None, None) => {
            table.fault("password_file", "missing; expected password_file or password_hash");
            None
        }
        (Some(_), Some((item, _))) => {
            item.fault("password_hash is there as well; keep one of them");
            None
        }
        (Some((item, form)), None) => {
            let text = item.text(form)?;
            let fits =
                PasswordHash::new(text).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some());
            if !fits {
                // Without what came: it might be the password itself.
                item.fault(format!("expected {form}"));
            }
            fits.then(|| StaticPassword::Hash(text.to_owned()))
        }
        (None, Some((item, form))) => {
            let secret = item.secret(form)?;
            if secret.expose().len() > MAX_PASSWORD {
                item.fault(format!("expected a password of at most {MAX_PASSWORD} bytes"));
                return None;
            }
            Some(StaticPassword::Clear(secret))
        }
    }
}

fn claims(table: &Reader<'_>, scopes: &[ScopeInfo]) -> Option<Map<String, Value>> {
    let Some((item, form)) = table.formed("claims") else { return Some(Map::new()) };
    let Some(members) = item.members() else { return item.unexpected(form) };
    let mut claims = Map::new();
    for (name, member) in members {
        if name == "sub" {
            member.fault("sub is not a claim to choose here; it is a key of [[users]]");
            continue;
        }
        let Some(value) = member.json() else { continue };
        match claims::check(&name, &value) {
            Err(expected) => member.fault(format!("{expected}, got {}", member.shown())),
            Ok(()) => opened(&name, &member, scopes),
        }
        claims.insert(name, value);
    }
    Some(claims)
}

/// A claim that no scope opens reaches nobody: most likely it is misspelt.
fn opened(name: &str, member: &Item<'_>, scopes: &[ScopeInfo]) {
    let all = || scopes.iter().flat_map(|info| &info.claims).map(String::as_str);
    let base = claims::base(name);
    if !all().any(|known| known == base) {
        let own = || "those of your own stand in claims of [[scopes]]".to_owned();
        let meant = nearest(base, all()).map_or_else(own, |known| format!("did you mean {known}?"));
        member.fault(format!("no scope opens this claim; {meant}"));
    }
}
