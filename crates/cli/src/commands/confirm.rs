//! Asking before what can't be undone.

use std::io::IsTerminal as _;

use crate::outcome::Trouble;

/// Asks the question, unless the answer is given already. `doing`: what it would be, as a gerund.
pub(crate) fn confirm(given: bool, doing: &str, question: &str) -> Result<(), Trouble> {
    if given {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Trouble::new(format!("{doing} can't be undone")).advice("Add --yes to do it without being asked."));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Trouble::new)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Trouble::new("nothing was done")) }
}
