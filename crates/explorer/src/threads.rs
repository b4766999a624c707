//! Which login a message belongs to. The first message of a login opens a thread; later ones join it by the values that
//! they carry. The engine's own name for the flow, where a reply has one, settles it.
//!
//! Bounded: the oldest values and threads are forgotten first.

use std::collections::{BTreeMap, HashMap, VecDeque};

use http::Method;

use crate::{
    clues::{self, Clue, Kind},
    exchange::{Exchange, ResponseSeen, RunId, Thread},
    site::Site,
};

/// Most values, and most threads, that are remembered.
const MAX_CLUES: usize = 20_000;
const MAX_THREADS: usize = 1000;

/// What belongs to no login, whoever asks.
const LOOSE: [&str; 4] = ["metadata", "jwks", "register", "home"];

/// What is known of a thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    /// The run that caused it.
    pub(crate) run: Option<RunId>,
    /// The client.
    pub(crate) client_id: Option<String>,
    /// Whether the authorization request was answered: the same request again is another login.
    answered: bool,
    /// Whether a code is out that nobody has redeemed.
    code_is_out: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    known: HashMap<Clue, Thread>,
    order: VecDeque<Clue>,
    all: BTreeMap<Thread, About>,
    last: u64,
    /// The run under way, with the trace id that its requests carry.
    run: Option<(String, RunId)>,
}

impl Threads {
    /// From now on, requests with that trace id are this run's.
    pub(crate) fn expect(&mut self, trace: String, run: RunId) {
        self.run = Some((trace, run));
    }

    /// From now on no request is a run's.
    pub(crate) fn run_is_over(&mut self) {
        self.run = None;
    }

    /// What is known of a thread.
    pub(crate) fn about(&self, thread: Thread) -> Option<&About> {
        self.all.get(&thread)
    }

    /// Forgets everything but the run under way and which number comes next.
    pub(crate) fn clear(&mut self) {
        *self = Self { last: self.last, run: self.run.take(), ..Self::default() };
    }

    /// Puts a request on its thread, and says which run it belongs to.
    pub(crate) fn place(&mut self, exchange: &Exchange) -> (Option<Thread>, Option<RunId>) {
        let brought = clues::of_request(exchange);
        let run = self.run_of(exchange);
        let preflight = exchange.request.method == Method::OPTIONS.as_str();
        if LOOSE.contains(&exchange.endpoint) || preflight {
            return (None, run);
        }
        let thread = match run {
            Some(run) => Some(self.of_run(run)),
            None => self.find(exchange, &brought),
        };
        let Some(thread) = thread else { return (None, None) };
        self.learn(thread, &brought);
        self.note_request(thread, exchange);
        (Some(thread), self.about(thread).and_then(|about| about.run))
    }

    /// Learns from a response; the thread may turn out to be another one.
    pub(crate) fn settle(&mut self, exchange: &Exchange, response: &ResponseSeen) -> Option<Thread> {
        let found = clues::of_response(exchange, response);
        let engine = found.iter().find(|clue| clue.kind() == Kind::EngineFlow).and_then(|clue| self.living(*clue));
        let thread = match (exchange.flow, engine) {
            (Some(thread), Some(engine)) if self.about(thread)?.run.is_none() => Some(engine),
            (Some(thread), _) => Some(thread),
            (None, engine) if !LOOSE.contains(&exchange.endpoint) => engine,
            (None, _) => None,
        }?;
        self.learn(thread, &found);
        self.learn(thread, &clues::of_request(exchange));
        let answered = clues::answers_authorization(exchange, response);
        let coded = found.iter().any(|clue| clue.kind() == Kind::Code);
        let about = self.all.get_mut(&thread)?;
        about.answered |= answered;
        about.code_is_out = (about.code_is_out || (answered && coded))
            && !(exchange.endpoint == "token" && (200..300).contains(&response.status));
        if exchange.site == Site::AuthorizationServer && about.client_id.is_none() {
            about.client_id.clone_from(&exchange.client_id);
        }
        Some(thread)
    }

    fn run_of(&self, exchange: &Exchange) -> Option<RunId> {
        let (trace, run) = self.run.as_ref()?;
        let (_, query) = exchange.request.target.split_once('?').unwrap_or_default();
        let named = clues::find(query, "run").filter(|_| exchange.endpoint == "login");
        let traced = exchange.traceparent.as_deref().and_then(clues::trace_id);
        let theirs = traced == Some(trace) || named.and_then(|named| RunId::parse(&named)) == Some(*run);
        theirs.then_some(*run)
    }

    fn of_run(&mut self, run: RunId) -> Thread {
        let found = self.all.iter().rev().find(|(_, about)| about.run == Some(run)).map(|(thread, _)| *thread);
        found.unwrap_or_else(|| self.open(About { run: Some(run), ..About::default() }))
    }

    fn find(&mut self, exchange: &Exchange, brought: &[Clue]) -> Option<Thread> {
        let opens = match exchange.endpoint {
            "login" => return Some(self.open(About::default())),
            // The web app's own logout belongs to the login that it ends; one everywhere is a flow of its own.
            "logout" if clues::is_everywhere(exchange) => return Some(self.open(About::default())),
            "authorize" | "end-session" => true,
            "token" => exchange.request.method == Method::POST.as_str(),
            _ => false,
        };
        // The `state` of some clients never changes, and a trace may span several logins: neither says that an
        // authorization request was made before.
        let joins = |clue: &&Clue| exchange.endpoint != "authorize" || clue.kind() == Kind::AuthorizationRequest;
        let joined = brought.iter().filter(joins).find_map(|clue| self.living(*clue));
        let again = |thread: &Thread| exchange.endpoint != "authorize" || !self.all[thread].answered;
        let joined = joined.filter(again).or_else(|| self.waiting_for(exchange));
        joined.or_else(|| opens.then(|| self.open(About::default())))
    }

    /// The login that waits for its code to be redeemed, for a token request whose code is none that was seen: what
    /// became of the code on the way is worth seeing beside the rest of that login.
    fn waiting_for(&self, exchange: &Exchange) -> Option<Thread> {
        let client = Some(clues::client_named(exchange)?);
        let form = exchange.request.body.text.as_deref()?;
        let redeems = exchange.endpoint == "token" && clues::find(form, "grant_type")? == "authorization_code";
        let mut newest_first = self.all.iter().rev().filter(|_| redeems);
        newest_first.find(|(_, about)| about.code_is_out && about.client_id == client).map(|(thread, _)| *thread)
    }

    fn living(&self, clue: Clue) -> Option<Thread> {
        self.known.get(&clue).copied().filter(|thread| self.all.contains_key(thread))
    }

    fn open(&mut self, about: About) -> Thread {
        self.last += 1;
        let thread = Thread(self.last);
        self.all.insert(thread, about);
        while self.all.len() > MAX_THREADS {
            self.all.pop_first();
        }
        thread
    }

    fn learn(&mut self, thread: Thread, clues: &[Clue]) {
        for clue in clues {
            // What a client may send again belongs to the login that sent it last, what a server makes to the first.
            let repeats = matches!(clue.kind(), Kind::State | Kind::AuthorizationRequest);
            if !repeats && self.living(*clue).is_some() {
                continue;
            }
            if self.known.insert(*clue, thread).is_none() {
                self.order.push_back(*clue);
            }
        }
        while self.order.len() > MAX_CLUES {
            let oldest = self.order.pop_front();
            oldest.map(|clue| self.known.remove(&clue));
        }
    }

    fn note_request(&mut self, thread: Thread, exchange: &Exchange) {
        let Some(about) = self.all.get_mut(&thread) else { return };
        let request = &exchange.request;
        let form = request.body.text.as_deref().unwrap_or_default();
        if exchange.endpoint == "authorize" && about.client_id.is_none() {
            let asked = request.target.split_once('?').map_or(form, |(_, query)| query);
            about.client_id = clues::find(asked, "client_id");
        }
    }
}

#[cfg(test)]
mod tests;
