//! A small browser: cookies, forms, redirects. It follows a redirect only when it is told to, and never away from the
//! server.

use countersign_protocol::params;

use super::{
    ask::{Ask, Reply},
    bench::Bench,
    html::{Form, Page},
    jar::{Jar, Origin},
    rp::Login,
    world::PASSWORD,
};

/// A browser.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) jar: Jar,
    /// Scheme, host and port in the address bar.
    pub(crate) origin: String,
    bench: Bench,
    address: String,
    agent: String,
}

impl Browser {
    pub(crate) fn new(bench: &Bench) -> Self {
        Self {
            jar: Jar::default(),
            origin: bench.realm.issuer().to_owned(),
            bench: bench.clone(),
            address: "198.51.100.20".to_owned(),
            agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
        }
    }

    /// In another network.
    pub(crate) fn from(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
        self
    }

    fn dress(&self, ask: Ask, from: Origin) -> Ask {
        let safe = ask.method == "GET";
        let authority = self.origin.split_once("://").unwrap().1;
        let ask = ask.from(&self.address).header("host", authority).header("user-agent", &self.agent);
        let ask = ask.header("sec-fetch-site", from.sec_fetch_site());
        match self.jar.header(&self.origin, from, safe) {
            Some(cookies) => ask.header("cookie", cookies),
            None => ask,
        }
    }

    async fn go(&mut self, ask: Ask, from: Origin) -> Reply {
        let reply = self.bench.send(self.dress(ask, from)).await;
        for header in reply.headers.get_all("set-cookie") {
            self.jar.set(&self.origin, header.to_str().unwrap());
        }
        reply
    }

    /// Types an address.
    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.go(Ask::get(path), Origin::Typed).await
    }

    /// Comes by a link or redirect of another site.
    pub(crate) async fn arrive(&mut self, path: &str) -> Reply {
        self.go(Ask::get(path), Origin::CrossSite).await
    }

    /// Types an address and follows redirects to its page.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        let reply = self.get(path).await;
        self.follow(reply).await
    }

    /// Follows redirects within the server, to the page at their end.
    pub(crate) async fn follow(&mut self, reply: Reply) -> Page {
        let end = self.follow_to_end(reply).await;
        Page::of(end)
    }

    /// Follows redirects within the server, to the page or the redirect to the client at their end.
    pub(crate) async fn follow_to_end(&mut self, reply: Reply) -> Reply {
        let mut reply = reply;
        for _ in 0..5 {
            if !reply.status.is_redirection() || !reply.location().starts_with('/') {
                return reply;
            }
            let next = reply.location().to_owned();
            reply = self.go(Ask::get(next), Origin::Same).await;
        }
        panic!("a loop of redirects, last {reply:?}");
    }

    /// Sends a form of this server's.
    pub(crate) async fn submit(&mut self, form: Form) -> Reply {
        self.post_from(form, Origin::Same).await
    }

    /// Sends a form as a page of another site or of a sibling would.
    pub(crate) async fn post_cross_site(&mut self, form: Form) -> Reply {
        self.post_from(form, Origin::CrossSite).await
    }

    pub(crate) async fn post_same_site(&mut self, form: Form) -> Reply {
        self.post_from(form, Origin::SameSite).await
    }

    async fn post_from(&mut self, form: Form, from: Origin) -> Reply {
        let body = params::write(form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        // With `Referrer-Policy: no-referrer` browsers send `Origin: null`, even to the same origin.
        self.go(Ask::post(form.action).raw_form(body).header("origin", "null"), from).await
    }

    /// Sent here by a client.
    pub(crate) async fn authorize(&mut self, login: &Login) -> Reply {
        let reply = self.arrive(&login.url()).await;
        self.follow_to_end(reply).await
    }

    /// Fills in the sign-in page, and goes on to what comes next.
    pub(crate) async fn sign_in(&mut self, page: &Page, username: &str) -> Reply {
        self.sign_in_with(page, username, PASSWORD).await
    }

    pub(crate) async fn sign_in_with(&mut self, page: &Page, username: &str, password: &str) -> Reply {
        let form = page.with_button("sign-in").set("username", username).set("password", password);
        let reply = self.submit(form.press("sign-in")).await;
        self.follow_to_end(reply).await
    }

    /// The whole way: signs in, allows everything where that is asked, and arrives at the client's.
    pub(crate) async fn log_in(&mut self, login: &Login, username: &str) -> Callback {
        let reply = self.authorize(login).await;
        let reply = self.sign_in(&Page::of(reply), username).await;
        if reply.status.is_redirection() {
            return Callback::of(&reply);
        }
        let reply = self.submit(Page::of(reply).press("allow")).await;
        Callback::of(&reply)
    }

    /// Signs in at the account page.
    pub(crate) async fn enter_account(&mut self, username: &str) -> Page {
        let page = self.open("/account").await;
        Page::of(self.sign_in(&page, username).await)
    }
}

/// What arrives at a client's redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callback {
    /// The address without the response.
    pub(crate) uri: String,
    pub(crate) params: Vec<(String, String)>,
}

impl Callback {
    /// From a redirect.
    #[track_caller]
    pub(crate) fn of(reply: &Reply) -> Self {
        let (uri, query) = reply.location().split_once('?').unwrap();
        let decode = |text: &str| params::decode(text.as_bytes()).unwrap();
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
        Self { uri: uri.to_owned(), params: pairs.map(|(n, v)| (decode(n), decode(v))).collect() }
    }

    /// From a page whose form is posted to the client.
    #[track_caller]
    pub(crate) fn of_form(page: &Page) -> Self {
        let form = page.press("continue");
        Self { uri: form.action, params: form.fields }
    }

    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        let mut found = self.params.iter().filter(|(n, _)| n == name);
        let first = found.next().map_or("", |(_, value)| value);
        assert!(found.next().is_none(), "{name} came twice");
        first
    }

    #[track_caller]
    pub(crate) fn code(&self) -> &str {
        assert_eq!(self.get("error"), "", "{self:?}");
        self.get("code")
    }
}
