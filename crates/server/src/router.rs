//! The routes of one realm, with what surrounds every handler: limits, CORS where it belongs, security headers, and a
//! net for panics.

use std::{any::Any, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use countersign_engine::{Cx, Fault};
use countersign_protocol::{ErrorBody, ErrorCode, Timestamp};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{self, CorsLayer},
};

use crate::{
    edge::{Stopwatch, SystemEntropy},
    endpoints::{
        authorize, client_configuration, doctor, health, introspect, jwks, metadata, register, revoke, token, userinfo,
    },
    interaction::{account, choose, consent, home, logo, page, sign_in, sign_out, sign_up},
    realm::App,
    reply::{Challenge, Failure, json, trace_id},
    trace,
};

/// Longest that a request may take, reading its body included.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Browsers may remember a preflight for two hours, Chromium's limit.
const PREFLIGHT: Duration = Duration::from_hours(2);

/// Everything that this realm answers.
pub fn router(realm: App) -> Router {
    let for_person = realm.clone();
    let as_page =
        move |failure: Failure| without_time(|cx| page::or_error(&for_person, cx, "guard", Err(failure.into())));
    Router::new()
        .merge(for_apps())
        .merge(guarded(for_servers(), as_json))
        .merge(guarded(for_browsers(), as_page))
        .merge(guarded(for_operators(), as_json))
        .fallback(home::not_found)
        .method_not_allowed_fallback(home::wrong_method)
        .layer(middleware::from_fn_with_state(realm.clone(), plain_path))
        .layer(middleware::from_fn_with_state(realm.clone(), headers))
        .layer(DefaultBodyLimit::max(countersign_protocol::params::MAX_BYTES))
        .with_state(realm)
}

/// Puts a net for panics and a limit in time around routes; `say` puts the failure into the form of their other errors.
/// No request should panic its handler; if one does, only that one is lost.
fn guarded(routes: Router<App>, say: impl Fn(Failure) -> Response + Clone + Send + Sync + 'static) -> Router<App> {
    let late = say.clone();
    let panicked = move |_: Box<dyn Any + Send>| say(Fault::Inconsistent("a handler panicked").into());
    let in_time = move |request: Request, next: Next| {
        let late = late.clone();
        async move {
            let answer = tokio::time::timeout(TIMEOUT, next.run(request)).await;
            answer.unwrap_or_else(|_| late(Failure::Overloaded("no answer in time")))
        }
    };
    routes.layer(CatchPanicLayer::custom(panicked)).layer(middleware::from_fn(in_time))
}

fn as_json(failure: Failure) -> Response {
    without_time(|cx| json(cx, "guard", Err::<(), _>(failure), Challenge::None))
}

/// The context of a reply that says nothing about the time: it may be the clock that failed.
fn without_time(say: impl FnOnce(&mut Cx<'_>) -> Response) -> Response {
    say(&mut Cx::new(Timestamp::from_secs(0), &mut SystemEntropy))
}

/// What apps in browsers may call from other origins. Nothing here looks at cookies, so any origin may (RFC 9700 §2.6).
fn for_apps() -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(cors::Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER])
        .max_age(PREFLIGHT);
    let routes = Router::new()
        .route("/token", post(token::token))
        .route("/revoke", post(revoke::revoke))
        .route("/userinfo", get(userinfo::get).post(userinfo::post))
        .route("/register", post(register::register))
        .route(
            "/register/{client}",
            get(client_configuration::read).put(client_configuration::update).delete(client_configuration::delete),
        )
        .route("/jwks", get(jwks::jwks))
        .route("/.well-known/oauth-authorization-server", get(metadata::metadata))
        .route("/.well-known/openid-configuration", get(metadata::metadata))
        // Before the layers: what comes after them would answer preflights itself, without CORS.
        .method_not_allowed_fallback(wrong_method);
    guarded(routes, as_json).layer(cors)
}

/// What resource servers call. No browser has business here, so there is no CORS.
fn for_servers() -> Router<App> {
    Router::new().route("/introspect", post(introspect::introspect)).method_not_allowed_fallback(wrong_method)
}

/// What those who run the server ask.
fn for_operators() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/doctor", get(doctor::doctor))
}

/// A method that an endpoint does not take, in the form of its other errors.
async fn wrong_method(request: Request) -> Response {
    let trace_id = trace_id(&mut SystemEntropy);
    tracing::info!(path = request.uri().path(), method = %request.method(), trace_id, "wrong method");
    let body = ErrorBody {
        error: ErrorCode::InvalidRequest.as_str().to_owned(),
        error_description: Some(
            "This endpoint does not take this method; the Allow header says which it takes.".into(),
        ),
        trace_id: Some(trace_id),
    };
    (StatusCode::METHOD_NOT_ALLOWED, Json(body)).into_response()
}

fn for_browsers() -> Router<App> {
    Router::new()
        .route("/", get(home::home))
        .route("/assets/{name}", get(home::asset))
        .route("/authorize", no_head(get(authorize::get).post(authorize::post), "GET,POST"))
        .route("/interaction/{handle}", no_head(get(choose::get), "GET"))
        .route("/interaction/{handle}/logo", get(logo::get))
        .route("/interaction/{handle}/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/interaction/{handle}/sign-up", get(sign_up::get).post(sign_up::post))
        .route("/interaction/{handle}/choose", post(choose::post))
        .route("/interaction/{handle}/consent", post(consent::post))
        .route("/account", no_head(get(account::get), "GET"))
        .route("/account/sign-in", post(account::sign_in))
        .route("/account/revoke", post(account::revoke))
        .route("/account/sign-out", post(account::sign_out))
        .route("/sign-out", get(sign_out::get).post(sign_out::post))
        .route("/end-session", no_head(get(sign_out::end_session).post(sign_out::end_session_form), "GET,POST"))
}

/// Without this a HEAD request runs what GET runs, and here that stores requests, issues codes and remembers browsers:
/// HEAD has to be safe (RFC 9110 §9.3.2).
fn no_head(routes: MethodRouter<App>, allow: &'static str) -> MethodRouter<App> {
    routes.head(move |State(realm): State<App>| async move {
        let mut refused = page::wrong_method(&realm);
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        refused
    })
}

/// No path here needs escapes, so one that has some is no path of ours: what a proxy or a handler would make of it is
/// nobody's concern (CVE-2026-33494: two normalisers that disagree).
async fn plain_path(State(realm): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().contains('%') { page::not_found(&realm) } else { next.run(request).await }
}

/// Headers of every reply. Pages set a policy of their own where they need a wider one.
async fn headers(State(realm): State<App>, request: Request, next: Next) -> Response {
    let took = Stopwatch::start();
    let mut response = trace::run(&realm, request, next).await;
    realm.metrics.replied(&response, took);
    let headers = response.headers_mut();
    // Room for these and for Content-Length, so that the map grows once.
    headers.reserve(8);
    let mut put = |name, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "no-referrer");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    if realm.is_https() {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
