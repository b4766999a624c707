//! `countersign user add`.

use std::collections::BTreeSet;

use countersign_engine::{Policy, Writes, claims, records::User};
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

/// Makes an account.
pub(super) async fn run(place: &Place, printer: Printer, new: &UserAdd) -> Result<(), Trouble> {
    let username = username(&new.username)?;
    let claims = given(&place.policy(), new)?;
    // Before the password is asked for, and once more, by the database, afterwards.
    let fixed = place.config.users().iter().any(|fixed| fixed.username == username);
    if fixed || place.store.user_by_name(&username).await.map_err(Trouble::new)?.is_some() {
        return Err(taken(&username));
    }
    let hash = password::read(&username, new.password_stdin)?;
    let mut entropy = SystemEntropy;
    let cx = context(&mut entropy);
    let subject = Subject::random(cx.entropy);
    let user =
        User { subject, username, password: Some(hash), claims, enabled: true, created_at: cx.now, updated_at: None };
    let mut writes = Writes::none();
    writes.insert(&user);
    place.store.commit(&writes).await.map_err(Trouble::new)?.ok_or_else(|| taken(&user.username))?;
    printer
        .print(&View::of(&user), || format!("{} can sign in now; apps know them as {}.", user.username, user.subject))
}

fn username(text: &str) -> Result<String, Trouble> {
    User::parse_name(text).ok_or_else(|| {
        let most = User::MAX_NAME;
        let expected = format!("expected 1 to {most} characters, no control or invisible ones, not u_ first");
        Trouble::new(format!("user name {text:?}: {expected}"))
    })
}

fn given(policy: &Policy, new: &UserAdd) -> Result<Map<String, Value>, Trouble> {
    let mut claims = Map::new();
    claims.extend(new.name.clone().map(|name| ("name".to_owned(), name.into())));
    if let Some(email) = &new.email {
        claims.insert("email".to_owned(), email.as_str().into());
        claims.insert("email_verified".to_owned(), new.email_verified.into());
    }
    for text in &new.claims {
        let (name, value) = claim(policy, text)?;
        if claims.insert(name.clone(), value).is_some() {
            return Err(Trouble::new(format!("the claim {name} is there twice")));
        }
    }
    Ok(claims)
}

/// A claim that some scope opens, in its type.
fn claim(policy: &Policy, text: &str) -> Result<(String, Value), Trouble> {
    let known: BTreeSet<&str> = policy.scopes.iter().flat_map(|info| &info.claims).map(String::as_str).collect();
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| known.contains(claims::base(name))) else {
        let what = format!("--claim {text:?}: expected NAME=VALUE with a claim that a scope opens");
        return Err(
            Trouble::new(what).advice(format!("These are: {}", known.into_iter().collect::<Vec<_>>().join(", ")))
        );
    };
    let typed = claims::parse(name, value);
    let typed = typed.map_err(|expected| Trouble::new(format!("--claim {name}: {expected}, got {value:?}")))?;
    Ok((name.to_owned(), typed))
}

fn taken(username: &str) -> Trouble {
    Trouble::new(format!("there is an account {username} already")).advice("Choose another user name.")
}
