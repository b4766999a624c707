//! The HTTP adapter against a real socket.

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use countersign_jose::JwkSet;
use countersign_resource::{Fetch as _, FetchError, MAX_ANSWER_BYTES, ReqwestFetch, ResourceServer};
use http::{HeaderMap, Request};
use serde_json::json;
use tokio::net::TcpListener;

use crate::world::{API, KEY, claims_but};

async fn serve(app: impl FnOnce(&str) -> Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app(&url);
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn fetch(url: String) -> Result<http::Response<Vec<u8>>, FetchError> {
    ReqwestFetch::new().unwrap().fetch(Request::get(url).body(Vec::new()).unwrap()).await
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let url = serve(|_| {
        let elsewhere = get(|| async { Redirect::to("/there") });
        Router::new().route("/here", elsewhere).route("/there", get(|| async { "followed" }))
    });
    let answer = fetch(format!("{}/here", url.await)).await.unwrap();
    assert_eq!(answer.status(), 303);
}

#[tokio::test]
async fn an_answer_comes_with_its_headers_so_that_its_lifetime_is_known() {
    let keys = || async { ([("cache-control", "max-age=60")], "{}") };
    let url = serve(|_| Router::new().route("/", get(keys))).await;
    assert_eq!(fetch(url).await.unwrap().headers()["cache-control"], "max-age=60");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let body = || async { vec![b' '; MAX_ANSWER_BYTES + 1] };
    let url = serve(|_| Router::new().route("/", get(body))).await;
    assert!(matches!(fetch(url).await, Err(FetchError::Transport(reason)) if reason.starts_with("more than")));
}

#[tokio::test]
async fn no_server_is_an_error_that_names_the_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = fetch(format!("http://{address}/")).await.unwrap_err();
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_form_with_a_header_arrives_as_it_was_sent() {
    let echo = |headers: HeaderMap, body: String| async move {
        format!("{} {body}", headers.get("content-type").unwrap().to_str().unwrap())
    };
    let url = serve(|_| Router::new().route("/", post(echo))).await;
    let form = Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = ReqwestFetch::new().unwrap().fetch(form.body(b"token=a".to_vec()).unwrap()).await.unwrap();
    assert_eq!(answer.body(), b"application/x-www-form-urlencoded token=a");
}

#[tokio::test]
async fn keys_come_over_http_with_nothing_but_the_issuer_configured() {
    let keys: JwkSet = [KEY.public_jwk().clone()].into_iter().collect();
    let issuer = serve(|url| {
        let metadata = json!({"issuer": url, "jwks_uri": format!("{url}/jwks")}).to_string();
        Router::new()
            .route("/.well-known/oauth-authorization-server", get(|| async { metadata }))
            .route("/jwks", get(move || async move { keys.to_json() }))
    })
    .await;
    let api = ResourceServer::builder(API, &issuer).build().unwrap();
    let token = KEY.sign("at+jwt", &claims_but(json!({"iss": issuer, "exp": 4_000_000_000_i64}))).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(api.authenticate(&headers).await.unwrap().subject, "u_alice");
}
