//! Making an account (OpenID Connect Prompt Create 1.0). Nothing that is typed here is checked by anybody, so there is no
//! e-mail address among it: apps would take it for a proven one.

use askama::Template;

use super::{
    moment::wait,
    parts::{App, Destination, Form, Frame},
};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_up.html", whitespace = "minimize")]
pub struct SignUp {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asked.
    pub app: App,
    /// Posted with `username`, `name` and `password`.
    pub form: Form,
    /// Posted to go back to the app without an account.
    pub cancel: Form,
    /// What stands in the user name's field: `login_hint`, or what was typed before.
    pub username: String,
    /// What was typed as name before.
    pub name: String,
    /// The shortest password that will do, in characters.
    pub least: usize,
    /// Why the page is shown once more.
    pub problem: Option<SignUpProblem>,
    /// The page for those who have an account.
    pub sign_in: String,
}

/// Why no account was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpProblem {
    /// Somebody else has that user name.
    Taken,
    /// That can't be a user name.
    Username,
    /// That can't be a name.
    Name,
    /// The password is too short or too long.
    Password,
    /// Too many accounts from there: how many seconds to wait.
    Wait(u64),
    /// The form's token is not of this browser, or the page is too old.
    Stale,
}

impl SignUpProblem {
    /// What the page says.
    pub fn words(&self) -> String {
        let text = match self {
            Self::Taken => "Somebody has that username already. Choose another one.",
            Self::Username => {
                "That can't be a username. Choose one without invisible signs that doesn't begin with u_."
            }
            Self::Name => "That can't be a name here. It may have 100 characters and no invisible signs.",
            Self::Password => "That password is too short, or longer than anybody could remember. Choose another one.",
            Self::Wait(secs) => {
                return format!("Too many accounts were made just now. Try again in {}.", wait(*secs));
            }
            Self::Stale => "This page had been open for too long, so nothing was sent on. Please try once more.",
        };
        text.to_owned()
    }

    /// How many seconds to wait, if that is it.
    pub fn wait(self) -> Option<u64> {
        if let Self::Wait(secs) = self { Some(secs) } else { None }
    }
}

impl SignUp {
    /// Whether the user name is what is wrong.
    pub fn username_is_wrong(&self) -> bool {
        matches!(self.problem, Some(SignUpProblem::Taken | SignUpProblem::Username))
    }

    /// Whether the name is.
    pub fn name_is_wrong(&self) -> bool {
        self.problem == Some(SignUpProblem::Name)
    }

    /// Whether the password is.
    pub fn password_is_wrong(&self) -> bool {
        self.problem == Some(SignUpProblem::Password)
    }
}
