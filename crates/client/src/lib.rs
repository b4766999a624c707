//! Relying-party library: Authorization Code with PKCE, made and checked for you.
