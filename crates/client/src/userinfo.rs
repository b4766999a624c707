//! Userinfo (OpenID Connect Core §5.3): claims about the user, believed only if they are about *this* user.
//!
//! As plain JSON, or as a JWT that is signed, encrypted or both: as was registered, and in no other form.

use countersign_jose::{Audience, Unverified};
use countersign_protocol::{Refusal, Secret};
use http::header::ACCEPT;
use http::{HeaderValue, StatusCode};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::check::{Checks, quote};
use crate::client::Client;
use crate::encryption;
use crate::error::{CallError, ProviderError};
use crate::id_token::IdToken;
use crate::keys::Signature;
use crate::rules;
use crate::sans_io::Core;
use crate::wire::{Request, Response, authorize, bounded, json_object, media_type};

static SIGNATURE: Signature = Signature { key: &rules::USERINFO_SIGNATURE, fits: &rules::USERINFO_SIGNATURE };

/// Claims about the user who signed in. Its `Debug` output shows none of them.
#[derive(Clone)]
pub struct UserInfo(Map<String, Value>);

impl UserInfo {
    /// One claim, if it is there and of that type.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }

    /// All of them.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl std::fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserInfo").finish_non_exhaustive()
    }
}

impl Core {
    /// The request for the claims that this access token opens.
    pub fn userinfo_request(&self, access_token: &Secret, checks: Checks<'_>) -> Result<Request, Refusal> {
        let endpoint = self.metadata.needed("userinfo_endpoint", self.metadata.userinfo.as_ref(), checks)?;
        let mut request = endpoint.get();
        if self.config.userinfo_alg.is_some() || self.config.userinfo_encryption.is_some() {
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/jwt"));
        }
        authorize(&mut request, &bearer(access_token), checks)?;
        Ok(request)
    }
}

/// The value of the `Authorization` header for an access token (RFC 6750 §2.1).
pub fn bearer(access_token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", access_token.expose()))
}

/// What came, as far as it can be read without the provider's keys.
enum Body {
    Claims(Map<String, Value>),
    Signed(Secret),
}

impl Client {
    /// Claims about the user who signed in.
    ///
    /// Without the ID token's `sub` to compare there is no telling whose claims they are (OpenID Connect Core §5.3.2), so
    /// it must be given.
    pub async fn userinfo(&self, access_token: &Secret, id_token: &IdToken) -> Result<UserInfo, CallError> {
        let checks = self.edge().checks();
        let response = self.edge().send(self.core().userinfo_request(access_token, checks)?).await?;
        if let Some(error) = ProviderError::read("userinfo", &response) {
            return Err(error.into());
        }
        let claims = match self.unpack(&response)? {
            Body::Claims(claims) => claims,
            Body::Signed(raw) => self.signed_claims(&raw).await?,
        };
        let found = claims.get("sub").and_then(Value::as_str);
        checks.require(&rules::USERINFO_SUB, found == Some(id_token.sub()), || {
            let found = found.map_or_else(|| "none".to_owned(), quote);
            format!("Expected {}, got {found}; discard these claims", quote(id_token.sub()))
        })?;
        Ok(UserInfo(claims))
    }

    fn unpack(&self, response: &Response) -> Result<Body, Refusal> {
        let (config, checks) = (&self.core().config, self.edge().checks());
        let kind = media_type(response);
        let is_jwt = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/jwt"));
        let expected = config.userinfo_alg.is_some() || config.userinfo_encryption.is_some();
        checks.require(&rules::USERINFO_FORM, !response.status().is_success() || is_jwt == expected, || {
            format!("Expected {}, got {}", if expected { "application/jwt" } else { "application/json" }, quote(kind))
        })?;
        if !is_jwt || response.status() != StatusCode::OK {
            return Ok(Body::Claims(json_object(response, checks)?));
        }
        let text = str::from_utf8(bounded(response, checks)?).ok().map(|text| Secret::new(text.trim()));
        let raw = checks.some(&rules::USERINFO_FORM, text, || "It is no text".to_owned())?;
        let raw = self.now(|now| encryption::open(config, config.userinfo_encryption, raw, now))?;
        if config.userinfo_alg.is_some() {
            return Ok(Body::Signed(raw));
        }
        let claims = serde_json::from_str(raw.expose()).ok();
        Ok(Body::Claims(checks.some(&rules::USERINFO_FORM, claims, || "It holds no JSON object".to_owned())?))
    }

    async fn signed_claims(&self, raw: &Secret) -> Result<Map<String, Value>, CallError> {
        let checks = self.edge().checks();
        let parsed = Unverified::parse(raw.expose());
        let why = parsed.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let token = checks.some(&rules::USERINFO_SIGNATURE, parsed.ok(), || why)?;
        let (alg, agreed) = (token.alg(), self.core().config.userinfo_alg);
        checks.require(&rules::USERINFO_SIGNATURE, agreed == Some(alg), || format!("It is signed with {alg}"))?;
        let verified = self.verified(&token, &SIGNATURE).await?;
        let claims = verified.claims::<Map<String, Value>>().ok();
        let claims = checks.some(&rules::USERINFO_FORM, claims, || "It holds no claims".to_owned())?;
        let (issuer, client) = (self.core().metadata().issuer(), self.core().client_id());
        let from = claims.get("iss").is_none_or(|iss| iss.as_str() == Some(issuer));
        let to = claims.get("aud").is_none_or(|aud| Audience::deserialize(aud).is_ok_and(|aud| aud.contains(client)));
        checks.require(&rules::USERINFO_PARTIES, from && to, || {
            format!("Expected {} and {}", quote(issuer), quote(client))
        })?;
        Ok(claims)
    }
}
