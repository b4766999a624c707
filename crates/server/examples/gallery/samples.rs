//! Every page in several states, for the gallery and for the tests of the pages.

use countersign_protocol::{ErrorCode, Refusal, Rule, Timestamp};
use countersign_server::pages::{
    AccountHome, App, AppLinks, Choice, ChooseAccount, ConnectedApp, Consent, ConsentScope, CookieLost, Destination,
    ErrorPage, Form, FormPost, Frame, Home, HomeLink, Message, Moment, Next, OtherAccount, Page, Person, Problem,
    ScopeWords, SessionRow, SignIn, SignOut, SignUp, SignUpProblem, SignedOut, Switch, Told, WebLink, browser_name,
    render,
};

const NOW: i64 = 1_773_324_300;

static RULE: Rule = Rule {
    id: "authorize.redirect_uri_registered",
    spec: "RFC 9700 §4.1.3",
    on_fail: ErrorCode::InvalidRequest,
    explain: "redirect_uri must equal a registered one, byte for byte.",
};

/// Names and documents. Every text that could come from outside goes through `outside` first.
pub(crate) fn all(outside: fn(&str) -> String) -> Vec<(&'static str, String)> {
    let s = Samples { outside };
    let mut pages = s.sign_in();
    pages.extend(s.consent());
    pages.extend(s.account());
    pages.extend(s.errors());
    pages.extend(s.home());
    pages.extend(s.others());
    pages
}

struct Samples {
    outside: fn(&str) -> String,
}

type Pages = Vec<(&'static str, String)>;

fn page(name: &'static str, page: &impl Page) -> (&'static str, String) {
    (name, render(page))
}

impl Samples {
    fn text(&self, text: &str) -> String {
        (self.outside)(text)
    }

    fn frame(&self) -> Frame {
        Frame { product: self.text("Countersign"), issuer: "http://localhost:4000".to_owned() }
    }

    fn form(&self, path: &str) -> Form {
        Form::new(self.text(path), self.text("dGhpcyBpcyBub3QgYSB0b2tlbg")).with("as", self.text("ses_7Qm2"))
    }

    fn app(&self) -> App {
        App {
            name: self.text("Holiday Photos"),
            destination: Destination::Website(self.text("photos.example")),
            logo: Some("/interaction/int_x/logo".to_owned()),
            links: AppLinks {
                website: WebLink::parse(&self.text("https://photos.example/").replace(' ', "")),
                policy: WebLink::parse("https://photos.example/privacy"),
                terms: WebLink::parse("https://photos.example/terms"),
            },
        }
    }

    fn tool(&self) -> App {
        App {
            name: self.text("photoctl"),
            destination: Destination::ThisComputer(self.text("127.0.0.1:49152")),
            logo: None,
            links: AppLinks::default(),
        }
    }

    fn person(&self, name: &str, username: &str) -> Person {
        Person { name: self.text(name), username: self.text(username) }
    }

    fn alice(&self) -> Person {
        self.person("Alice Liddell", "alice")
    }

    fn switch(&self, people: &[(&str, &str)]) -> Switch {
        let accounts = people
            .iter()
            .map(|(name, username)| Choice { session: self.text("ses_Zk81"), person: self.person(name, username) });
        Switch {
            choose: self.form("/interaction/int_x/choose"),
            accounts: accounts.collect(),
            another: Some(self.text("/interaction/int_x/sign-in")),
        }
    }

    fn sign_in(&self) -> Pages {
        let first = SignIn {
            frame: self.frame(),
            app: Some(self.app()),
            form: self.form("/interaction/int_x/sign-in"),
            cancel: Some(self.form("/interaction/int_x/cancel")),
            username: String::new(),
            again: None,
            problem: None,
            switch: None,
            sign_up: Some(self.text("/interaction/int_x/sign-up")),
        };
        let known = SignIn { username: self.text("alice"), ..first.clone() };
        let others = self.switch(&[("Alice Liddell", "alice"), ("carol", "carol")]);
        let choose = ChooseAccount {
            frame: self.frame(),
            app: self.app(),
            switch: self.switch(&[
                ("Alice Liddell", "alice"),
                ("Bob Pitt-Rivers", "bob@example.org"),
                ("carol", "carol"),
            ]),
            cancel: Some(self.form("/interaction/int_x/cancel")),
        };
        let again = SignIn {
            again: Some(self.alice()),
            app: Some(self.tool()),
            switch: Some(self.switch(&[])),
            ..first.clone()
        };
        let sign_up = SignUp {
            frame: self.frame(),
            app: self.app(),
            form: self.form("/interaction/int_x/sign-up"),
            cancel: self.form("/interaction/int_x/cancel"),
            username: self.text("dormouse"),
            name: self.text("The Dormouse"),
            least: 8,
            problem: None,
            sign_in: self.text("/interaction/int_x/sign-in"),
        };
        vec![
            page("sign-in", &first),
            page("sign-in-no-match", &SignIn { problem: Some(Problem::NoMatch), ..known.clone() }),
            page("sign-in-wait", &SignIn { problem: Some(Problem::Wait(240)), ..known.clone() }),
            page("sign-in-stale", &SignIn { problem: Some(Problem::Stale), ..known }),
            page("sign-in-others", &SignIn { switch: Some(others), ..first.clone() }),
            page("sign-in-again", &again),
            page("sign-in-account", &SignIn { app: None, cancel: None, ..first }),
            page("choose-account", &choose),
            page("sign-up", &sign_up),
            page("sign-up-taken", &SignUp { problem: Some(SignUpProblem::Taken), ..sign_up.clone() }),
            page("sign-up-password", &SignUp { problem: Some(SignUpProblem::Password), ..sign_up }),
        ]
    }

    fn scope(&self, token: &str, title: &str, description: &str) -> ConsentScope {
        ConsentScope {
            scope: self.text(token),
            field: self.text(&format!("scope:{token}")),
            title: self.text(title),
            description: if description.is_empty() { String::new() } else { self.text(description) },
            required: false,
            ticked: true,
            granted: false,
        }
    }

    fn consent(&self) -> Pages {
        let profile = self.scope("read:profile", "See your profile", "Your name, your user name and your picture.");
        let files = self.scope("read:files", "See your files", "The names and contents of everything you keep here.");
        let offline = self.scope("offline_access", "Stay connected", "");
        let first = Consent {
            frame: self.frame(),
            app: self.app(),
            unverified: false,
            person: self.alice(),
            switch: Some(self.switch(&[("Bob Pitt-Rivers", "bob@example.org")])),
            form: self.form("/interaction/int_x/consent").with("session", self.text("ses_7Qm2")),
            scopes: vec![ConsentScope { required: true, ..profile.clone() }, files.clone(), offline.clone()],
            told: Told {
                at_once: vec![self.text("Email address")],
                later: vec![self.text("Full name"), self.text("Address of your picture")],
            },
            resources: vec![self.text("http://localhost:4003/")],
        };
        let narrow = ConsentScope { ticked: false, ..files.clone() };
        let more = Consent {
            scopes: vec![
                ConsentScope { required: true, granted: true, ..profile.clone() },
                narrow,
                ConsentScope { granted: true, ..offline },
            ],
            unverified: true,
            resources: Vec::new(),
            ..first.clone()
        };
        let device = Destination::ThisDevice(self.text("com.example.photos"));
        let nothing = Consent {
            scopes: Vec::new(),
            told: Told::default(),
            app: App { destination: device, logo: None, links: AppLinks::default(), ..self.app() },
            resources: Vec::new(),
            switch: None,
            ..first.clone()
        };
        vec![
            page("consent-native", &Consent { app: self.tool(), unverified: true, ..first.clone() }),
            page("consent-nothing", &nothing),
            page("consent-more", &more),
            page("consent", &first),
        ]
    }

    fn moment(secs_ago: i64) -> Moment {
        Moment::past(Timestamp::from_secs(NOW - secs_ago), Timestamp::from_secs(NOW))
    }

    fn connected(&self, name: &str, secs_ago: i64) -> ConnectedApp {
        let words = |title: &str, description: &str| ScopeWords {
            title: self.text(title),
            description: if description.is_empty() { String::new() } else { self.text(description) },
        };
        ConnectedApp {
            client_id: self.text(name),
            name: self.text(name),
            unverified: false,
            host: Some(self.text("photos.example")),
            scopes: vec![
                words("See your profile", "Your name, your user name and your picture."),
                words("See your files", "The names and contents of everything you keep here."),
                words("Stay connected", ""),
            ],
            since: Self::moment(secs_ago),
            last_used: Some(Self::moment(secs_ago / 40)),
            open: WebLink::parse("https://app.example/sign-in?iss=https%3A%2F%2Fid.example"),
        }
    }

    fn session(&self, agent: &str, secs_ago: i64) -> SessionRow {
        SessionRow {
            session: self.text("ses_Zk81"),
            browser: self.text(&browser_name(agent)),
            signed_in: Self::moment(secs_ago),
            last_active: Some(Self::moment(secs_ago / 30)),
            here: false,
        }
    }

    fn account(&self) -> Pages {
        let here = SessionRow { here: true, ..self.session("Firefox/140.0 Linux", 7_300) };
        let phone = self.session("iPhone Version/18.0 Safari/604.1", 6 * 86_400);
        let old = SessionRow { last_active: None, ..self.session("", 70 * 86_400) };
        let tool = ConnectedApp {
            unverified: true,
            host: Some(self.text("127.0.0.1")),
            scopes: Vec::new(),
            last_used: None,
            open: None,
            ..self.connected("photoctl", 50 * 86_400)
        };
        let bob = OtherAccount {
            person: self.person("Bob Pitt-Rivers", "bob@example.org"),
            href: self.text("/account?as=ses_Zk81"),
        };
        let full = AccountHome {
            frame: self.frame(),
            person: self.alice(),
            others: vec![bob],
            notice: Some(self.text("Calendar Sync no longer has access.")),
            apps: vec![self.connected("Holiday Photos", 90_000), tool],
            lag: Some(self.text("5 minutes")),
            sessions: vec![here.clone(), phone, old],
            revoke: self.form("/account/revoke"),
            sign_out: self.form("/account/sign-out"),
        };
        let empty = AccountHome {
            others: Vec::new(),
            notice: None,
            apps: Vec::new(),
            sessions: vec![here],
            person: self.person("alice", "alice"),
            ..full.clone()
        };
        vec![page("account", &full), page("account-empty", &empty)]
    }

    fn errors(&self) -> Pages {
        let mismatch = |sent: &str, nearest: Option<&str>| {
            let nearest = nearest.map(|nearest| self.text(nearest));
            let refusal = Refusal::of(&RULE).because(self.text("3 addresses are registered"));
            ErrorPage::refused(self.frame(), &refusal, Some(&self.text("Holiday Photos")), self.text("hR8mW2kQx0bT"))
                .comparing(&self.text(sent), nearest.as_deref())
        };
        let registered = Some("https://photos.example/oauth/callback");
        let cookie = CookieLost {
            frame: self.frame(),
            began_at: self.text("127.0.0.1:4000"),
            came_back_on: self.text("localhost:4000"),
            next: Some(Next {
                label: self.text("Begin again on 127.0.0.1:4000"),
                href: self.text("http://127.0.0.1:4000/"),
            }),
            why: self.text("It began under another host name, and the browser keeps the cookies of the two apart"),
            trace_id: self.text("hR8mW2kQx0bT"),
        };
        let blocked = CookieLost {
            came_back_on: self.text("127.0.0.1:4000"),
            why: self.text("No cookie came at all: the browser blocks them, or this is another browser"),
            next: None,
            ..cookie.clone()
        };
        let unknown = Refusal::of(&countersign_engine::authorize::rules::CLIENT_KNOWN);
        let other = Refusal::of(&countersign_engine::authorize::rules::CLIENT_NAMED);
        vec![
            page("error-redirect-slash", &mismatch("https://photos.example/oauth/callback/", registered)),
            page("error-redirect-missing", &mismatch("https://photos.example/oauth/call", registered)),
            page("error-redirect-host", &mismatch("https://photos.example.net/oauth/callback", registered)),
            page("error-redirect-none", &mismatch("https://photos.example/", None)),
            page("error-unknown-client", &ErrorPage::refused(self.frame(), &unknown, None, self.text("hR8mW2kQx0bT"))),
            page("error-request", &ErrorPage::refused(self.frame(), &other, None, self.text("hR8mW2kQx0bT"))),
            page("error-fault", &ErrorPage::fault(self.frame(), self.text("hR8mW2kQx0bT"))),
            page("cookie-lost", &cookie),
            page("cookie-blocked", &blocked),
        ]
    }

    fn home(&self) -> Pages {
        let link = |label: &str, href: &str, about: &str| HomeLink {
            label: self.text(label),
            href: self.text(href),
            about: self.text(about),
        };
        let home = Home {
            frame: self.frame(),
            account: self.text("/account"),
            documents: vec![
                link("Server metadata", "/.well-known/oauth-authorization-server", "What this server can do, RFC 8414"),
                link("OpenID configuration", "/.well-known/openid-configuration", "The same for OpenID Connect"),
                link("Public keys", "/jwks", "What its signatures are checked with"),
            ],
            more: vec![
                link("Demo web app", "http://localhost:4001/", "Keeps its tokens on its own server."),
                link("Demo single-page app", "http://localhost:4002/", "Runs in the browser alone."),
            ],
        };
        vec![page("home", &home), page("home-plain", &Home { more: Vec::new(), ..home })]
    }

    fn others(&self) -> Pages {
        let sign_out = SignOut {
            frame: self.frame(),
            app: Some(self.text("Holiday Photos")),
            people: vec![self.alice(), self.person("carol", "carol")],
            form: self.form("/sign-out"),
            stay: self.text("/account"),
        };
        let back = Next { label: self.text("Back to Holiday Photos"), href: self.text("https://photos.example/bye") };
        let form_post = FormPost {
            frame: self.frame(),
            app: Some(self.text("Holiday Photos")),
            action: self.text("https://photos.example/oauth/callback"),
            fields: vec![
                ("code".to_owned(), self.text("cs_code_not_one")),
                ("state".to_owned(), self.text("af0ifjsldkj")),
                (self.text("iss"), self.text("http://localhost:4000")),
            ],
        };
        let notice = Message {
            again: Some(self.text("Try again at noon.")),
            next: Some(back.clone()),
            trace_id: Some(self.text("hR8mW2kQx0bT")),
            ..Message::new(self.frame(), self.text("Closed for a while"), self.text("The database is being moved."))
        };
        let frames = vec!["https://photos.example/signed-out?iss=https%3A%2F%2Fid.example&sid=s_1".to_owned()];
        vec![
            page("sign-out-alone", &SignOut { app: None, people: Vec::new(), ..sign_out.clone() }),
            page("sign-out", &sign_out),
            page("signed-out", &SignedOut { frame: self.frame(), next: None, frames: Vec::new(), goes_on: false }),
            page(
                "signed-out-next",
                &SignedOut { frame: self.frame(), next: Some(back.clone()), frames, goes_on: true },
            ),
            page("form-post", &form_post),
            page("message-not-found", &Message::not_found(self.frame())),
            page("message-wrong-method", &Message::wrong_method(self.frame())),
            page("message-rate-limited", &Message::rate_limited(self.frame(), 40)),
            page("message-ended", &Message::ended(self.frame())),
            page("message", &notice),
        ]
    }
}
