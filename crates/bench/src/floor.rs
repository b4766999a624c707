//! The floor: the same listener, the same bytes in the reply, and the same signatures where there are any. It reads a
//! request to its end and does not look at it; there is no store.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
    routing::any,
};
use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::from_base64url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Outcome, doing,
    peer::{Call, Reply},
    server,
};

/// The file of replies in its folder.
const FILE: &str = "replies.json";
/// Headers that the HTTP library writes by itself.
const NOT_KEPT: [&str; 3] = ["content-length", "date", "connection"];

/// A reply of Countersign, to be given again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    path: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Kept {
    /// A reply to be given to whoever asks at that path of the floor.
    pub(crate) fn new(path: &str, reply: &Reply) -> Self {
        let lines = reply.head.lines().filter_map(|line| line.split_once(':'));
        let headers = lines.filter(|(name, _)| !NOT_KEPT.contains(name));
        Self {
            path: path.split('?').next().unwrap_or_default().to_owned(),
            status: reply.status,
            headers: headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
            body: reply.body.clone(),
        }
    }
}

/// Keeps all replies for [`run`].
pub(crate) fn keep(folder: &Path, replies: &[Kept]) -> Outcome<()> {
    let text = serde_json::to_string(replies).map_err(doing("keeping replies"))?;
    std::fs::write(folder.join(FILE), text).map_err(doing("keeping replies"))
}

/// The floor as a child.
pub(crate) fn run(folder: &Path) -> Outcome<()> {
    server::serve(async {
        let text = std::fs::read_to_string(folder.join(FILE)).map_err(doing("reading the replies"))?;
        let replies: Vec<Kept> = serde_json::from_str(&text).map_err(doing("reading the replies"))?;
        router(&replies)
    })
}

/// One route for every reply.
pub(crate) fn router(replies: &[Kept]) -> Outcome<Router> {
    let mut keys = Vec::new();
    for algorithm in [Algorithm::ES256, Algorithm::RS256] {
        keys.push(Arc::new(SigningKey::generate(algorithm).map_err(doing("making a key"))?));
    }
    let mut router = Router::new();
    for kept in replies {
        let answer = Arc::new(Answer::new(kept, &keys)?);
        router = router.route(&kept.path, any(again).with_state(answer));
    }
    Ok(router)
}

async fn again(State(answer): State<Arc<Answer>>, _: Bytes) -> Response {
    match answer.body() {
        Ok(body) => {
            let mut response = (answer.status, body).into_response();
            response.headers_mut().clear();
            response.headers_mut().extend(answer.headers.iter().cloned());
            response
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error).into_response(),
    }
}

/// A reply that is ready but for its signatures.
struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    parts: Vec<Part>,
}

enum Part {
    Text(Bytes),
    Token { key: Arc<SigningKey>, typ: String, claims: Value },
}

impl Answer {
    fn new(kept: &Kept, keys: &[Arc<SigningKey>]) -> Outcome<Self> {
        let header = |(name, value): &(String, String)| {
            let name = name.parse::<HeaderName>().map_err(doing("a kept header"))?;
            Ok((name, value.parse::<HeaderValue>().map_err(doing("a kept header"))?))
        };
        // Tokens stand between quotation marks, and hold none.
        let pieces = kept.body.split_inclusive('"').flat_map(|piece| match piece.strip_suffix('"') {
            Some(piece) => [piece, "\""],
            None => [piece, ""],
        });
        let mut parts = Vec::new();
        let mut text = String::new();
        for piece in pieces {
            if let Some(token) = token(piece, keys) {
                parts.push(Part::Text(std::mem::take(&mut text).into()));
                parts.push(token);
            } else {
                text.push_str(piece);
            }
        }
        parts.push(Part::Text(text.into()));
        Ok(Self {
            status: StatusCode::from_u16(kept.status).map_err(doing("a kept status"))?,
            headers: kept.headers.iter().map(header).collect::<Outcome<_>>()?,
            parts,
        })
    }

    fn body(&self) -> Outcome<Body> {
        if let [Part::Text(text)] = self.parts.as_slice() {
            return Ok(Body::from(text.clone()));
        }
        let mut body = Vec::with_capacity(4 * 1024);
        for part in &self.parts {
            match part {
                Part::Text(text) => body.extend_from_slice(text),
                Part::Token { key, typ, claims } => {
                    body.extend_from_slice(key.sign(typ, claims).map_err(doing("signing"))?.as_bytes());
                }
            }
        }
        Ok(Body::from(body))
    }
}

/// A JWS of one of these algorithms, to be signed anew.
fn token(text: &str, keys: &[Arc<SigningKey>]) -> Option<Part> {
    let mut segments = text.split('.');
    let mut json = || serde_json::from_slice::<Value>(&from_base64url(segments.next()?).ok()?).ok();
    let (header, claims) = (json()?, json()?);
    let key = keys.iter().find(|key| header["alg"] == key.algorithm().name())?;
    Some(Part::Token { key: Arc::clone(key), typ: header["typ"].as_str()?.to_owned(), claims })
}

/// What an operation's replies are at the floor.
pub(crate) fn kept(op: crate::op::Op, conversation: &[(Call, Reply)]) -> Vec<Kept> {
    let replies = conversation.iter();
    replies.map(|(call, reply)| Kept::new(&crate::act::floor_path(op, &call.path), reply)).collect()
}

#[cfg(test)]
mod tests;
