//! `countersign user sign-out` and `countersign user delete`.

use countersign_engine::{Writes, records::User};
use serde_json::json;

use super::{
    change::change,
    changeable,
    ending::{Whose, approvals, codes, families, sessions},
    find,
};
use crate::{
    commands::{
        args::SignOut,
        confirm::confirm,
        place::{MAX_RACES, Place, lost_races},
        print::{JWTS, Printer, clean},
    },
    outcome::Trouble,
};

/// Signs an account out, or everybody.
pub(super) async fn run(place: &Place, printer: Printer, asked: &SignOut) -> Result<(), Trouble> {
    let user = match &asked.user {
        Some(user) => Some(find(place, user).await?),
        None => None,
    };
    let whose = user.as_ref().map_or(Whose::Everybody, |user| Whose::One(&user.subject));
    if user.is_none() {
        confirm(asked.yes, "signing everybody out", "Sign everybody out, everywhere?")?;
    }
    // What was allowed goes first, so that no app gets a new token in between without asking.
    let approvals = if asked.forget_approvals { approvals(place, whose).await? } else { 0 };
    let sessions = sessions(place, whose).await?;
    if !asked.keep_offline {
        codes(place, whose).await?;
    }
    let families = families(place, whose, asked.keep_offline).await?;
    let value = json!({
        "subject": user.as_ref().map(|user| user.subject.to_string()),
        "sessions_ended": sessions, "grants_ended": families, "approvals_removed": approvals,
    });
    printer.print(&value, || {
        let who = user.as_ref().map_or_else(|| "Everybody".to_owned(), |user| clean(&user.username));
        format!(
            "{who} is signed out. Sessions: {sessions}. Apps whose tokens outlived a session: {families}. Approvals \
             forgotten: {approvals}. {JWTS}"
        )
    })
}

/// Deletes an account, after asking. It is disabled first, so that nobody signs in to it in between.
pub(super) async fn delete(place: &Place, printer: Printer, user: &str, yes: bool) -> Result<(), Trouble> {
    let found = find(place, user).await?;
    changeable(place, &found)?;
    let (name, subject) = (clean(&found.username), found.subject.clone());
    confirm(yes, "deleting an account", &format!("Delete the account {name} ({subject}), for ever?"))?;
    let whose = Whose::One(&subject);
    change(place, subject.as_str(), |user| user.enabled = false).await?;
    let mut approved = approvals(place, whose).await?;
    let sessions = sessions(place, whose).await?;
    let families = families(place, whose, false).await?;
    remove(place, &found).await?;
    approved = approved.saturating_add(approvals(place, whose).await?);
    let value = json!({
        "subject": subject.as_str(), "deleted": true, "sessions_ended": sessions, "grants_ended": families,
        "approvals_removed": approved,
    });
    printer.print(&value, || {
        format!(
            "The account {name} is deleted, with {sessions} sessions and {approved} approvals. Apps that know it by \
             {subject} keep what they stored themselves. {JWTS}"
        )
    })
}

async fn remove(place: &Place, user: &User) -> Result<(), Trouble> {
    for _ in 0..MAX_RACES {
        let Some(user) = place.store.user(&user.subject).await.map_err(Trouble::new)? else { return Ok(()) };
        let mut writes = Writes::none();
        writes.delete(&user);
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}
