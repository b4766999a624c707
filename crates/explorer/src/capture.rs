//! From HTTP messages to what is kept of them. Passwords never get this far: the form field `password` is replaced, in a
//! body and in a query, and a sign-in or sign-up that is no form is not kept at all.

use std::borrow::Cow;

use countersign_protocol::params;
use countersign_server::body::Read;
use http::{HeaderMap, header, request, response};

use crate::exchange::{BodySeen, Headers, MAX_BODY, RequestSeen, ResponseSeen};

/// What stands in the place of a password.
pub(crate) const HIDDEN: &str = "•••";

/// A request.
pub(crate) fn request(parts: &request::Parts, read: &Read) -> RequestSeen {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let form = kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    let body = if form {
        text_of(&hide_passwords(&read.bytes, b'&'), read)
    } else if ["/sign-in", "/sign-up"].iter().any(|page| parts.uri.path().ends_with(page)) {
        BodySeen { text: None, bytes: read.bytes.len(), truncated: !read.bytes.is_empty() }
    } else {
        text_of(&read.bytes, read)
    };
    RequestSeen {
        method: parts.method.to_string(),
        target: without_passwords(target),
        version: match parts.version {
            http::Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        },
        headers: headers(&parts.headers),
        body,
    }
}

/// A response.
pub(crate) fn response(parts: &response::Parts, read: &Read) -> ResponseSeen {
    ResponseSeen { status: parts.status.as_u16(), headers: headers(&parts.headers), body: text_of(&read.bytes, read) }
}

fn headers(map: &HeaderMap) -> Headers {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let pairs = map.iter().map(|(name, value)| {
        // A page that was typed with a password in its query is named again by what it loads.
        let value = if name == header::REFERER { without_passwords(&text(value)) } else { text(value) };
        (name.as_str().to_owned(), value)
    });
    pairs.collect()
}

fn text_of(bytes: &[u8], read: &Read) -> BodySeen {
    let cut = bytes.get(..MAX_BODY).unwrap_or(bytes);
    let truncated = cut.len() < bytes.len() || !read.whole;
    let text = match std::str::from_utf8(cut) {
        _ if cut.is_empty() => None,
        Ok(text) => Some(text.to_owned()),
        // A cut within a character is no reason to take text for something else.
        Err(error) if truncated && cut.len() - error.valid_up_to() < 4 => {
            Some(String::from_utf8_lossy(&cut[..error.valid_up_to()]).into_owned())
        }
        Err(_) => None,
    };
    BodySeen { text, bytes: read.bytes.len(), truncated }
}

fn without_passwords(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    format!("{path}?{}", String::from_utf8_lossy(&hide_passwords(query.as_bytes(), b'&')))
}

/// Replaces the value of every parameter called `password`, however the name is written.
fn hide_passwords(raw: &[u8], glue: u8) -> Cow<'_, [u8]> {
    let is_password = |pair: &[u8]| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        params::decode(name).is_ok_and(|name| name.trim().eq_ignore_ascii_case("password"))
    };
    if !raw.split(|byte| *byte == glue).any(is_password) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    for (index, pair) in raw.split(|byte| *byte == glue).enumerate() {
        if index > 0 {
            out.push(glue);
        }
        match pair.iter().position(|byte| *byte == b'=') {
            Some(at) if is_password(pair) => {
                out.extend_from_slice(&pair[..=at]);
                out.extend_from_slice(HIDDEN.as_bytes());
            }
            _ => out.extend_from_slice(pair),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Request, Response};

    use countersign_server::body::read;

    use super::{HIDDEN, MAX_BODY, request, response};
    use crate::exchange::RequestSeen;

    async fn seen(target: &str, kind: &str, body: impl Into<Vec<u8>>) -> RequestSeen {
        let request_ = Request::post(target).header("content-type", kind).body(Body::from(body.into())).unwrap();
        let (parts, body) = request_.into_parts();
        request(&parts, &read(body, MAX_BODY).await)
    }

    #[tokio::test]
    async fn the_password_of_a_form_is_replaced_and_nothing_else() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        for name in ["password", "Password", "p%61ssword"] {
            let sent = format!("csrf=a%2Bb&{name}=wonder%26land&username=alice&passwords=1&password_hint=x");
            let request = seen("/interaction/h/sign-in", form, sent.clone()).await;
            assert_eq!(request.body.text, Some(sent.replace("wonder%26land", HIDDEN)));
            assert_eq!(request.body.bytes, sent.len());
        }
        let untouched = "grant_type=refresh_token&refresh_token=a%zz&&b";
        assert_eq!(seen("/token", form, untouched).await.body.text.as_deref(), Some(untouched));
    }

    #[tokio::test]
    async fn a_password_in_a_query_is_replaced_too() {
        let request = seen("/token?grant_type=password&password=wonderland", "text/plain", "").await;
        assert_eq!(request.target, format!("/token?grant_type=password&password={HIDDEN}"));
    }

    #[tokio::test]
    async fn a_sign_in_or_sign_up_that_is_no_form_is_not_kept() {
        for kind in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
            for page in ["/account/sign-in", "/interaction/h/sign-up"] {
                let body = seen(page, kind, "password=wonderland").await.body;
                assert_eq!((body.text, body.bytes, body.truncated), (None, 19, true), "{page} {kind}");
            }
        }
    }

    #[tokio::test]
    async fn long_bodies_are_cut_and_binary_ones_counted() {
        let long = format!("{}é", "x".repeat(MAX_BODY - 1));
        let body = seen("/token", "text/plain", long.clone()).await.body;
        assert_eq!((body.text.map(|text| text.len()), body.truncated), (Some(MAX_BODY - 1), true));
        assert_eq!(body.bytes, long.len());
        let body = seen("/token", "text/plain", [0xff, 0xfe]).await.body;
        assert_eq!((body.text, body.bytes, body.truncated), (None, 2, false));
    }

    #[tokio::test]
    async fn headers_are_kept_as_they_are_and_several_times_if_they_came_so() {
        let answer = Response::builder().status(303).header("Set-Cookie", "a=1").header("set-cookie", "b=2");
        let (parts, body) = answer.body(Body::empty()).unwrap().into_parts();
        let response = response(&parts, &read(body, MAX_BODY).await);
        let pairs: Vec<_> = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("set-cookie", "a=1"), ("set-cookie", "b=2")]);
        assert_eq!((response.status, response.body.text), (303, None));
    }
}
