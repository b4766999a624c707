//! Tokens: issuing, looking at what somebody presents, introspection, revocation, userinfo.

pub(crate) mod encrypt;
pub mod hint;
pub mod introspect;
pub mod issue;
pub mod presented;
pub mod revoke;
pub mod rules;
pub mod userinfo;

#[cfg(test)]
mod tests;
