//! Userinfo (OpenID Connect Core §5.3): claims about the user, believed only if they are about *this* user.
//!
//! Left out: signed and encrypted userinfo replies (`application/jwt`).

use countersign_protocol::{Refusal, Secret};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::check::{Checks, quote};
use crate::error::{CallError, ProviderError};
use crate::id_token::IdToken;
use crate::rules;
use crate::sans_io::Core;
use crate::wire::{Request, Response, authorize, json_object};

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
        authorize(&mut request, &bearer(access_token), checks)?;
        Ok(request)
    }
}

/// The value of the `Authorization` header for an access token (RFC 6750 §2.1).
pub fn bearer(access_token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", access_token.expose()))
}

/// Reads the reply. Without the ID token's `sub` to compare there is no telling whose claims they are (OpenID Connect
/// Core §5.3.2), so it must be given.
pub fn read(response: &Response, id_token: &IdToken, checks: Checks<'_>) -> Result<UserInfo, CallError> {
    if let Some(error) = ProviderError::read("userinfo", response) {
        return Err(error.into());
    }
    let claims = json_object(response, checks)?;
    let found = claims.get("sub").and_then(Value::as_str);
    checks.require(&rules::USERINFO_SUB, found == Some(id_token.sub()), || {
        let found = found.map_or_else(|| "none".to_owned(), quote);
        format!("Expected {}, got {found}; discard these claims", quote(id_token.sub()))
    })?;
    Ok(UserInfo(claims))
}
