//! Plain questions to the issuer: no redirects, bounded in time and size, the certificate kept for a look.

use std::time::Duration;

use reqwest::{
    Client, Response,
    header::{HeaderMap, HeaderName},
    tls::TlsInfo,
};

use crate::outcome::Trouble;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY: usize = 1024 * 1024;

/// Asks.
#[derive(Debug)]
pub(super) struct Browser(Client);

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// The server's own certificate, in DER.
    pub(super) certificate: Option<Vec<u8>>,
}

impl Browser {
    pub(super) fn new() -> Result<Self, Trouble> {
        #[expect(clippy::disallowed_methods, reason = "asks the issuer of the configuration only, without redirects")]
        let builder = Client::builder().redirect(reqwest::redirect::Policy::none()).tls_info(true);
        builder.timeout(TIMEOUT).build().map(Self).map_err(|error| Trouble::new(chain(&error)))
    }

    /// `GET`, or in one line why nothing came.
    pub(super) async fn get(&self, url: &str, headers: &[(HeaderName, String)]) -> Result<Answer, String> {
        let mut request = self.0.get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| chain(&error.without_url()))?;
        let certificate =
            response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: body(response).await?, certificate })
    }
}

impl Answer {
    /// A header, if it is there and text.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| chain(&error))? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(format!("the answer is longer than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with its causes: the last one is what the system said.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut words: Vec<String> = causes.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
