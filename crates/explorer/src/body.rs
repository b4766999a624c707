//! Bodies, read as far as a recording goes and put together again: whoever comes after the tap gets every byte, and the
//! end or the error that the body really had.

use std::{pin::pin, time::Duration};

use axum::{
    Error,
    body::{Body, HttpBody as _},
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, future::Either, stream};
use http_body_util::BodyExt as _;
use tokio::time::sleep;

use crate::exchange::MAX_BODY;

/// Longest that a body is waited for before the handler gets what there is, with the rest still to come: how long it may
/// take altogether is the handler's to say.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that was looked at.
#[derive(Debug)]
pub(crate) struct Read {
    /// What was read, which is a little more than is kept at most.
    pub(crate) bytes: Bytes,
    /// Whether that is all of it.
    pub(crate) whole: bool,
    /// The body, as good as before.
    pub(crate) body: Body,
}

/// Reads a body up to the size that is recorded.
pub(crate) async fn read(body: Body) -> Read {
    let mut enough = pin!(sleep(PATIENCE));
    let mut body = body;
    let mut seen = BytesMut::new();
    while seen.len() <= MAX_BODY {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = &mut enough => break,
        };
        match frame {
            None => return whole(seen.freeze()),
            Some(Ok(frame)) => seen.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(error)) => return unfinished(seen.freeze(), Some(error), body),
        }
    }
    unfinished(seen.freeze(), None, body)
}

/// Reads an answer, which the sites here make whole before they give it; one that is still being made is passed on
/// unread, so that it arrives as it is made.
pub(crate) async fn read_answer(body: Body) -> Read {
    if body.size_hint().exact().is_some() { read(body).await } else { Read { bytes: Bytes::new(), whole: false, body } }
}

fn whole(bytes: Bytes) -> Read {
    let body = if bytes.is_empty() { Body::empty() } else { Body::from(bytes.clone()) };
    Read { bytes, whole: true, body }
}

fn unfinished(bytes: Bytes, error: Option<Error>, rest: Body) -> Read {
    let rest = match error {
        Some(error) => Either::Left(stream::iter([Err(error)])),
        None => Either::Right(rest.into_data_stream()),
    };
    let begun = stream::iter([Ok::<_, Error>(bytes.clone())]);
    Read { bytes, whole: false, body: Body::from_stream(begun.chain(rest)) }
}

#[cfg(test)]
mod tests {
    use axum::{
        Error,
        body::{Body, to_bytes},
    };
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};

    use super::{MAX_BODY, read};

    #[tokio::test]
    async fn a_short_body_is_read_whole_and_is_there_again() {
        let seen = read(Body::from("grant_type=refresh_token")).await;
        assert_eq!((&seen.bytes[..], seen.whole), (&b"grant_type=refresh_token"[..], true));
        assert_eq!(to_bytes(seen.body, 100).await.unwrap(), seen.bytes);
    }

    #[tokio::test]
    async fn of_a_long_body_the_rest_is_still_to_come() {
        let all = "x".repeat(3 * MAX_BODY + 5);
        let chunks: Vec<Result<Bytes, Error>> =
            all.as_bytes().chunks(1000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let seen = read(Body::from_stream(stream::iter(chunks))).await;
        assert!(!seen.whole && seen.bytes.len() > MAX_BODY && seen.bytes.len() < MAX_BODY + 2000);
        assert_eq!(to_bytes(seen.body, usize::MAX).await.unwrap(), all);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_breaks_off_after_the_tap_too() {
        let chunks = [Ok(Bytes::from("half")), Err(Error::new(std::io::Error::other("gone")))];
        let seen = read(Body::from_stream(stream::iter(chunks))).await;
        assert_eq!((&seen.bytes[..], seen.whole), (&b"half"[..], false));
        let mut rest = seen.body.into_data_stream();
        assert_eq!(rest.next().await.unwrap().unwrap(), "half");
        assert!(rest.next().await.unwrap().is_err());
    }
}
