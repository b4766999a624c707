//! Small closed vocabularies, each an enum with its wire form.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The value as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value with that wire form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// `grant_type` (OAuth 2.1 §4): the kind of a token request. `password` and `implicit` do not exist here.
    GrantType {
        /// OAuth 2.1 §4.1.
        AuthorizationCode = "authorization_code",
        /// OAuth 2.1 §4.3.
        RefreshToken = "refresh_token",
        /// OAuth 2.1 §4.2.
        ClientCredentials = "client_credentials",
    }
}

words! {
    /// How a client authenticates (OpenID Connect Core §9). Secrets are stored hashed, so there is no
    /// `client_secret_jwt`, which would need them in the clear.
    ClientAuthMethod {
        /// A public client: it has no secret to keep.
        None = "none",
        /// `Authorization: Basic`, each half form-encoded (RFC 6749 §2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// `client_secret` in the form body.
        ClientSecretPost = "client_secret_post",
        /// A JWT signed with the client's private key (RFC 7523 §2.2).
        PrivateKeyJwt = "private_key_jwt",
    }
}

words! {
    /// How the authorization response travels.
    ResponseMode {
        /// In the query of the redirect URI.
        Query = "query",
        /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
        FormPost = "form_post",
    }
}

words! {
    /// `prompt` (OpenID Connect Core §3.1.2.1, Prompt Create 1.0 §4).
    Prompt {
        /// Show nothing; fail if something would have to be shown.
        None = "none",
        /// Ask for the password again.
        Login = "login",
        /// Ask for consent again.
        Consent = "consent",
        /// Let the user choose an account.
        SelectAccount = "select_account",
        /// Let the user make an account.
        Create = "create",
    }
}

words! {
    /// `application_type` (OpenID Connect Dynamic Client Registration §2).
    ApplicationType {
        /// Runs on a server or in a browser.
        Web = "web",
        /// Installed on the user's device.
        Native = "native",
    }
}
