//! A relying party, a browser and the provider, and the way from one to the other.

use serde_json::Value;

use super::{
    Arrival, Browser, Callback, Party, Provider, Reply, Request, Tokens,
    browser::{ALICE, Way},
    provider,
};

/// How a module is run: the variants of the suite.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Whether the client registers itself.
    pub(crate) dynamic: bool,
    /// Whether answers come by `response_mode=form_post`.
    pub(crate) form_post: bool,
}

/// Everything that a test needs.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) provider: &'static Provider,
    pub(crate) party: Party,
    pub(crate) browser: Browser,
}

impl Rig {
    pub(crate) async fn new(plan: Plan) -> Self {
        let provider = provider();
        let party = if plan.dynamic { Party::register(provider, serde_json::json!({})).await } else { Party::first() };
        Self::of(Party { form_post: plan.form_post, ..party })
    }

    /// With a client that registers itself, with members changed or (null) left out.
    pub(crate) async fn registered(changes: Value) -> Self {
        Self::of(Party::register(provider(), changes).await)
    }

    pub(crate) fn of(party: Party) -> Self {
        let provider = provider();
        Self { provider, party, browser: Browser::new(provider) }
    }

    /// Sends the browser to the provider.
    pub(crate) async fn send(&mut self, request: &Request) -> Arrival {
        self.browser.open(&request.url()).await
    }

    /// Up to an answer, signing in as Alice where that is asked.
    pub(crate) async fn pass(&mut self, request: &Request) -> Way {
        let arrival = self.send(request).await;
        let way = self.browser.pass(arrival, ALICE).await;
        self.check_answer(request, &way.callback);
        way
    }

    /// The whole way: to tokens, and once to userinfo with them.
    pub(crate) async fn log_in(&mut self, request: &Request) -> Tokens {
        self.log_in_pressing(request).await.0
    }

    /// The same, and which buttons that took.
    pub(crate) async fn log_in_pressing(&mut self, request: &Request) -> (Tokens, Vec<&'static str>) {
        let way = self.pass(request).await;
        let tokens = self.tokens(request, &way.callback).await;
        let userinfo = self.userinfo(&tokens).await;
        assert_eq!(userinfo["sub"], tokens.id["sub"]);
        (tokens, way.pressed)
    }

    /// A successful answer, and nothing that does not belong there.
    #[track_caller]
    pub(crate) fn check_answer(&self, request: &Request, callback: &Callback) {
        self.check_form(request, callback);
        assert_eq!(callback.get("error"), "", "{callback:?}");
        assert!(!callback.get("code").is_empty(), "{callback:?}");
    }

    /// An error at the relying party, in good form.
    #[track_caller]
    pub(crate) fn check_error(&self, request: &Request, callback: &Callback, code: &str) {
        self.check_form(request, callback);
        assert_eq!((callback.get("error"), callback.get("code")), (code, ""), "{callback:?}");
        let expected = ["error", "error_description", "error_uri", "state", "iss"];
        assert!(callback.names().iter().all(|name| expected.contains(name)), "{callback:?}");
        let described = callback.get("error_description");
        assert!(described.bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\'), "{callback:?}");
    }

    #[track_caller]
    fn check_form(&self, request: &Request, callback: &Callback) {
        assert_eq!(callback.posted, request.get("response_mode") == "form_post", "{callback:?}");
        let uri = self.party.redirect_uri.split('?').next().unwrap();
        assert_eq!(callback.uri.split('?').next().unwrap(), uri);
        assert_eq!(callback.get("state"), request.get("state"));
        assert_eq!(callback.get("iss"), self.provider.issuer);
    }

    /// Redeems the code of an answer.
    pub(crate) async fn redeem(&self, callback: &Callback) -> Reply {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", callback.get("code")),
            ("redirect_uri", &self.party.redirect_uri),
        ];
        self.party.call(self.provider, "/token", &fields).await
    }

    /// Redeems it, and checks what comes.
    pub(crate) async fn tokens(&self, request: &Request, callback: &Callback) -> Tokens {
        let nonce = Some(request.get("nonce")).filter(|nonce| !nonce.is_empty());
        Tokens::of(self.provider, &self.party, &self.redeem(callback).await, nonce).await
    }

    /// Userinfo, as JSON.
    pub(crate) async fn userinfo(&self, tokens: &Tokens) -> Value {
        self.ask_userinfo(tokens).await.expect(200).json()
    }

    pub(crate) async fn ask_userinfo(&self, tokens: &Tokens) -> Reply {
        let request = self.provider.http().get(self.provider.url("/userinfo")).bearer_auth(&tokens.access);
        Reply::of(request.send().await.unwrap()).await
    }
}
