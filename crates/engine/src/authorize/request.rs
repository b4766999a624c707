//! The authorization request as it came: syntax only, nothing trusted (OAuth 2.1 §4.1.1).

use countersign_protocol::{Params, Refusal, Secret, params::ParamError};

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
    /// Whether `registration` came, which has an error code of its own.
    pub(super) registration: bool,
    /// What stands in the place of parameters, and was not looked at yet.
    pub(super) object: Object,
    /// Whether these parameters come from a request object that its client signed.
    pub(super) signed: bool,
    /// What is wrong with the request as a whole.
    pub(super) defect: Option<Defect>,
}

/// A request object, by value or by reference (OpenID Connect Core §6, RFC 9101), with all that came beside it. It may hold
/// what a parameter would not show either, and its address may be hard to guess on purpose (RFC 9101 §5.2.1).
#[derive(Debug, Clone, Default)]
pub(super) enum Object {
    /// There is none, or it has been looked at.
    #[default]
    None,
    /// `request`.
    Value { object: Secret, beside: Params },
    /// `request_uri`.
    Reference { uri: Secret, beside: Params },
    /// Both at once.
    Both,
}

impl Object {
    fn of(params: &Params) -> Self {
        match (params.find_secret("request"), params.find_secret("request_uri")) {
            (None, None) => Self::None,
            (Some(object), None) => Self::Value { object, beside: params.clone() },
            (None, Some(uri)) => Self::Reference { uri, beside: params.clone() },
            (Some(_), Some(_)) => Self::Both,
        }
    }
}

/// A fault that concerns the request as a whole; it still may be told to a client that is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Defect {
    /// The named parameter came more than once.
    Repeated(String),
    /// Too large or not form-encoded.
    Unreadable(String),
    /// Its request object is not acceptable.
    Object(Refusal),
}

impl AuthorizationRequest {
    /// The parameters that mean something to us, but for those that bring a request object.
    pub(super) const PARAMETERS: [&'static str; 18] = [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "acr_values",
        "claims",
        "claims_locales",
        "resource",
        "registration",
    ];

    /// Whether it may come without redirect URI. One of OpenID Connect may not (Core §3.1.2.1), but what stands in a
    /// request object that could not be read is not known.
    pub(super) fn may_lack_redirect_uri(&self) -> bool {
        let openid = self.scope.as_deref().is_some_and(|scope| scope.split(' ').any(|token| token == "openid"));
        !openid || matches!(self.defect, Some(Defect::Object(_)))
    }

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

    pub(super) fn from_params(params: &Params, defect: Option<Defect>) -> Self {
        let text = |name: &str| params.find(name).map(str::to_owned);
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
            registration: params.find("registration").is_some(),
            object: Object::of(params),
            signed: false,
            defect,
        }
    }
}
