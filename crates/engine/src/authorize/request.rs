//! The authorization request as it came: syntax only, nothing trusted (OAuth 2.1 §4.1.1).

use countersign_protocol::{Params, Secret, params::ParamError};

use crate::{token::Realm, tokens::hint::IdTokenHint};

/// The parameters that mean something to us, as text. Empty ones are absent, unknown ones are gone.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationRequest {
    pub(super) client_id: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) response_type: Option<String>,
    pub(super) response_mode: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
    pub(super) prompt: Option<String>,
    pub(super) max_age: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) id_token_hint: Option<Secret>,
    /// What [`Self::read_hint`] made of it.
    pub(super) hint: Option<IdTokenHint>,
    pub(super) acr_values: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) claims_locales: Option<String>,
    pub(super) resources: Vec<String>,
    pub(super) unsupported: Unsupported,
    /// What is wrong with the request as a whole.
    pub(super) defect: Option<Defect>,
}

/// Parameters that have an error code of their own when they come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unsupported {
    pub(super) request: bool,
    pub(super) request_uri: bool,
    pub(super) registration: bool,
}

/// A fault that concerns the request as a whole; it still may be told to a client that is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Defect {
    /// The named parameter came more than once.
    Repeated(String),
    /// Too large or not form-encoded.
    Unreadable(String),
}

impl AuthorizationRequest {
    /// Reads a query or form body. Never fails: what is wrong is remembered, since where to report it depends on what
    /// the rest proves.
    pub fn parse(raw: &[u8]) -> Self {
        match Params::parse(raw) {
            Ok(params) => Self::from_params(&params, None),
            Err(ParamError::Repeated { name, rest }) => Self::from_params(&rest, Some(Defect::Repeated(name))),
            Err(other) => Self { defect: Some(Defect::Unreadable(other.to_string())), ..Self::default() },
        }
    }

    /// The client that the request names, if the name can be one.
    pub fn client_id(&self) -> Option<countersign_protocol::ClientId> {
        self.client_id.as_deref().and_then(|id| countersign_protocol::ClientId::parse(id).ok())
    }

    /// Checks the signature of `id_token_hint`, if there is one. To be called before the request is validated: a hint
    /// that nobody looked at is refused.
    pub fn read_hint(&mut self, realm: Realm<'_>) {
        self.hint = self.id_token_hint.as_ref().and_then(|text| IdTokenHint::read(realm, text.expose()));
    }

    fn from_params(params: &Params, defect: Option<Defect>) -> Self {
        let text = |name: &str| params.find(name).map(str::to_owned);
        let came = |name: &str| params.find(name).is_some();
        Self {
            client_id: text("client_id"),
            redirect_uri: text("redirect_uri"),
            response_type: text("response_type"),
            response_mode: text("response_mode"),
            scope: text("scope"),
            state: text("state"),
            nonce: text("nonce"),
            code_challenge: text("code_challenge"),
            code_challenge_method: text("code_challenge_method"),
            prompt: text("prompt"),
            max_age: text("max_age"),
            login_hint: text("login_hint"),
            id_token_hint: params.find_secret("id_token_hint"),
            hint: None,
            acr_values: text("acr_values"),
            claims: text("claims"),
            claims_locales: text("claims_locales"),
            resources: params.all("resource").map(str::to_owned).collect(),
            unsupported: Unsupported {
                request: came("request"),
                request_uri: came("request_uri"),
                registration: came("registration"),
            },
            defect,
        }
    }
}
