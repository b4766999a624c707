//! `countersign user add`.

use countersign_engine::{Writes, records::User, tokens::userinfo::CLAIMS_OF_SCOPE};
use countersign_protocol::Subject;
use countersign_server::edge::SystemEntropy;
use serde_json::{Map, Value};

use super::View;
use crate::{
    commands::{
        args::UserAdd,
        password,
        place::{Place, context},
        print::Printer,
    },
    outcome::Trouble,
};

/// Longest user name, in characters.
const MAX_NAME: usize = 256;

/// Makes an account.
pub(super) async fn run(place: &Place, printer: Printer, new: &UserAdd) -> Result<(), Trouble> {
    let username = username(&new.username)?;
    let claims = claims(new)?;
    // Before the password is asked for, and once more, by the database, afterwards.
    let fixed = place.config.users().iter().any(|fixed| fixed.username == username);
    if fixed || place.store.user_by_name(&username).await.map_err(Trouble::new)?.is_some() {
        return Err(taken(&username));
    }
    let hash = password::read(&username, new.password_stdin)?;
    let mut entropy = SystemEntropy;
    let cx = context(&mut entropy);
    let subject = Subject::random(cx.entropy);
    let user = User { subject, username, password: Some(hash), claims, enabled: true, created_at: cx.now };
    let mut writes = Writes::none();
    writes.insert(&user);
    place.store.commit(&writes).await.map_err(Trouble::new)?.ok_or_else(|| taken(&user.username))?;
    printer
        .print(&View::of(&user), || format!("{} can sign in now; apps know them as {}.", user.username, user.subject))
}

fn username(text: &str) -> Result<String, Trouble> {
    let name = User::canonical(text);
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    // A name that looks like a subject could be taken for one.
    if fits && Subject::parse(&name).is_err() {
        return Ok(name);
    }
    let what = format!("user name {text:?}: expected 1 to {MAX_NAME} characters, no control characters, not u_ first");
    Err(Trouble::new(what))
}

fn claims(new: &UserAdd) -> Result<Map<String, Value>, Trouble> {
    let mut claims = Map::new();
    claims.extend(new.name.clone().map(|name| ("name".to_owned(), name.into())));
    if let Some(email) = &new.email {
        claims.insert("email".to_owned(), email.as_str().into());
        claims.insert("email_verified".to_owned(), new.email_verified.into());
    }
    for text in &new.claims {
        let (name, value) = claim(text)?;
        if claims.insert(name.clone(), value).is_some() {
            return Err(Trouble::new(format!("the claim {name} is there twice")));
        }
    }
    Ok(claims)
}

/// A claim in the type that OpenID Connect Core §5.1 gives it.
fn claim(text: &str) -> Result<(String, Value), Trouble> {
    let known = || CLAIMS_OF_SCOPE.iter().flat_map(|(_, names)| names.iter().copied());
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| known().any(|known| known == *name)) else {
        let what = format!("--claim {text:?}: expected NAME=VALUE with a standard claim");
        return Err(Trouble::new(what).advice(format!("These are: {}", known().collect::<Vec<_>>().join(", "))));
    };
    let typed = match name {
        "email_verified" | "phone_number_verified" => serde_json::from_str(value).ok().filter(Value::is_boolean),
        "updated_at" => serde_json::from_str(value).ok().filter(Value::is_u64),
        "address" => serde_json::from_str(value).ok().filter(Value::is_object),
        _ => Some(value.into()),
    };
    let expected = match name {
        "updated_at" => "a number of seconds since 1970",
        "address" => "a JSON object such as {\"locality\":\"Wien\"}",
        _ => "true or false",
    };
    let typed = typed.ok_or_else(|| Trouble::new(format!("--claim {name}: expected {expected}, got {value:?}")))?;
    Ok((name.to_owned(), typed))
}

fn taken(username: &str) -> Trouble {
    Trouble::new(format!("there is an account {username} already")).advice("Choose another user name.")
}
