//! Bodies, read as far as somebody wants to look and put together again: whoever comes next gets every byte, and the end
//! or the error that the body really had.

use std::{
    mem,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::time::sleep;

/// Longest that a body is waited for before the handler gets what there is, with the rest still to come: how long it may
/// take altogether is the handler's to say.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that was looked at.
#[derive(Debug)]
pub struct Read {
    /// What was read: a little more than was wanted, at most.
    pub bytes: Bytes,
    /// Whether that is all of it.
    pub whole: bool,
    /// The body, as good as before.
    pub body: Body,
}

/// Reads a body up to so many bytes.
pub async fn read(body: Body, most: usize) -> Read {
    let mut enough = pin!(sleep(PATIENCE));
    let (mut rest, mut seen) = (body, Vec::new());
    let mut error = None;
    while seen.len() <= most && error.is_none() {
        let frame = tokio::select! {
            frame = rest.frame() => frame,
            () = &mut enough => break,
        };
        match frame {
            None => return whole(seen.into()),
            Some(Ok(frame)) => seen.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(why)) => error = Some(why),
        }
    }
    let bytes = Bytes::from(seen);
    let body = Body::new(Again { begun: bytes.clone(), error, rest });
    Read { bytes, whole: false, body }
}

/// Reads an answer, which the sites here make whole before they give it; one that is still being made is passed on
/// unread, so that it arrives as it is made.
pub async fn read_answer(body: Body, most: usize) -> Read {
    let is_made = body.size_hint().exact().is_some();
    if is_made { read(body, most).await } else { Read { bytes: Bytes::new(), whole: false, body } }
}

fn whole(bytes: Bytes) -> Read {
    let body = if bytes.is_empty() { Body::empty() } else { Body::from(bytes.clone()) };
    Read { bytes, whole: true, body }
}

/// What was read, and then the rest, or the error that ended it.
struct Again {
    begun: Bytes,
    error: Option<Error>,
    rest: Body,
}

impl HttpBody for Again {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        if !this.begun.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(mem::take(&mut this.begun)))));
        }
        match this.error.take() {
            Some(error) => Poll::Ready(Some(Err(error))),
            None => Pin::new(&mut this.rest).poll_frame(cx),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let (begun, rest) = (self.begun.len().try_into().unwrap_or(u64::MAX), self.rest.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(begun));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(begun));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        pin::Pin,
        task::{Context, Poll},
    };

    use axum::{
        Error,
        body::{Body, Bytes, HttpBody, to_bytes},
    };
    use http_body_util::BodyExt as _;
    use hyper::body::Frame;

    use super::read;

    const MOST: usize = 1000;

    /// A body that comes in pieces.
    struct Pieces(VecDeque<Result<Bytes, Error>>);

    impl HttpBody for Pieces {
        type Data = Bytes;
        type Error = Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            Poll::Ready(self.0.pop_front().map(|piece| piece.map(Frame::data)))
        }
    }

    #[tokio::test]
    async fn a_short_body_is_read_whole_and_is_there_again() {
        let seen = read(Body::from("grant_type=refresh_token"), MOST).await;
        assert_eq!((&seen.bytes[..], seen.whole), (&b"grant_type=refresh_token"[..], true));
        assert_eq!(to_bytes(seen.body, 100).await.unwrap(), seen.bytes);
    }

    #[tokio::test]
    async fn of_a_long_body_the_rest_is_still_to_come() {
        let all = "x".repeat(3 * MOST + 5);
        let pieces = all.as_bytes().chunks(100).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let seen = read(Body::new(Pieces(pieces)), MOST).await;
        assert!(!seen.whole && seen.bytes.len() > MOST && seen.bytes.len() < MOST + 200);
        assert_eq!(to_bytes(seen.body, usize::MAX).await.unwrap(), all);
        let seen = read(Body::from(all.clone()), 10).await;
        assert_eq!(seen.body.size_hint().exact(), Some(all.len() as u64), "known as before");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_breaks_off_afterwards_too() {
        let pieces = [Ok(Bytes::from("half")), Err(Error::new(std::io::Error::other("gone")))];
        let mut seen = read(Body::new(Pieces(pieces.into())), MOST).await;
        assert_eq!((&seen.bytes[..], seen.whole), (&b"half"[..], false));
        assert_eq!(seen.body.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
        assert!(seen.body.frame().await.unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_slowly_is_the_handlers_concern() {
        struct Never;
        impl HttpBody for Never {
            type Data = Bytes;
            type Error = Error;
            fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
                Poll::Pending
            }
        }
        let seen = read(Body::new(Never), MOST).await;
        assert!(!seen.whole && seen.bytes.is_empty());
    }
}
