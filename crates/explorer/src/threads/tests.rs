//! Messages of several clients, some of them broken, find their logins.

use http::Method;

use super::{Exchange, MAX_CLUES, MAX_THREADS, ResponseSeen, RunId, Site, Thread, Threads};
use crate::exchange::{BodySeen, RequestSeen};

const CODE: &str = "csac_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn body(text: &str) -> BodySeen {
    BodySeen { text: (!text.is_empty()).then(|| text.to_owned()), bytes: text.len(), truncated: false }
}

/// A request in the making, and its way through the threads.
struct Ask(Exchange);

impl Ask {
    fn new(site: Site, line: &str) -> Self {
        let (method, target) = line.split_once(' ').unwrap();
        let path = target.split('?').next().unwrap();
        let endpoint = site.endpoint(&method.parse::<Method>().unwrap(), path).unwrap();
        let request = RequestSeen {
            method: method.to_owned(),
            target: target.to_owned(),
            version: "HTTP/1.1",
            headers: Vec::new(),
            body: body(""),
        };
        Self(Exchange {
            id: 0,
            flow: None,
            run: None,
            site,
            endpoint,
            at: 0,
            took: None,
            held: None,
            lost: false,
            request,
            response: None,
            checks: Vec::new(),
            refused: None,
            engine_flow: None,
            client_id: None,
            trace_id: None,
            traceparent: None,
        })
    }

    fn server(line: &str) -> Self {
        Self::new(Site::AuthorizationServer, line)
    }

    fn form(mut self, text: &str) -> Self {
        self.0.request.body = body(text);
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.0.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn traced(mut self, trace: char) -> Self {
        self.0.traceparent = Some(format!("00-{}-aaaaaaaaaaaaaaaa-01", trace.to_string().repeat(32)));
        self
    }

    /// The request's thread.
    fn place(&mut self, threads: &mut Threads) -> Option<Thread> {
        (self.0.flow, self.0.run) = threads.place(&self.0);
        self.0.flow
    }

    /// The thread after an answer.
    fn answered(mut self, threads: &mut Threads, answer: &Answer) -> Option<Thread> {
        self.place(threads);
        self.0.engine_flow = answer.engine.map(str::to_owned);
        let pairs = answer.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let headers = pairs.collect();
        threads.settle(&self.0, &ResponseSeen { status: answer.status, headers, body: body(&answer.body) })
    }
}

#[derive(Default)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    engine: Option<&'static str>,
}

fn redirect(to: &str) -> Answer {
    Answer { status: 303, headers: vec![("location", to.to_owned())], ..Answer::default() }
}

fn ok(body: &str) -> Answer {
    Answer { status: 200, body: body.to_owned(), ..Answer::default() }
}

fn tokens(n: u8) -> Answer {
    ok(&format!("{{\"access_token\":\"at{n}\",\"refresh_token\":\"rt{n}\",\"id_token\":\"it{n}\"}}"))
}

fn asked(client: &str, state: &str, challenge: &str) -> String {
    format!("GET /authorize?client_id={client}&state={state}&code_challenge={challenge}")
}

#[test]
fn everything_of_a_login_is_one_thread_from_the_click_to_the_api() {
    let mut all = Threads::default();
    let query = "client_id=demo-web&state=s1&code_challenge=c1";
    let login = Ask::new(Site::WebApp, "GET /login");
    let first = login.answered(&mut all, &redirect(&format!("http://localhost:4000/authorize?{query}"))).unwrap();
    let begun = Ask::server(&format!("GET /authorize?{query}")).answered(&mut all, &redirect("/interaction/csia_h1"));
    assert_eq!(begun, Some(first));
    assert_eq!(Ask::server("GET /interaction/csia_h1").answered(&mut all, &ok("<form>")), Some(first));
    let back = format!("http://localhost:4001/callback?code={CODE}&state=s1");
    let consent = Ask::server("POST /interaction/csia_h1/consent").form("decision=allow");
    assert_eq!(consent.answered(&mut all, &redirect(&back)), Some(first));
    let mut callback = Ask::new(Site::WebApp, &format!("GET /callback?code={CODE}&state=s1"));
    assert_eq!(callback.place(&mut all), Some(first));
    let redeem = Ask::server("POST /token").form(&format!("grant_type=authorization_code&code={CODE}"));
    assert_eq!(redeem.answered(&mut all, &tokens(1)), Some(first));
    let cookie =
        Answer { headers: vec![("set-cookie", "fernbook_session=abc; Path=/".into())], ..redirect("/notebook") };
    assert_eq!(callback.answered(&mut all, &cookie), Some(first));
    let bearer = |ask: Ask| ask.header("authorization", "Bearer at1");
    let later = [
        Ask::new(Site::WebApp, "GET /notebook").header("cookie", "other=1; fernbook_session=abc"),
        bearer(Ask::new(Site::ResourceServer, "GET /files")),
        bearer(Ask::server("GET /userinfo")),
        Ask::server("POST /introspect").form("token=at1"),
        Ask::server("POST /token").form("grant_type=refresh_token&refresh_token=rt1"),
        Ask::server("POST /revoke").form("token=rt1"),
    ];
    for mut ask in later {
        assert_eq!(ask.place(&mut all), Some(first), "{}", ask.0.request.target);
    }
    let refresh = Ask::server("POST /token").form("grant_type=refresh_token&refresh_token=rt1");
    refresh.answered(&mut all, &tokens(2));
    let mut api = Ask::new(Site::ResourceServer, "GET /files").header("authorization", "bearer at2");
    assert_eq!(api.place(&mut all), Some(first));
    assert_eq!(all.about(first).unwrap().client_id.as_deref(), Some("demo-web"));
}

#[test]
fn a_client_elsewhere_makes_one_thread_without_a_tap_of_its_own() {
    let mut all = Threads::default();
    let first = Ask::server(&asked("c_x", "s", "c")).answered(&mut all, &redirect("/interaction/csia_h")).unwrap();
    Ask::server("GET /interaction/csia_h")
        .answered(&mut all, &redirect(&format!("https://app.example/cb?code={CODE}")));
    let mut redeem = Ask::server("POST /token").form(&format!("grant_type=authorization_code&code={CODE}"));
    assert_eq!(redeem.place(&mut all), Some(first));
}

#[test]
fn a_code_that_is_posted_to_the_client_is_seen_too() {
    let mut all = Threads::default();
    let page = format!("<input type=\"hidden\" name=\"code\" value=\"{CODE}\"/>");
    let first = Ask::server(&asked("c_x", "s", "c")).answered(&mut all, &ok(&page)).unwrap();
    let mut redeem = Ask::server("POST /token").form(&format!("code={CODE}"));
    assert_eq!(redeem.place(&mut all), Some(first));
}

#[test]
fn a_client_whose_state_never_changes_has_several_logins_all_the_same() {
    let mut all = Threads::default();
    let first = Ask::server(&asked("c_x", "constant", "c1")).place(&mut all).unwrap();
    let second = Ask::server(&asked("c_x", "constant", "c2")).place(&mut all).unwrap();
    assert_ne!(first, second);
    // Even one that repeats its whole request: the first one was answered.
    let back = redirect(&format!("https://app.example/cb?code={CODE}"));
    let third = Ask::server(&asked("c_x", "constant", "c3")).answered(&mut all, &back).unwrap();
    assert_ne!(Ask::server(&asked("c_x", "constant", "c3")).place(&mut all), Some(third));
}

#[test]
fn a_page_that_is_loaded_again_is_the_same_login() {
    let mut all = Threads::default();
    let first = Ask::server(&asked("c_x", "s", "c")).answered(&mut all, &redirect("/interaction/csia_h"));
    assert_eq!(Ask::server(&asked("c_x", "s", "c")).place(&mut all), first);
    let mut posted = Ask::server("POST /authorize").form("client_id=c_x&state=s&code_challenge=c");
    assert_eq!(posted.place(&mut all), first);
}

/// Where the redirect URI is not proven the refusal is a page: nothing goes back to the client, and yet it is over.
#[test]
fn a_request_that_was_refused_on_a_page_is_another_login_when_it_comes_again() {
    let mut all = Threads::default();
    let mut ask = || {
        let refused = Answer { status: 400, ..Answer::default() };
        Ask::server(&asked("c_x", "s", "c")).answered(&mut all, &refused).unwrap()
    };
    assert_eq!([ask(), ask(), ask()], [Thread(1), Thread(2), Thread(3)]);
}

#[test]
fn a_code_that_was_mangled_on_the_way_is_put_beside_the_login_that_waits_for_it() {
    let mut all = Threads::default();
    let first = Ask::server(&asked("c_x", "s", "c"))
        .answered(&mut all, &redirect(&format!("https://app.example/cb?code={CODE}")));
    let mangled = |client: &str, code: &str| {
        Ask::server("POST /token").form(&format!("grant_type=authorization_code&client_id={client}&code={code}"))
    };
    assert_ne!(mangled("c_y", "1").place(&mut all), first, "another client's");
    assert_eq!(mangled("c_x", "2").answered(&mut all, &ok("{}")), first);
    assert_ne!(mangled("c_x", "3").place(&mut all), first, "nothing is waited for any more");
}

#[test]
fn the_engines_name_settles_it() {
    let mut all = Threads::default();
    let engine = |answer: Answer| Answer { engine: Some("f_engine"), ..answer };
    let first = Ask::server(&asked("c_x", "s", "c")).answered(&mut all, &engine(redirect("/interaction/csia_h")));
    // The code was never seen, say because it went out before a restart of this recorder.
    let redeem = Ask::server("POST /token").form("grant_type=authorization_code&code=unseen");
    assert_eq!(redeem.answered(&mut all, &engine(tokens(7))), first);
    let mut api = Ask::new(Site::ResourceServer, "GET /files").header("authorization", "Bearer at7");
    assert_eq!(api.place(&mut all), first);
}

#[test]
fn documents_registrations_and_preflights_belong_to_no_login() {
    let mut all = Threads::default();
    for line in ["GET /jwks", "GET /.well-known/openid-configuration", "POST /register", "GET /", "OPTIONS /token"] {
        assert_eq!(Ask::server(line).traced('a').place(&mut all), None, "{line}");
    }
    let mut client_credentials = Ask::server("POST /token").form("grant_type=client_credentials");
    assert!(client_credentials.place(&mut all).is_some(), "a client in its own name");
}

#[test]
fn a_run_takes_everything_that_carries_its_trace_whatever_it_looks_like() {
    let mut all = Threads::default();
    let run = RunId(4);
    all.expect("e".repeat(32), run);
    let victim = Ask::server(&asked("c_x", "s", "c")).traced('e').place(&mut all).unwrap();
    let mut thief = Ask::server(&asked("c_x", "other", "other")).traced('e');
    assert_eq!(thief.place(&mut all), Some(victim));
    assert_eq!(thief.0.run, Some(run));
    assert_ne!(Ask::server(&asked("c_x", "s", "c2")).traced('d').place(&mut all), Some(victim));
    let mut keys = Ask::server("GET /jwks").traced('e');
    assert_eq!((keys.place(&mut all), keys.0.run), (None, Some(run)));
    all.run_is_over();
    assert_ne!(Ask::server(&asked("c_x", "s", "c3")).traced('e').place(&mut all), Some(victim));
}

#[test]
fn a_real_user_comes_to_a_run_by_the_address_that_was_opened() {
    let mut all = Threads::default();
    all.expect("e".repeat(32), RunId(4));
    let mut login = Ask::new(Site::WebApp, "GET /login?run=r4&pkce=off");
    login.place(&mut all);
    assert_eq!(login.0.run, Some(RunId(4)));
    let mut other = Ask::new(Site::WebApp, "GET /login?run=r5");
    other.place(&mut all);
    assert_eq!(other.0.run, None);
}

#[test]
fn what_a_client_reports_of_itself_joins_by_its_trace() {
    let mut all = Threads::default();
    let redeem = Ask::server("POST /token").form("grant_type=authorization_code&code=x").traced('b');
    let first = redeem.answered(&mut all, &tokens(1));
    let mut api = Ask::new(Site::ResourceServer, "GET /files").traced('b');
    assert_eq!(api.place(&mut all), first);
}

#[test]
fn memory_is_bounded() {
    let mut all = Threads::default();
    let first = Ask::server(&asked("c_x", "s", "0")).place(&mut all).unwrap();
    for n in 0..MAX_CLUES + 10 {
        Ask::server(&asked("c_x", &format!("s{n}"), &n.to_string())).place(&mut all);
    }
    assert!(all.known.len() <= MAX_CLUES && all.order.len() <= MAX_CLUES && all.all.len() <= MAX_THREADS);
    assert!(all.about(first).is_none());
}
