//! A browser without a screen: keeps cookies, sends forms, follows nothing by itself.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::world::World;

/// Everything that the web application asks for.
pub(crate) const ALL: &str = "openid profile read:profile read:files";

/// An answer, read to its end.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends one request to a router.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Page {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Page { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
}

pub(crate) async fn get(router: &Router, path: &str) -> Page {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) struct Browser<'w> {
    world: &'w World,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'w> Browser<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        Self { world, cookies: BTreeMap::new() }
    }

    /// Opens an address of the web application; its origin may stand in front.
    pub(crate) async fn open(&mut self, url: &str) -> Page {
        let path = url.strip_prefix("http://localhost:4001").unwrap_or(url);
        self.send(Request::get(path)).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Page {
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = form.to_owned();
        self.send_with(request, Body::from(form)).await
    }

    /// Begins a sign-in at that address, and goes through with it.
    pub(crate) async fn sign_in_at(&mut self, path: &str) -> Page {
        let begun = self.open(path).await;
        let callback = self.world.issuer().approve(begun.location(), ALL);
        self.open(&callback).await
    }

    /// Presses the button whose form goes to that path.
    pub(crate) async fn press(&mut self, page: &Page, path: &str) -> Page {
        let (_, form) = page.body.split_once(&format!("action=\"{path}\"")).unwrap();
        let (_, value) = form.split_once("name=\"form_token\" value=\"").unwrap();
        let (value, _) = value.split_once('"').unwrap();
        let form = format!("form_token={value}");
        self.post(path, &form).await
    }

    /// Presses "Log in", signs in and approves that much: the answer to the callback.
    pub(crate) async fn sign_in(&mut self, scope: &str) -> Page {
        let begun = self.open("/login").await;
        let callback = self.world.issuer().approve(begun.location(), scope);
        self.open(&callback).await
    }

    /// Signs in and opens the notebook.
    pub(crate) async fn notebook(&mut self, scope: &str) -> Page {
        let page = self.sign_in(scope).await;
        assert_eq!(page.location(), "/notebook");
        self.open("/notebook").await
    }

    async fn send(&mut self, request: Builder) -> Page {
        self.send_with(request, Body::empty()).await
    }

    async fn send_with(&mut self, request: Builder, body: Body) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(COOKIE, cookies.join("; ")).body(body).unwrap();
        let page = send(&self.world.web_app, request).await;
        for line in page.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }
}
