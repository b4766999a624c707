//! What several pages have in common: the frame, people, apps, forms.

use super::link::AppLinks;

/// What surrounds every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What the product calls itself.
    pub product: String,
    /// The issuer identifier; shown at the foot of every page.
    pub issuer: String,
}

impl Frame {
    /// The address of an asset under this issuer, such as `countersign.css`.
    pub fn asset(&self, name: &str) -> String {
        self.path(super::asset_path(name).unwrap_or_default())
    }

    /// A path under this issuer, which may itself have one.
    pub fn path(&self, path: &str) -> String {
        let rest = self.issuer.split_once("://").map_or("", |(_, rest)| rest);
        let base = rest.find('/').map_or("", |slash| &rest[slash..]);
        format!("{}{path}", base.trim_end_matches('/'))
    }
}

/// Somebody who has an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name that pages call them by.
    pub name: String,
    /// What they type at sign-in.
    pub username: String,
}

impl Person {
    /// The letter that stands for them where a picture would.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }

    /// Whether the name says more than the user name.
    pub fn has_name(&self) -> bool {
        self.name != self.username
    }
}

/// The app that sent the user here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its name, as registered: nobody vouches for it where the app registered itself.
    pub name: String,
    /// Where the answer goes.
    pub destination: Destination,
    /// Where this server shows its logo, if it has one. Never an address of the app's own: its server would learn who
    /// looks at this page.
    pub logo: Option<String>,
    /// Where it explains itself.
    pub links: AppLinks,
}

impl App {
    /// The letter that stands for it where a logo would.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// Where the user goes back to, in the form in which a person can judge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A website: its host, with the port if it has one.
    Website(String),
    /// A program that listens on loopback (RFC 8252 §7.3): host and port.
    ThisComputer(String),
    /// An app that the system opens by its private-use scheme (RFC 8252 §7.1): the scheme.
    ThisDevice(String),
}

impl Destination {
    /// The host or the scheme.
    pub fn shown(&self) -> &str {
        match self {
            Self::Website(text) | Self::ThisComputer(text) | Self::ThisDevice(text) => text,
        }
    }
}

/// Where a form is posted, and what it carries unseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The address.
    pub action: String,
    /// The form token, sent as `csrf`.
    pub csrf: String,
    /// Further hidden fields: names and values.
    pub hidden: Vec<(&'static str, String)>,
}

impl Form {
    /// A form with nothing but its token.
    pub fn new(action: impl Into<String>, csrf: impl Into<String>) -> Self {
        Self { action: action.into(), csrf: csrf.into(), hidden: Vec::new() }
    }

    /// Adds a hidden field.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }
}

/// The ways to go on as somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Posted with `session`, the chosen one.
    pub choose: Form,
    /// The accounts to choose from.
    pub accounts: Vec<Choice>,
    /// The page that signs in a further account, if there is one.
    pub another: Option<String>,
}

/// One account of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its session: the value that is posted.
    pub session: String,
    /// Whose it is.
    pub person: Person,
}

/// A way on from a page that is otherwise an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// What it says.
    pub label: String,
    /// Where it leads. Never taken from a request unchecked.
    pub href: String,
}

/// A name inside a sentence, so that marks for the direction of text which it may hold end with it (UAX #9 §2.5). Where
/// a template has the name, `<bdi>` does the same.
pub(super) fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

fn initial(name: &str) -> String {
    let letter = name.chars().find(|c| c.is_alphanumeric());
    letter.map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::{Frame, Person};

    #[test]
    fn paths_lie_under_the_path_of_the_issuer() {
        let frame = |issuer: &str| Frame { product: "P".into(), issuer: issuer.into() };
        assert_eq!(frame("https://id.example").path("/account"), "/account");
        assert_eq!(frame("https://id.example/").path("/account"), "/account");
        assert_eq!(frame("https://id.example/staff").path("/account"), "/staff/account");
    }

    #[test]
    fn a_name_without_letters_still_has_something_to_stand_for_it() {
        let person = |name: &str| Person { name: name.into(), username: "u".into() };
        assert_eq!(person("  éa").initial(), "É");
        assert_eq!(person("…").initial(), "·");
    }
}
