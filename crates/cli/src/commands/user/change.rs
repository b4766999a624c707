//! Changes of one account: off and on, another password.

use countersign_engine::{Stored, Writes, records::User};
use serde_json::json;

use super::{
    View, changeable,
    ending::{Whose, sessions},
    find,
};
use crate::{
    commands::{
        password,
        place::{MAX_RACES, Place, lost_races},
        print::{JWTS, Printer},
    },
    outcome::Trouble,
};

/// Turns an account off or on.
pub(super) async fn enable(place: &Place, printer: Printer, user: &str, enabled: bool) -> Result<(), Trouble> {
    let user = change(place, user, |user| user.enabled = enabled).await?;
    printer.print(&View::of(&user), || {
        let name = &user.username;
        if enabled {
            format!("{name} is enabled. Sessions and tokens from before work again unless they have expired.")
        } else {
            format!(
                "{name} is disabled: can't sign in, and the tokens of their apps stop working at their next use. \
                 {JWTS}"
            )
        }
    })
}

/// Sets another password. Whoever knew the old one may be signed in somewhere, so that ends as well.
pub(super) async fn set_password(
    place: &Place,
    printer: Printer,
    user: &str,
    (from_stdin, keep_sessions): (bool, bool),
) -> Result<(), Trouble> {
    let found = find(place, user).await?;
    changeable(place, &found)?;
    let hash = password::read(&found.username, from_stdin)?;
    let user = change(place, user, |user| user.password = Some(hash.clone())).await?;
    let ended = if keep_sessions { 0 } else { sessions(place, Whose::One(&user.subject)).await? };
    let mut value = serde_json::to_value(View::of(&user)).map_err(Trouble::new)?;
    value["sessions_ended"] = json!(ended);
    printer.print(&value, || {
        let said = match (keep_sessions, ended) {
            (true, _) => "Sessions go on.".to_owned(),
            (false, 0) => "There were no sessions.".to_owned(),
            (false, 1) => "One session was ended, with the tokens that hang off it.".to_owned(),
            (false, count) => format!("{count} sessions were ended, with the tokens that hang off them."),
        };
        format!("{} has another password. {said}", user.username)
    })
}

pub(super) async fn change(place: &Place, user: &str, edit: impl Fn(&mut User)) -> Result<Stored<User>, Trouble> {
    for _ in 0..MAX_RACES {
        let mut user = find(place, user).await?;
        changeable(place, &user)?;
        edit(&mut user);
        let mut writes = Writes::none();
        writes.replace(&user);
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            return Ok(user);
        }
    }
    Err(lost_races())
}
