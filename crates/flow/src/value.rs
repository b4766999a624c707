//! Values as they may be shown: each part knows whether it is a secret and whether it differs from run to run.

use countersign_protocol::{Handle, HandleKind};

/// A stretch of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// The same in every run, and no secret.
    Plain(String),
    /// Made anew for each run, and no secret.
    Varies { name: String, text: String },
    /// Worth something to whoever reads it; recognizable by its beginning.
    Secret { name: String, text: String },
    /// Something that a person remembers: it is shown nowhere, so it isn't even kept.
    Password,
}

/// The value of a parameter, a header, a claim, or a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Value(Vec<Part>);

/// A value under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As on the wire.
    pub name: String,
    /// What it says.
    pub value: Value,
}

/// Names whose values are secrets.
const SECRETS: [&str; 9] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "csrf",
    "id_token",
    "refresh_token",
    "registration_access_token",
    "token",
];

/// Names whose values differ from run to run.
const VARYING: [&str; 16] = [
    "at_hash",
    "auth_time",
    "client_id",
    "code_challenge",
    "exp",
    "files",
    "iat",
    "jti",
    "keys",
    "kid",
    "nonce",
    "session",
    "sid",
    "state",
    "sub",
    "trace_id",
];

impl Field {
    /// A parameter, a member of a JSON object, or a claim.
    pub fn new(name: &str, text: &str) -> Self {
        let value = if name == "password" {
            Value(vec![Part::Password])
        } else if SECRETS.contains(&name) {
            Value(vec![Part::Secret { name: name.to_owned(), text: text.to_owned() }])
        } else if VARYING.contains(&name) {
            Value::varying(name, text)
        } else {
            Value::url(text)
        };
        Self { name: name.to_owned(), value }
    }

    /// A header.
    pub(crate) fn header(name: &str, text: &str) -> Self {
        let secret = |before: &str, name: &str, text: &str, after: &str| {
            let secret = Part::Secret { name: name.to_owned(), text: text.to_owned() };
            Value(vec![Part::Plain(before.to_owned()), secret, Part::Plain(after.to_owned())])
        };
        let value = match (name, text.split_once(' '), text.split_once('=')) {
            ("authorization", Some((scheme, credential)), _) => {
                let what = if scheme == "Basic" { "client_id:client_secret in base64" } else { "access_token" };
                secret(&format!("{scheme} "), what, credential, "")
            }
            ("cookie" | "set-cookie", _, Some((cookie, rest))) => {
                let end = rest.find(';').unwrap_or(rest.len());
                let (token, attributes) = rest.split_at(end);
                secret(&format!("{cookie}="), "cookie", token, attributes)
            }
            _ => Value::plain(text),
        };
        Self { name: name.to_owned(), value }
    }
}

impl Value {
    /// Text that is neither secret nor different in each run.
    pub(crate) fn plain(text: &str) -> Self {
        Self(vec![Part::Plain(text.to_owned())])
    }

    /// A URL without query, or other text. The handle of an interaction in its path is a secret of the browser's.
    pub(crate) fn url(text: &str) -> Self {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        for (n, segment) in text.split('/').enumerate() {
            if n > 0 {
                plain.push('/');
            }
            if Handle::parse(HandleKind::Interaction, segment).is_err() {
                plain.push_str(segment);
                continue;
            }
            parts.push(Part::Plain(std::mem::take(&mut plain)));
            parts.push(Part::Secret { name: "interaction".to_owned(), text: segment.to_owned() });
        }
        parts.push(Part::Plain(plain));
        Self(parts)
    }

    /// Text that differs from run to run, and what it is.
    pub(crate) fn varying(name: &str, text: &str) -> Self {
        Self(vec![Part::Varies { name: name.to_owned(), text: text.to_owned() }])
    }
}

/// What is shown of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Their first characters.
    Begun,
    /// All of them.
    Whole,
    /// Their names; and the names of whatever differs from run to run.
    Named,
}

/// How values are written out.
#[derive(Debug, Clone)]
pub struct Show {
    /// What is shown of secrets.
    pub secrets: Secrets,
    /// Addresses of this run, and what stands in their place; for [`Secrets::Named`].
    pub addresses: Vec<(String, String)>,
}

/// How much of a secret is shown at most, in characters.
const SHOWN: usize = 11;

impl Show {
    /// Writes a value out.
    pub fn value(&self, value: &Value) -> String {
        value.0.iter().map(|part| self.part(part)).collect()
    }

    /// Writes text out that holds no secret.
    pub fn text(&self, text: &str) -> String {
        if self.secrets != Secrets::Named {
            return text.to_owned();
        }
        self.addresses.iter().fold(text.to_owned(), |text, (here, there)| text.replace(here, there))
    }

    fn part(&self, part: &Part) -> String {
        match (part, self.secrets) {
            (Part::Plain(text), _) => self.text(text),
            (Part::Varies { name, .. } | Part::Secret { name, .. }, Secrets::Named) => format!("‹{name}›"),
            (Part::Password, Secrets::Named) => "‹password›".to_owned(),
            (Part::Password, _) => "•••".to_owned(),
            (Part::Varies { text, .. }, _) | (Part::Secret { text, .. }, Secrets::Whole) => text.clone(),
            (Part::Secret { text, .. }, Secrets::Begun) => {
                let most = SHOWN.min(text.chars().count() / 4);
                text.chars().take(most).chain(['…']).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Secrets, Show};

    fn shown(secrets: Secrets, field: &Field) -> String {
        let addresses = vec![("http://localhost:39017".to_owned(), "http://localhost:4000".to_owned())];
        Show { secrets, addresses }.value(&field.value)
    }

    #[test]
    fn a_secret_is_cut_and_a_password_is_not_shown_at_all() {
        let code = Field::new("code", "csac_0123456789abcdefghijklmnopqrstuvwxyz");
        assert_eq!(shown(Secrets::Begun, &code), "csac_01234…");
        assert_eq!(shown(Secrets::Named, &code), "‹code›");
        let password = Field::new("password", "wonderland");
        assert_eq!(shown(Secrets::Begun, &password), "•••");
        assert_eq!(shown(Secrets::Whole, &password), "•••");
    }

    #[test]
    fn a_short_secret_shows_a_quarter_of_itself_at_most() {
        assert_eq!(shown(Secrets::Begun, &Field::new("client_secret", "hunter2")), "h…");
    }

    #[test]
    fn headers_show_the_scheme_and_the_attributes_but_not_the_credential() {
        let bearer = Field::header("authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl");
        assert_eq!(shown(Secrets::Begun, &bearer), "Bearer eyJhbGciO…");
        let cookie = Field::header("set-cookie", "countersign=csbr_0123456789; Path=/; HttpOnly");
        assert_eq!(shown(Secrets::Named, &cookie), "countersign=‹cookie›; Path=/; HttpOnly");
    }

    #[test]
    fn addresses_of_one_run_have_names_in_the_guide_only() {
        let iss = Field::new("iss", "http://localhost:39017/x");
        assert_eq!(shown(Secrets::Named, &iss), "http://localhost:4000/x");
        assert_eq!(shown(Secrets::Whole, &iss), "http://localhost:39017/x");
    }
}
