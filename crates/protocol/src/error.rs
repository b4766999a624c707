//! OAuth and OpenID Connect error codes with their HTTP status, in one table.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal;)*) => {
        /// An `error` value of OAuth 2.1, OpenID Connect or one of their extensions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// The value as it stands in `error`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status for a reply that is not a redirect.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }
    };
}

error_codes! {
    /// RFC 6749 §4.1.2.1, §5.2: a parameter is missing, repeated or malformed.
    InvalidRequest = "invalid_request", 400;
    /// RFC 6749 §5.2: client authentication failed.
    InvalidClient = "invalid_client", 401;
    /// RFC 6749 §5.2: the code, refresh token or verifier is wrong, used, expired or another client's.
    InvalidGrant = "invalid_grant", 400;
    /// RFC 6749 §5.2: this client may not use this grant type.
    UnauthorizedClient = "unauthorized_client", 400;
    /// RFC 6749 §5.2: the server does not know this grant type.
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// RFC 6749 §4.1.2.1: the server does not offer this response type.
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// RFC 6749 §5.2: a scope is unknown, malformed or wider than what was granted.
    InvalidScope = "invalid_scope", 400;
    /// RFC 6749 §4.1.2.1: the user or the server said no.
    AccessDenied = "access_denied", 403;
    /// RFC 6749 §4.1.2.1: a fault on our side.
    ServerError = "server_error", 500;
    /// RFC 6749 §4.1.2.1: overloaded; try again later.
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// RFC 8707 §2: the resource is unknown or malformed.
    InvalidTarget = "invalid_target", 400;
    /// RFC 7009 §2.2.1: revocation of this kind of token is not supported.
    UnsupportedTokenType = "unsupported_token_type", 400;
    /// RFC 6750 §3.1: the access token is missing, expired, revoked or malformed.
    InvalidToken = "invalid_token", 401;
    /// RFC 6750 §3.1: the access token lacks a scope.
    InsufficientScope = "insufficient_scope", 403;
    /// OpenID Connect Core §3.1.2.6: the user must sign in, but `prompt=none` forbids asking.
    LoginRequired = "login_required", 400;
    /// OpenID Connect Core §3.1.2.6: the user must consent, but `prompt=none` forbids asking.
    ConsentRequired = "consent_required", 400;
    /// OpenID Connect Core §3.1.2.6: the user must choose an account, but `prompt=none` forbids asking.
    AccountSelectionRequired = "account_selection_required", 400;
    /// OpenID Connect Core §3.1.2.6: some interaction is needed, but `prompt=none` forbids it.
    InteractionRequired = "interaction_required", 400;
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2: the sign-in can't be as strong as the
    /// client says that it must be.
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    /// OpenID Connect Core §3.1.2.6: what is at `request_uri` can't be had, or is no request object.
    InvalidRequestUri = "invalid_request_uri", 400;
    /// OpenID Connect Core §3.1.2.6: the request object is not acceptable.
    InvalidRequestObject = "invalid_request_object", 400;
    /// OpenID Connect Core §3.1.2.6: the `registration` parameter is not supported.
    RegistrationNotSupported = "registration_not_supported", 400;
    /// RFC 7591 §3.2.2: a redirect URI can't be registered.
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// RFC 7591 §3.2.2: some client metadata can't be registered.
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// RFC 7591 §3.2.2: a software statement is not one, or not genuine.
    InvalidSoftwareStatement = "invalid_software_statement", 400;
    /// RFC 7591 §3.2.2: a software statement is by somebody whom this server does not trust with it.
    UnapprovedSoftwareStatement = "unapproved_software_statement", 400;
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The JSON body of an error reply (RFC 6749 §5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error code; a plain string, since other servers have codes of their own.
    pub error: String,
    /// What happened, for the developer of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// Under which name the server's log and traces know this reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// Keeps what `error_description` may hold (RFC 6749 §5.2: `%x20-21 / %x23-5B / %x5D-7E`), at most 500 characters.
pub fn description_text(text: &str) -> String {
    text.chars()
        .take(500)
        .map(|c| match c {
            '"' | '“' | '”' | '‘' | '’' => '\'',
            '\\' => '/',
            ' '..='~' => c,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::description_text;

    #[test]
    fn a_description_holds_only_the_characters_of_rfc_6749() {
        assert_eq!(description_text("a \"b\"\\ \u{e9}\n"), "a 'b'/ ??");
        assert_eq!(description_text("“http” was sent"), "'http' was sent");
        assert_eq!(description_text(&"x".repeat(900)).len(), 500);
    }
}
