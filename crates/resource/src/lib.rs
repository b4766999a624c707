//! Resource-server layer for tower and axum: verifies access tokens, enforces scopes.
