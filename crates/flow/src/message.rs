//! Requests and responses taken apart into what matters in them, for people and for machines alike.

use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value as Json};

use crate::{
    page::{Kind, Page},
    trace,
    value::{Field, Value},
    wire::{Pairs, Request, Response, Trip},
};

/// Request headers that matter in a flow.
const SENT: [header::HeaderName; 3] = [header::AUTHORIZATION, header::CONTENT_TYPE, header::COOKIE];
/// Response headers that matter, beside `Location`.
const GOT: [header::HeaderName; 4] =
    [header::SET_COOKIE, header::CACHE_CONTROL, header::CONTENT_TYPE, header::WWW_AUTHENTICATE];

/// A request and its response, as far as they are shown.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was sent.
    pub request: Option<Sent>,
    /// What came back.
    pub response: Option<Got>,
    /// Which of the two travels in the step; a machine gets both.
    pub shown: Side,
    /// The name of the request in the trace of its run, if it carries one.
    pub span: Option<String>,
}

/// Which part of an exchange belongs to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The request.
    Request,
    /// The response.
    Response,
    /// Both.
    Both,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The URL without its query.
    pub url: Value,
    /// The parameters of the query.
    pub query: Vec<Field>,
    /// Headers.
    pub headers: Vec<Field>,
    /// The fields of a form, or the members of a JSON object.
    pub body: Vec<Field>,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Got {
    /// The status.
    pub status: u16,
    /// The status in words.
    pub reason: &'static str,
    /// Where the browser is sent, without the query, and the parameters of the query.
    pub location: Option<(Value, Vec<Field>)>,
    /// Other headers.
    pub headers: Vec<Field>,
    /// The members of a JSON object, or what a page shows and asks for.
    pub body: Vec<Field>,
}

impl Exchange {
    /// What came and went, and which side of it belongs to the step.
    pub(crate) fn of(trip: &Trip, shown: Side) -> Self {
        let span = trace::span(trip.request.headers());
        Self { request: Some(Sent::of(&trip.request)), response: Some(Got::of(&trip.response)), shown, span }
    }

    /// Shows further headers of the answer, where they are what matters.
    pub(crate) fn with_headers(mut self, trip: &Trip, names: &[header::HeaderName]) -> Self {
        if let Some(got) = &mut self.response {
            got.headers.extend(headers(trip.response.headers(), names));
        }
        self
    }

    /// A request whose answer does not exist, or is none of the flow's business.
    pub(crate) fn request(request: Sent) -> Self {
        Self { request: Some(request), response: None, shown: Side::Request, span: None }
    }

    /// A redirect, which is a response that the browser answers with another request.
    pub(crate) fn redirect(to: &str) -> Self {
        let status = StatusCode::SEE_OTHER;
        let response = Got {
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or_default(),
            location: Some(address(to)),
            headers: Vec::new(),
            body: Vec::new(),
        };
        Self { request: None, response: Some(response), shown: Side::Response, span: None }
    }
}

impl Sent {
    /// A request in its parts.
    pub(crate) fn of(request: &Request) -> Self {
        let (url, query) = address(&request.uri().to_string());
        let body = match media_type(request.headers()) {
            "application/x-www-form-urlencoded" => fields(request.body()),
            "application/json" => json(request.body()),
            _ => Vec::new(),
        };
        Self { method: request.method().to_string(), url, query, headers: headers(request.headers(), &SENT), body }
    }

    /// The request of a browser that follows a link.
    pub(crate) fn get(url: &str) -> Self {
        let (url, query) = address(url);
        Self { method: "GET".to_owned(), url, query, headers: Vec::new(), body: Vec::new() }
    }
}

impl Got {
    /// A response in its parts.
    pub(crate) fn of(response: &Response) -> Self {
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let body = match media_type(response.headers()) {
            "text/html" => Page::parse(response.body()).map(|page| page_fields(&page)).unwrap_or_default(),
            "application/json" | "application/jwk-set+json" => json(response.body()),
            _ => Vec::new(),
        };
        Self {
            status: response.status().as_u16(),
            reason: response.status().canonical_reason().unwrap_or_default(),
            location: location.map(address),
            headers: headers(response.headers(), &GOT),
            body,
        }
    }
}

/// The members of a JSON object: text as it is, lists of objects by their names, anything else as JSON.
pub(crate) fn members(object: &Map<String, Json>) -> Vec<Field> {
    object.iter().map(|(name, value)| Field::new(name, &plain(value))).collect()
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => {
            let name = |item: &Json| ["name", "kid"].iter().find_map(|key| item.get(key)?.as_str().map(str::to_owned));
            items.iter().map(|item| name(item).unwrap_or_else(|| plain(item))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn json(body: &[u8]) -> Vec<Field> {
    serde_json::from_slice(body).map(|object| members(&object)).unwrap_or_default()
}

fn address(url: &str) -> (Value, Vec<Field>) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    (Value::url(path), fields(query.as_bytes()))
}

fn fields(raw: &[u8]) -> Vec<Field> {
    Pairs::parse(raw).iter().map(|(name, value)| Field::new(name, value)).collect()
}

fn headers(all: &HeaderMap, wanted: &[header::HeaderName]) -> Vec<Field> {
    let found = wanted.iter().flat_map(|name| all.get_all(name).iter().map(move |value| (name, value)));
    found.map(|(name, value)| Field::header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))).collect()
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// What a page shows and asks for.
fn page_fields(page: &Page) -> Vec<Field> {
    let said = |name: &str, text: &str| Field { name: name.to_owned(), value: Value::plain(text) };
    let mut all = vec![said("page", &page.title)];
    all.extend(page.alert.as_deref().map(|alert| said("alert", alert)));
    let fact = |(term, meaning): &(String, String)| {
        let name = term.to_lowercase().replace(' ', "_");
        Field::new(&name, meaning)
    };
    all.extend(page.facts.iter().map(fact));
    for form in page.forms.iter().filter(|form| form.inputs.iter().any(|input| input.kind != Kind::Hidden)) {
        let asked = form.inputs.iter().filter_map(|input| match input.kind {
            Kind::Hidden => None,
            Kind::Text => Some(said(&input.name, "‹to be typed›")),
            Kind::Checkbox { ticked } => Some(said(&input.name, if ticked { "[x]" } else { "[ ]" })),
        });
        all.extend(asked);
    }
    let buttons = page.forms.iter().flat_map(|form| &form.buttons).map(|button| button.label.as_str());
    let buttons: Vec<_> = buttons.collect();
    all.extend((!buttons.is_empty()).then(|| said("buttons", &buttons.join(" | "))));
    all
}

#[cfg(test)]
mod tests {
    use super::Exchange;
    use crate::value::{Secrets, Show};

    const SHOW: Show = Show { secrets: Secrets::Whole, addresses: Vec::new() };

    #[test]
    fn a_redirect_is_taken_apart() {
        let exchange = Exchange::redirect("https://app.example/cb?code=x&state=y");
        let (url, query) = exchange.response.unwrap().location.unwrap();
        assert_eq!(SHOW.value(&url), "https://app.example/cb");
        assert_eq!(query.len(), 2);
    }
}
