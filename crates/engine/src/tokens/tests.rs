//! Tokens: what is in them, and what presenting one comes to.

mod introspect;
mod issue;
mod protection;
mod revoke;
mod userinfo;
