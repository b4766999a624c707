//! Logos of clients (`logo_uri`, RFC 7591 §2): fetched by this server, and shown from here.
//!
//! A browser that loaded them from where a client says would tell that server who looks at a sign-in page, from where and
//! when; and each user could be shown another picture. So pages allow images of this origin only (`img-src 'self'`).
//! What was fetched is shown if it is a PNG, JPEG, GIF or WebP image by its own first bytes, whatever the other side calls
//! it. SVG is left out: it is a document, which may hold scripts, and somebody could be sent to its address here.
//!
//! An answer, also that there is no logo, is used for a while, so that pages are no way to have a stranger's server asked
//! again and again. A fetch runs in a task of its own: whoever hangs up half-way does not make it happen twice.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use countersign_protocol::{Timestamp, Ttl};
use hyper::body::Bytes;
use tokio::sync::Semaphore;

use crate::{
    outbound::{Fetch, Outbound},
    recent::Recent,
};

/// How long a logo is shown without asking again.
pub const FRESH: Ttl = Ttl::days(1);
/// How long an address that had none is left alone.
pub const COOL_DOWN: Ttl = Ttl::minutes(5);
/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest logo, in bytes.
const AT_MOST: usize = 256 * 1024;
/// Most addresses that are remembered.
const MOST: usize = 100;
/// Most fetches at once: what is needed more urgently goes the same way out.
const AT_ONCE: usize = 4;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Its media type.
    pub kind: &'static str,
    /// The file.
    pub bytes: Bytes,
}

/// The logos of all clients that have one.
#[derive(Debug)]
pub struct Logos {
    outbound: Arc<Outbound>,
    answers: Recent<Option<Answer>>,
    places: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
struct Answer {
    logo: Option<Logo>,
    until: Timestamp,
}

impl Logos {
    /// With nothing known yet.
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self { outbound, answers: Recent::new(MOST), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The picture at that address, if one can be had.
    pub async fn at(&self, now: Timestamp, uri: &str) -> Option<Logo> {
        let mut known = self.answers.of(now, uri).lock_owned().await;
        if let Some(answer) = known.as_ref().filter(|answer| now < answer.until) {
            return answer.logo.clone();
        }
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let (outbound, uri) = (Arc::clone(&self.outbound), uri.to_owned());
        let fetching = tokio::spawn(async move {
            let logo = fetch(&outbound, &uri).await;
            drop(place);
            let logo = logo.inspect_err(|why| tracing::warn!(uri, why, "logo not fetched")).ok();
            let until = now.plus(if logo.is_some() { FRESH } else { COOL_DOWN });
            *known = Some(Answer { logo: logo.clone(), until });
            logo
        });
        fetching.await.ok().flatten()
    }
}

async fn fetch(outbound: &Outbound, uri: &str) -> Result<Logo, String> {
    let fetch = Fetch::get(uri, "image/png, image/jpeg, image/gif, image/webp").at_most(AT_MOST);
    let answer = outbound.fetch(fetch.within(PATIENCE)).await.map_err(|error| error.to_string())?;
    if answer.status != StatusCode::OK {
        return Err(format!("status {}", answer.status.as_u16()));
    }
    let kind = kind(&answer.body).ok_or("neither PNG, JPEG, GIF nor WebP")?;
    Ok(Logo { kind, bytes: answer.body })
}

/// The media type of a picture, by how such files begin.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0..."), Some("image/jpeg"));
        assert_eq!(kind(b"GIF89a..."), Some("image/gif"));
        assert_eq!(kind(b"GIF87a..."), Some("image/gif"));
        assert_eq!(kind(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some("image/webp"));
        for no in
            [&b""[..], b"\x89PNG", b"RIFF....WAVE", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!DOCTYPE html>"]
        {
            assert_eq!(kind(no), None, "{no:?}");
        }
    }
}
