//! An API with one resource, for whoever has an access token with the scope `read:files`.
//!
//! ```text
//! cargo run -p countersign-resource --example protected_api -- RESOURCE ISSUER
//! ```
//!
//! RESOURCE is what tokens name as `aud`, ISSUER the authorization server. It listens on a free port of this machine and
//! says which; `GET /` tells who asks.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its terminal")]

use axum::{Json, Router, routing::get};
use countersign_resource::{AccessClaims, ResourceServer, Verified, require_scope};
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let (Some(resource), Some(issuer)) = (args.next(), args.next()) else {
        eprintln!("usage: protected_api RESOURCE ISSUER");
        std::process::exit(2);
    };
    let api = ResourceServer::builder(resource, issuer).scopes_supported(["read:files"]).build()?;
    let app = Router::new()
        .route("/", get(who).layer(require_scope("read:files")))
        .layer(api.layer())
        .merge(api.metadata_router());
    let socket = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", json!({"url": format!("http://{}/", socket.local_addr()?)}));
    Ok(axum::serve(socket, app).await?)
}

async fn who(claims: Verified<AccessClaims>) -> Json<Value> {
    Json(json!({"sub": claims.subject, "client_id": claims.client_id}))
}
