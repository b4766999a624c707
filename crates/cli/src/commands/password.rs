//! Passwords on their way in: typed without echo, or from standard input; never an argument, which other programs of
//! the machine could read.

use std::io::{IsTerminal as _, Read as _};

use countersign_protocol::Secret;
use countersign_server::{edge::SystemEntropy, passwords};
use zeroize::Zeroizing;

use crate::outcome::Trouble;

/// Asks for a new password, or reads it, and hashes it.
pub(crate) fn read(username: &str, from_stdin: bool) -> Result<String, Trouble> {
    let password = if from_stdin { from_standard_input()? } else { typed(username)? };
    let length = password.expose().chars().count();
    if length < passwords::MIN_PASSWORD {
        return Err(Trouble::new(format!(
            "expected a password of at least {} characters, got {length}",
            passwords::MIN_PASSWORD
        )));
    }
    let hash = passwords::hash(&password, passwords::salt(&mut SystemEntropy));
    hash.ok_or_else(|| Trouble::new(format!("expected a password of at most {} bytes", passwords::MAX_PASSWORD)))
}

fn typed(username: &str) -> Result<Secret, Trouble> {
    if !std::io::stdin().is_terminal() {
        return Err(Trouble::new("there is no terminal to ask for the password")
            .advice("Send it on standard input, in one line, with --password-stdin."));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(Secret::new).map_err(Trouble::new);
    let password = ask(&format!("New password for {username}: "))?;
    if ask("The same again: ")? == password { Ok(password) } else { Err(Trouble::new("the two are not the same")) }
}

/// One line; its end does not belong to the password.
fn from_standard_input() -> Result<Secret, Trouble> {
    let mut text = Zeroizing::new(String::new());
    let most = u64::try_from(passwords::MAX_PASSWORD).unwrap_or(u64::MAX).saturating_add(3);
    let read = std::io::stdin().lock().take(most).read_to_string(&mut text);
    read.map_err(|error| Trouble::new(format!("the password on standard input: {error}")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(Trouble::new("expected the password in one line, got several"));
    }
    Ok(Secret::new(line))
}
