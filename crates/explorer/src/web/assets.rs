//! The pages and their files, built into the program. Browsers ask again each time, and are told if nothing changed.

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
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};

use super::{files::FILES, reply::not_found};

/// The mark of the sign-in pages.
const MARK: &str = "mark.svg";

struct Asset {
    path: &'static str,
    kind: &'static str,
    etag: String,
    bytes: &'static [u8],
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mark = pages::asset_path(MARK).and_then(pages::asset).map(|(_, bytes)| (MARK, bytes));
    let files = FILES.iter().copied().chain([("tokens.css", TOKENS.as_bytes())]).chain(mark);
    files.map(|(path, bytes)| Asset { path, kind: kind(path), etag: etag(bytes), bytes }).collect()
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
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let unchanged =
        known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == asset.etag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, asset.kind)], asset.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(ETAG, etag);
    }
    response
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", base64url(&sha256(bytes)[..12]))
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
