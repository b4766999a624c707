//! A user's browser without scripts: cookies, forms, redirects. It stops at the door of the relying party.

use std::collections::BTreeMap;

use countersign_protocol::params;

use super::{
    Provider, Reply,
    html::{Form, Page},
};

/// Who signs in, by which password: an account of the example.
pub(crate) const ALICE: (&str, &str) = ("alice", "wonderland");

/// Pages and redirects on one way are fewer than that.
const MOST: usize = 10;

/// A browser.
#[derive(Debug)]
pub(crate) struct Browser {
    http: reqwest::Client,
    issuer: String,
    cookies: BTreeMap<String, String>,
}

/// Where a way ended.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A page of the provider's.
    Page(Box<Page>),
    /// At the relying party.
    Party(Callback),
}

/// What arrives at the relying party.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    /// The address, without what was added.
    pub(crate) uri: String,
    pub(crate) params: Vec<(String, String)>,
    /// By POST of a form, not in the query.
    pub(crate) posted: bool,
}

/// A way through the pages to the relying party.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) callback: Callback,
    /// The buttons that were pressed.
    pub(crate) pressed: Vec<&'static str>,
}

impl Browser {
    pub(crate) fn new(provider: &Provider) -> Self {
        Self { http: provider.http(), issuer: provider.issuer.clone(), cookies: BTreeMap::new() }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let reply = Reply::of(request.send().await.unwrap()).await;
        for header in reply.headers.get_all("set-cookie") {
            let header = header.to_str().unwrap();
            let (name, value) = header.split(';').next().unwrap().split_once('=').unwrap();
            if header.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    /// Fetches something that a page shows.
    pub(crate) async fn fetch(&mut self, url: &str) -> Reply {
        self.send(self.http.get(self.absolute(url))).await
    }

    /// Opens an address, and follows redirects up to a page or the relying party.
    pub(crate) async fn open(&mut self, url: &str) -> Arrival {
        let reply = self.send(self.http.get(self.absolute(url))).await;
        self.follow(reply).await
    }

    /// Sends a form, and follows redirects.
    pub(crate) async fn submit(&mut self, form: &Form) -> Arrival {
        let pairs = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.post(&form.action, params::write(pairs)).await
    }

    /// Posts a form that another site made.
    pub(crate) async fn post(&mut self, url: &str, body: String) -> Arrival {
        let request = self.http.post(self.absolute(url)).header("content-type", "application/x-www-form-urlencoded");
        let reply = self.send(request.header("origin", self.issuer.clone()).body(body)).await;
        self.follow(reply).await
    }

    async fn follow(&mut self, reply: Reply) -> Arrival {
        let mut reply = reply;
        for _ in 0..MOST {
            if !reply.status.is_redirection() {
                let page = Page::of(reply);
                return self.handed_over(&page).map_or_else(|| Arrival::Page(Box::new(page)), Arrival::Party);
            }
            let url = self.absolute(reply.header("location"));
            if !self.is_ours(&url) {
                return Arrival::Party(Callback::of(&url));
            }
            reply = self.send(self.http.get(url)).await;
        }
        panic!("a loop of redirects: {reply:?}");
    }

    /// A page whose form goes to the relying party, which a script or the user sends (OAuth 2.0 Form Post Response Mode).
    fn handed_over(&self, page: &Page) -> Option<Callback> {
        if !page.has_button("continue") {
            return None;
        }
        let form = page.press("continue");
        let ours = self.is_ours(&self.absolute(&form.action));
        (!ours).then_some(Callback { uri: form.action, params: form.fields, posted: true })
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.issuer) } else { url.to_owned() }
    }

    fn is_ours(&self, url: &str) -> bool {
        url.strip_prefix(&self.issuer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    /// Does what the pages ask until the relying party is reached.
    pub(crate) async fn pass(&mut self, arrival: Arrival, (username, password): (&str, &str)) -> Way {
        let (mut arrival, mut pressed) = (arrival, Vec::new());
        for _ in 0..MOST {
            let page = match arrival {
                Arrival::Party(callback) => return Way { callback, pressed },
                Arrival::Page(page) => page,
            };
            let form = if page.has_button("sign-in") {
                pressed.push("sign-in");
                let form = page.with_button("sign-in").set("username", username).set("password", password);
                form.press("sign-in")
            } else {
                assert!(page.has_button("allow"), "neither sign-in nor consent: {}", page.text);
                pressed.push("allow");
                page.press("allow")
            };
            arrival = self.submit(&form).await;
        }
        panic!("page after page: {pressed:?}");
    }
}

impl Arrival {
    #[track_caller]
    pub(crate) fn page(self) -> Page {
        match self {
            Self::Page(page) => *page,
            Self::Party(callback) => panic!("expected a page, got {callback:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn callback(self) -> Callback {
        match self {
            Self::Party(callback) => callback,
            Self::Page(page) => panic!("expected the relying party, got {}: {}", page.title, page.text),
        }
    }

    /// An error page, which must not look like another one.
    #[track_caller]
    pub(crate) fn error_page(self) -> Page {
        let page = self.page();
        assert!(page.text.contains("Error") && page.title.contains("Error"), "{}", page.text);
        assert!(page.reply.status.is_client_error(), "{}", page.reply.status);
        assert!(!page.has_button("sign-in") && !page.has_button("allow"), "{}", page.text);
        page
    }
}

impl Callback {
    #[track_caller]
    fn of(url: &str) -> Self {
        let (uri, query) = url.split_once('?').unwrap_or((url, ""));
        let decode = |text: &str| params::decode(text.as_bytes()).unwrap();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let params = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
        Self { uri: uri.to_owned(), params, posted: false }
    }

    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        let mut found = self.params.iter().filter(|(n, _)| n == name);
        let first = found.next().map_or("", |(_, value)| value);
        assert!(found.next().is_none(), "{name} came twice");
        first
    }

    /// Which parameters came.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.params.iter().map(|(name, _)| name.as_str()).collect()
    }
}
