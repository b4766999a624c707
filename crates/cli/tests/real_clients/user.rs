//! The user with a browser: keeps cookies, follows redirects one by one, fills in the forms of sign-in pages. The pages
//! are well-formed XML as well as HTML, so an XML parser reads them; no script is run.

use http::{
    Request, Response,
    header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use oauth2::url::{Url, form_urlencoded};
use roxmltree::{Document, Node, ParsingOptions};

use crate::system::{REDIRECT_URI, System};

/// More pages than this are a loop.
const MOST_PAGES: usize = 12;
/// What is typed, by the name of the field.
const TYPED: [(&str, &str); 2] = [("username", "alice"), ("password", "wonderland")];

/// A browser with a profile of its own.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    /// Opens an address, signs in and approves where that is asked for, and returns the address by which the client is
    /// called back; or the status of the page that goes no further.
    pub(crate) async fn log_in(&mut self, system: &System, url: &Url) -> Result<Url, u16> {
        let (mut url, mut form) = (url.clone(), None);
        for _ in 0..MOST_PAGES {
            if url.as_str().starts_with(REDIRECT_URI) {
                return Ok(url);
            }
            let response = self.send(system, &url, form.take()).await;
            if let Some(location) = response.headers().get(LOCATION) {
                assert!(matches!(response.status().as_u16(), 302 | 303), "a form must not be sent on");
                url = url.join(location.to_str().unwrap()).unwrap();
                continue;
            }
            let status = response.status().as_u16();
            let (action, body) = press(response.body()).filter(|_| status == 200).ok_or(status)?;
            (url, form) = (url.join(&action).unwrap(), Some(body));
        }
        panic!("after {MOST_PAGES} pages there is still another: {url}")
    }

    async fn send(&mut self, system: &System, url: &Url, form: Option<String>) -> Response<Vec<u8>> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if form.is_some() { Request::post(url.as_str()) } else { Request::get(url.as_str()) };
        let request = request.header(COOKIE, cookies.join("; "));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = (system.http())(request.body(form.unwrap_or_default().into_bytes()).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        response
    }
}

/// Fills in a page and presses its button: where the form goes, and what it holds. Nothing, if the page has no such
/// button, or says that something is wrong.
fn press(html: &[u8]) -> Option<(String, String)> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let page = Document::parse_with_options(std::str::from_utf8(html).unwrap(), options).unwrap();
    if page.descendants().any(|node| node.attribute("role") == Some("alert")) {
        return None;
    }
    let button = page.descendants().find(|node| matches!(node.attribute("id"), Some("sign-in" | "allow")))?;
    let is_its_form = |node: &Node<'_, '_>| match button.attribute("form") {
        Some(id) => node.attribute("id") == Some(id),
        None => button.ancestors().any(|ancestor| ancestor == *node),
    };
    let form = page.descendants().filter(|node| node.has_tag_name("form")).find(is_its_form)?;
    let mut body = form_urlencoded::Serializer::new(String::new());
    for input in form.descendants().filter(|node| node.has_tag_name("input")) {
        let name = input.attribute("name").unwrap_or_default();
        let typed = TYPED.iter().find(|(field, _)| *field == name).map(|(_, text)| *text);
        if input.attribute("type") != Some("checkbox") || input.has_attribute("checked") {
            body.append_pair(name, typed.or(input.attribute("value")).unwrap_or_default());
        }
    }
    if let Some(name) = button.attribute("name") {
        body.append_pair(name, button.attribute("value").unwrap_or_default());
    }
    Some((form.attribute("action").unwrap_or_default().to_owned(), body.finish()))
}
