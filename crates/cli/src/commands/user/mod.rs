//! `countersign user`: accounts. Those of the configuration file belong to it and are changed there.

mod add;
mod change;
mod ending;
mod sign_out;

use countersign_engine::{Stored, records::User};
use countersign_protocol::Subject;
use countersign_store::Page;
use serde::Serialize;

use super::{
    args::{self, Common},
    place::Place,
    print::{Printer, note, table},
    when,
};
use crate::outcome::Trouble;

/// Runs `countersign user`.
pub(crate) async fn run(common: &Common, command: args::User) -> Result<(), Trouble> {
    let place = Place::open(common)?;
    let printer = Printer::new(common.json);
    match command {
        args::User::Add(new) => add::run(&place, printer, &new).await,
        args::User::List { limit } => list(&place, printer, limit).await,
        args::User::Disable { user } => change::enable(&place, printer, &user, false).await,
        args::User::Enable { user } => change::enable(&place, printer, &user, true).await,
        args::User::SetPassword { user, password_stdin, keep_sessions } => {
            change::set_password(&place, printer, &user, (password_stdin, keep_sessions)).await
        }
        args::User::SignOut(asked) => sign_out::run(&place, printer, &asked).await,
        args::User::Delete { user, yes } => sign_out::delete(&place, printer, &user, yes).await,
    }
}

/// An account as JSON, without anything of its password.
#[derive(Debug, Serialize)]
struct View {
    username: String,
    subject: String,
    claims: serde_json::Map<String, serde_json::Value>,
    enabled: bool,
    has_password: bool,
    created_at: String,
}

impl View {
    fn of(user: &User) -> Self {
        Self {
            username: user.username.clone(),
            subject: user.subject.to_string(),
            claims: user.claims.clone(),
            enabled: user.enabled,
            has_password: user.password.is_some(),
            created_at: when::iso(user.created_at),
        }
    }
}

async fn list(place: &Place, printer: Printer, limit: usize) -> Result<(), Trouble> {
    let page = Page { after: None, limit: limit.saturating_add(1) };
    let mut users = place.store.scan::<User>(page).await.map_err(Trouble::new)?;
    if users.len() > limit {
        users.truncate(limit);
        note(&format!("Only {limit} of them; more with --limit."));
    }
    users.sort_by(|a, b| a.username.cmp(&b.username));
    let views: Vec<View> = users.iter().map(|user| View::of(user)).collect();
    printer.print(&views, || {
        let row = |user: &Stored<User>| {
            let claim = |name| user.claims.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
            let state = if user.enabled { "" } else { "disabled" };
            let subject = user.subject.to_string();
            vec![
                user.username.clone(),
                claim("name"),
                claim("email"),
                subject,
                when::day(user.created_at),
                state.to_owned(),
            ]
        };
        let header = ["USER NAME", "NAME", "E-MAIL", "SUBJECT", "SINCE", ""];
        if users.is_empty() { "No accounts yet.".to_owned() } else { table(&header, users.iter().map(row)) }
    })
}

/// The account of that user name or subject.
async fn find(place: &Place, user: &str) -> Result<Stored<User>, Trouble> {
    let named = place.store.user_by_name(&User::canonical(user)).await.map_err(Trouble::new)?;
    let found = match (named, Subject::parse(user)) {
        (None, Ok(subject)) => place.store.user(&subject).await.map_err(Trouble::new)?,
        (named, _) => named,
    };
    found.ok_or_else(|| {
        Trouble::new(format!("there is no account {user:?}")).advice("`countersign user list` names all of them.")
    })
}

/// Refuses to change what the next start would change back.
fn changeable(place: &Place, user: &User) -> Result<(), Trouble> {
    if place.config.users().iter().any(|fixed| fixed.username == user.username) {
        let what = format!("the account {} belongs to the configuration file", user.username);
        return Err(Trouble::new(what).advice("Change it in its [[users]] section and restart the server."));
    }
    Ok(())
}
