//! HTTP without help: no redirect is followed, no cookie kept, every byte is there to be shown.

use std::time::Duration;

use countersign_client::{HttpClient as _, ReqwestClient};
use countersign_protocol::{params, redirect_uri::origin_of};
use http::{HeaderValue, Method, header};

use crate::{Trouble, edge::SystemEntropy, trace::TraceId};

pub(crate) use countersign_client::{Request, Response};

/// A request with its response.
#[derive(Debug, Clone)]
pub(crate) struct Trip {
    /// What was sent.
    pub(crate) request: Request,
    /// What came back.
    pub(crate) response: Response,
}

/// Sends requests.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    http: ReqwestClient,
    run: Option<TraceId>,
}

impl Wire {
    /// For servers on this machine no proxy is used, whatever the environment says.
    pub(crate) fn new(issuer: &str, run: Option<TraceId>, patience: Option<Duration>) -> Result<Self, Trouble> {
        let here = ["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|host| issuer.starts_with(host));
        #[expect(clippy::disallowed_methods, reason = "given to the client library's guarded HTTP adapter")]
        let builder = reqwest::Client::builder();
        // A machine without CA certificates can still reach `http` on loopback.
        let builder = if here { builder.no_proxy().tls_certs_only([]) } else { builder };
        let http = match patience {
            Some(patience) => ReqwestClient::patient(builder, patience),
            None => ReqwestClient::from_builder(builder),
        };
        Ok(Self { http: http.map_err(Trouble::new)?, run })
    }

    /// The same network for requests that belong to no run.
    pub(crate) fn unmarked(&self) -> Self {
        Self { run: None, ..self.clone() }
    }

    /// Sends one request.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Trip, Trouble> {
        if let Some(run) = self.run {
            run.mark(request.headers_mut(), &mut SystemEntropy);
        }
        let whom = request.uri().to_string();
        let whom = origin_of(&whom).unwrap_or(&whom).to_owned();
        let response = self.http.send(request.clone()).await.map_err(|error| {
            Trouble::new(format!("{whom} does not answer: {error}"))
                .advice("Start a system with `countersign dev`, or leave out --issuer.")
        })?;
        Ok(Trip { request, response })
    }
}

/// A `GET`.
pub(crate) fn get(url: &str) -> Result<Request, Trouble> {
    request(Method::GET, url, Vec::new())
}

/// A `POST` of a form.
pub(crate) fn post<'a>(url: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Request, Trouble> {
    let mut request = request(Method::POST, url, params::write(pairs).into_bytes())?;
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(header::CONTENT_TYPE, form);
    Ok(request)
}

/// The same with an access token.
pub(crate) fn bearer(mut request: Request, token: &str) -> Result<Request, Trouble> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(Trouble::new)?;
    value.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, value);
    Ok(request)
}

fn request(method: Method, url: &str, body: Vec<u8>) -> Result<Request, Trouble> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = url.parse().map_err(|error| Trouble::new(format!("{url} is no URL: {error}")))?;
    Ok(request)
}

/// Form-encoded pairs, repeated ones and all: what is shown and bent is what was sent, whether or not it may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads a query or a form. What can't be decoded stays as it is.
    pub(crate) fn parse(raw: &[u8]) -> Self {
        let read = |bytes: &[u8]| params::decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned());
        let pair = |pair: &[u8]| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            (read(name), read(value.strip_prefix(b"=").unwrap_or_default()))
        };
        Self(raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(pair).collect())
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first value of a name.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Replaces or adds a value.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Leaves a name out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }

    /// Writes them as a query or a form.
    pub(crate) fn write(&self) -> String {
        params::write(self.iter())
    }
}

impl Trip {
    /// Where the response sends the browser.
    pub(crate) fn location(&self) -> Option<&str> {
        self.response.headers().get(header::LOCATION)?.to_str().ok()
    }

    /// Whether what was asked for was given.
    pub(crate) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    /// The body as a JSON object.
    pub(crate) fn json(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_slice(self.response.body()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Pairs;

    #[test]
    fn repeated_and_broken_parameters_are_read_as_they_are() {
        let pairs = Pairs::parse(b"a=1&a=2+3&b&c=%zz");
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", "1"), ("a", "2 3"), ("b", ""), ("c", "%zz")]);
    }

    #[test]
    fn pairs_are_replaced_in_their_place_and_added_at_the_end() {
        let mut pairs = Pairs::parse(b"a=1&b=2");
        pairs.set("a", "x y");
        pairs.set("c", "3");
        pairs.remove("b");
        assert_eq!(pairs.write(), "a=x+y&c=3");
    }
}
