//! Sign-in, sign-in again, and the choice of an account.
//!
//! The password goes to this server only; the page says so. An app is named where one asked.

use askama::Template;

use super::{
    moment::wait,
    parts::{App, Destination, Form, Frame, Person, Switch},
};

/// The sign-in page.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
pub struct SignIn {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asked; `None`: the user goes to their own account page.
    pub app: Option<App>,
    /// Posted with `username` and `password`.
    pub form: Form,
    /// Posted to go back to the app without signing in.
    pub cancel: Option<Form>,
    /// What stands in the user name's field: `login_hint`, or what was typed before.
    pub username: String,
    /// The account that has to prove itself again. Its user name can be changed: whoever is in front of the page may be
    /// somebody else.
    pub again: Option<Person>,
    /// Why the page is shown once more.
    pub problem: Option<Problem>,
    /// The other accounts of this browser.
    pub switch: Option<Switch>,
    /// Where an account can be made, if it can.
    pub sign_up: Option<String>,
}

/// Why a sign-in did not go through. None of them tells whether the account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// User name and password don't belong together.
    NoMatch,
    /// Too many tries: how many seconds to wait.
    Wait(u64),
    /// The form's token is not of this browser, or the page is too old.
    Stale,
}

impl Problem {
    /// How many seconds to wait, if that is it.
    pub fn wait(self) -> Option<u64> {
        if let Self::Wait(secs) = self { Some(secs) } else { None }
    }

    /// What the page says.
    pub fn words(&self) -> String {
        match self {
            Self::NoMatch => "That username and password don't match.".to_owned(),
            Self::Wait(secs) => format!("Too many tries just now. Try again in {}.", wait(*secs)),
            Self::Stale => {
                "This page had been open for too long, so nothing was sent on. Please sign in once more.".into()
            }
        }
    }
}

impl SignIn {
    /// Who the title says one signs in to.
    pub fn where_to(&self) -> &str {
        self.app.as_ref().map_or(&self.frame.product, |app| &app.name)
    }

    /// Whether the fields are what is wrong.
    pub fn fields_are_wrong(&self) -> bool {
        self.problem == Some(Problem::NoMatch)
    }

    /// Whether the cursor begins in the password's field.
    pub fn knows_username(&self) -> bool {
        self.again.is_some() || !self.username.is_empty()
    }
}

/// The choice between the accounts of this browser.
#[derive(Debug, Clone, Template)]
#[template(path = "choose_account.html", whitespace = "minimize")]
pub struct ChooseAccount {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asked.
    pub app: App,
    /// The accounts, and the way to one more.
    pub switch: Switch,
    /// Posted to go back to the app without choosing.
    pub cancel: Option<Form>,
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn a_wait_says_how_long() {
        assert_eq!(Problem::Wait(30).words(), "Too many tries just now. Try again in 30 seconds.");
        assert_eq!(Problem::Wait(600).words(), "Too many tries just now. Try again in 10 minutes.");
    }
}
