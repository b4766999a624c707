//! The rules that the servers apply, place by place, in the order in which they apply them. Tests compare each table with
//! what engine and resource library do.

use countersign_engine::{
    authorize::rules as authorize,
    client_auth::rules as client_auth,
    grants::{authorization_code::rules as code, client_credentials::rules as own, refresh_token::rules as refresh},
    token::rules as token,
    tokens::rules as tokens,
};
use countersign_protocol::{Rule, steps::Actor};
use countersign_resource::rules as resource;

/// When a rule is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Whatever the flow.
    Always,
    /// Where the flow uses PKCE.
    Pkce,
}

use When::{Always, Pkce};

/// Where a server checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The authorization endpoint.
    Authorize,
    /// The consent page.
    Consent,
    /// The token endpoint, for a code.
    Token,
    /// The token endpoint, for a refresh token.
    Refresh,
    /// The token endpoint, for a client in its own name.
    Own,
    /// The revocation endpoint.
    Revoke,
    /// The userinfo endpoint.
    Userinfo,
    /// The resource server.
    Api,
}

/// The rules that one actor applies in one place, in order.
pub(super) struct Applied {
    /// Where.
    pub(super) place: Place,
    /// Who.
    pub(super) by: Actor,
    /// What, and when.
    pub(super) rules: &'static [(When, &'static Rule)],
}

/// What the servers apply.
pub(super) static APPLIED: [Applied; 8] = [
    Applied {
        place: Place::Authorize,
        by: Actor::AuthorizationServer,
        rules: &[
            (Always, &authorize::CLIENT_NAMED),
            (Always, &authorize::CLIENT_KNOWN),
            (Always, &authorize::REDIRECT_URI_PRESENT),
            (Always, &authorize::REDIRECT_URI_REGISTERED),
            (Always, &authorize::CLIENT_ENABLED),
            (Always, &authorize::GRANT_ALLOWED),
            (Always, &authorize::REQUEST_OBJECT_READ),
            (Always, &authorize::REQUEST_OBJECT_NEEDED),
            (Always, &authorize::NO_REGISTRATION),
            (Always, &authorize::RESPONSE_TYPE_PRESENT),
            (Always, &authorize::RESPONSE_TYPE_CODE),
            (Always, &authorize::RESPONSE_MODE_KNOWN),
            (Always, &authorize::VALUE_LENGTH),
            (Pkce, &authorize::CHALLENGE_PRESENT),
            (Pkce, &authorize::CHALLENGE_METHOD_S256),
            (Pkce, &authorize::CHALLENGE_FORM),
            (Always, &authorize::SCOPE_FORM),
            (Always, &authorize::SCOPE_CLIENT_MAY_ASK),
            (Always, &authorize::PROMPT_FORM),
            (Always, &authorize::CLAIMS_FORM),
            (Always, &authorize::RESOURCE_KNOWN),
        ],
    },
    Applied { place: Place::Consent, by: Actor::AuthorizationServer, rules: &[(Always, &authorize::USER_APPROVED)] },
    Applied {
        place: Place::Token,
        by: Actor::AuthorizationServer,
        rules: &[
            (Always, &token::FORM_READABLE),
            (Always, &client_auth::BASIC_FORM),
            (Always, &client_auth::ONE_METHOD),
            (Always, &client_auth::IDENTIFIED),
            (Always, &token::GRANT_TYPE_PRESENT),
            (Always, &token::NO_PASSWORD_GRANT),
            (Always, &token::GRANT_TYPE_KNOWN),
            (Always, &code::CODE_PRESENT),
            (Always, &code::VERIFIER_FORM),
            (Always, &client_auth::AUTHENTICATED),
            (Always, &client_auth::ENABLED),
            (Always, &token::GRANT_ALLOWED),
            (Always, &code::CODE_KNOWN),
            (Always, &code::CODE_CLIENT),
            (Always, &code::CODE_REDIRECT_URI),
            (Pkce, &code::VERIFIER_MATCHES),
            (Always, &code::CODE_SINGLE_USE),
            (Always, &code::CODE_NOT_EXPIRED),
            (Always, &token::USER_ENABLED),
            (Always, &token::CONSENT_ALIVE),
            (Always, &code::SESSION_ALIVE),
            (Always, &token::RESOURCE_ALLOWED),
            (Always, &token::RESOURCE_SAME_FORMAT),
        ],
    },
    Applied {
        place: Place::Refresh,
        by: Actor::AuthorizationServer,
        rules: &[
            (Always, &token::FORM_READABLE),
            (Always, &client_auth::BASIC_FORM),
            (Always, &client_auth::ONE_METHOD),
            (Always, &client_auth::IDENTIFIED),
            (Always, &token::GRANT_TYPE_PRESENT),
            (Always, &token::NO_PASSWORD_GRANT),
            (Always, &token::GRANT_TYPE_KNOWN),
            (Always, &refresh::TOKEN_PRESENT),
            (Always, &client_auth::AUTHENTICATED),
            (Always, &client_auth::ENABLED),
            (Always, &token::GRANT_ALLOWED),
            (Always, &refresh::TOKEN_KNOWN),
            (Always, &refresh::TOKEN_CLIENT),
            (Always, &refresh::FAMILY_ALIVE),
            (Always, &refresh::NOT_EXPIRED),
            (Always, &refresh::NOT_REPLAYED),
            (Always, &token::USER_ENABLED),
            (Always, &token::CONSENT_ALIVE),
            (Always, &refresh::SESSION_OR_OFFLINE),
            (Always, &token::RESOURCE_ALLOWED),
            (Always, &token::RESOURCE_SAME_FORMAT),
        ],
    },
    Applied {
        place: Place::Own,
        by: Actor::AuthorizationServer,
        rules: &[
            (Always, &token::FORM_READABLE),
            (Always, &client_auth::BASIC_FORM),
            (Always, &client_auth::ONE_METHOD),
            (Always, &client_auth::IDENTIFIED),
            (Always, &token::GRANT_TYPE_PRESENT),
            (Always, &token::NO_PASSWORD_GRANT),
            (Always, &token::GRANT_TYPE_KNOWN),
            (Always, &token::SCOPE_FORM),
            (Always, &client_auth::AUTHENTICATED),
            (Always, &client_auth::ENABLED),
            (Always, &token::GRANT_ALLOWED),
            (Always, &own::CONFIDENTIAL),
            (Always, &own::SCOPE_ALLOWED),
            (Always, &token::RESOURCE_ALLOWED),
            (Always, &token::RESOURCE_SAME_FORMAT),
        ],
    },
    Applied {
        place: Place::Revoke,
        by: Actor::AuthorizationServer,
        rules: &[
            (Always, &token::FORM_READABLE),
            (Always, &client_auth::BASIC_FORM),
            (Always, &client_auth::ONE_METHOD),
            (Always, &client_auth::IDENTIFIED),
            (Always, &tokens::TOKEN_NAMED),
            (Always, &client_auth::AUTHENTICATED),
            (Always, &client_auth::ENABLED),
            (Always, &tokens::REVOKE_OWN),
        ],
    },
    Applied {
        place: Place::Userinfo,
        by: Actor::AuthorizationServer,
        rules: &[
            (Always, &tokens::BEARER_FORM),
            (Always, &tokens::BEARER_HEADER),
            (Always, &tokens::NOT_ID_TOKEN),
            (Always, &tokens::TOKEN_NOT_EXPIRED),
            (Always, &tokens::TOKEN_KNOWN),
            (Always, &tokens::TOKEN_NOT_REVOKED),
            (Always, &tokens::OPENID_SCOPE),
            (Always, &tokens::TOKEN_AUDIENCE),
        ],
    },
    Applied {
        place: Place::Api,
        by: Actor::ResourceServer,
        rules: &[
            (Always, &resource::ONE_CREDENTIAL),
            (Always, &resource::HEADER_ONLY),
            (Always, &resource::TOKEN_FORM),
            (Always, &resource::NOT_ID_TOKEN),
            (Always, &resource::ACTIVE),
            (Always, &resource::REQUIRED_CLAIMS),
            (Always, &resource::ISSUER),
            (Always, &resource::AUDIENCE),
            (Always, &resource::NOT_EXPIRED),
            (Always, &resource::NOT_BEFORE),
            (Always, &resource::SENDER_CONSTRAINT),
            (Always, &resource::SCOPE),
        ],
    },
];
