//! Encrypts and decrypts tokens, one request of JSON a line, one answer a line: for trying `countersign-jose` by hand, and for
//! other implementations to be tried against it.
//!
//! ```text
//! {"alg": "ECDH-ES", "enc": "A128GCM", "jwks": {"keys": […]}, "content": "…"}   encrypts       {"token": "…"}
//! {"alg": "ECDH-ES"}                                                            makes a key    {"jwk": {…}}
//! {"token": "…"}                                                                decrypts       {"content": "…"}
//! ```
//!
//! A key lives as long as the program; a token names its key by `kid`. What fails is answered with `{"error": "…"}`.
#![expect(clippy::print_stdout, reason = "an example talks to its terminal")]

use std::io::BufRead as _;

use countersign_jose::{ContentEncryption, DecryptionKey, Encrypted, KeyManagement, Recipient};
use countersign_protocol::Entropy;
use serde::Deserialize;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Request {
    alg: Option<String>,
    enc: Option<String>,
    jwks: Option<Value>,
    content: Option<String>,
    token: Option<String>,
}

fn main() -> Result<(), Failure> {
    let mut keys = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&mut keys, &line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        println!("{answer}");
    }
    Ok(())
}

fn answer(keys: &mut Vec<DecryptionKey>, line: &str) -> Result<Value, Failure> {
    let request: Request = serde_json::from_str(line)?;
    if let Some(token) = &request.token {
        let token = Encrypted::parse(token)?;
        let key = keys.iter().find(|key| token.kid() == Some(key.kid())).ok_or("no key has the token's kid")?;
        let decrypted = token.decrypt(key, &mut SystemEntropy)?;
        return Ok(json!({ "content": str::from_utf8(decrypted.content())?, "cty": decrypted.cty() }));
    }
    let alg: KeyManagement = request.alg.as_deref().unwrap_or_default().parse()?;
    let Some(jwks) = request.jwks else {
        let key = DecryptionKey::generate(alg)?;
        let jwk = serde_json::to_value(key.public_jwk())?;
        keys.push(key);
        return Ok(json!({ "jwk": jwk }));
    };
    let enc: ContentEncryption = request.enc.as_deref().map_or(Ok(ContentEncryption::default()), str::parse)?;
    let recipient = Recipient::choose(jwks.to_string().as_bytes(), alg, enc)?;
    let content = request.content.unwrap_or_default();
    Ok(json!({ "token": recipient.encrypt(None, content.as_bytes(), &mut SystemEntropy)? }))
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, clippy::expect_used, reason = "a program of its own is its own edge")]
        getrandom::fill(buffer).expect("the operating system must provide randomness");
    }
}
