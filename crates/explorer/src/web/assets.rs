//! The pages and their files, built into the program. Browsers ask again each time, and are told if nothing changed.
//!
//! They are sent as gzip to whoever takes that. They are the same for everybody and hold no secret, so nothing can be
//! guessed from how well they compress; what the API answers does, and is never compressed (BREACH).

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use countersign_jose::hash::sha256;
use countersign_protocol::base64url;
use countersign_server::pages::{self, TOKENS};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
};

use super::{files::FILES, reply::not_found};

/// The mark of the sign-in pages.
const MARK: &str = "mark.svg";

struct Asset {
    path: &'static str,
    kind: &'static str,
    plain: Form,
    /// As gzip, where that is shorter.
    packed: Option<Form>,
}

/// A representation; each has a tag of its own (RFC 9110 §8.8.3.3).
struct Form {
    etag: String,
    bytes: &'static [u8],
}

impl Form {
    fn new(bytes: &'static [u8]) -> Self {
        Self { etag: format!("\"{}\"", base64url(&sha256(bytes)[..12])), bytes }
    }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mark = pages::asset_path(MARK).and_then(pages::asset).map(|(_, bytes)| (MARK, bytes, &[][..]));
    let files = FILES.iter().copied().chain([("tokens.css", TOKENS.as_bytes(), &[][..])]).chain(mark);
    let asset = |(path, bytes, packed): (&'static str, &'static [u8], &'static [u8])| {
        let packed = (!packed.is_empty() && packed.len() < bytes.len()).then(|| Form::new(packed));
        Asset { path, kind: kind(path), plain: Form::new(bytes), packed }
    };
    files.map(asset).collect()
});

/// `GET /explore`.
pub(crate) async fn explore(headers: HeaderMap) -> Response {
    answer("explore.html", &headers)
}

/// `GET /inspect`.
pub(crate) async fn inspect(headers: HeaderMap) -> Response {
    answer("inspect.html", &headers)
}

/// `GET /explore/assets/{path}`.
pub(crate) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    answer(&path, &headers)
}

fn answer(path: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == path) else {
        return not_found("There is no such file.");
    };
    let packed = asset.packed.as_ref().filter(|_| takes_gzip(headers));
    let form = packed.unwrap_or(&asset.plain);
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let unchanged =
        known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == form.etag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, asset.kind)], form.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packed.is_some() && !unchanged {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(etag) = HeaderValue::from_str(&form.etag) {
        headers.insert(ETAG, etag);
    }
    response
}

/// Whether gzip is among what the request takes, with a weight above zero (RFC 9110 §12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let all = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = all.flat_map(|value| value.split(',')).map(|one| one.split_once(';').unwrap_or((one, "")));
    codings.any(|(name, weight)| {
        let name = name.trim();
        let named = name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip");
        let weight = weight.trim().get(2..).map_or(Ok(1.0), |number| number.trim().parse::<f32>());
        named && weight.is_ok_and(|weight| weight > 0.0)
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
