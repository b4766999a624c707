//! Signing out: at the user's own wish, or at a client's (OpenID Connect RP-Initiated Logout 1.0). Unless an ID token
//! names the session, there is a question first, since a link on a foreign page must not do it.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{
    Cx, Stored,
    logout::{Here, LogoutRequest, Step, ValidatedLogout, rules, step, validate},
    records::{Browser, Client, Session, User},
    session::{self, SignedOut},
};
use countersign_protocol::{Refusal, SessionId, Subject, params};

use super::{browser, flow::with_cookie, page, sign_in::fresh_browser, stop::Stop};
use crate::{
    courier,
    edge::SystemEntropy,
    endpoints::token::MAX_RACES,
    extract::{Form, is_form, read},
    realm::{App, Realm, context},
    reply::Failure,
};

/// The purpose of the form token.
pub const PURPOSE: &str = "sign-out";

/// What the user is asked.
#[derive(Debug)]
pub struct Question<'a> {
    /// Which sessions would end.
    pub sessions: &'a [SessionId],
    /// Who asks, and where the browser goes then.
    pub request: &'a ValidatedLogout,
}

/// `GET /sign-out`: the user's own wish.
pub async fn get(State(realm): State<App>, headers: HeaderMap) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = consider(&realm, &mut cx, &headers, LogoutRequest::default()).await;
    page::or_error(&realm, &mut cx, "sign-out", outcome)
}

/// `GET /end-session`: a client's wish.
pub async fn end_session(State(realm): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let request = LogoutRequest::parse(query.unwrap_or_default().as_bytes());
    let outcome = consider(&realm, &mut cx, &headers, request).await;
    page::or_error(&realm, &mut cx, "end-session", outcome)
}

/// `POST /end-session`: the same parameters as a form. Our cookie is not sent with a form of another site, so the
/// browser comes back with a GET, which carries it.
pub async fn end_session_form(State(realm): State<App>, headers: HeaderMap, body: Body) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let body = if is_form(&headers) { read(body, params::MAX_BYTES).await } else { None };
    match body.and_then(|body| String::from_utf8(body.to_vec()).ok()) {
        // A `#` would begin a fragment, and what follows it would be lost.
        Some(query) if query.bytes().all(|b| b.is_ascii_graphic() && b != b'#') => {
            page::go_on(&realm, &format!("/end-session?{query}"))
        }
        _ => {
            let refusal = Refusal::of(&rules::PARAMETERS_READABLE);
            page::or_error(&realm, &mut cx, "end-session", Err(refusal.into()))
        }
    }
}

/// Ends what may end without asking, asks about the rest, or goes on where nobody is signed in.
async fn consider(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
    request: LogoutRequest,
) -> Result<Response, Stop> {
    let (request, client) = match prove(realm, cx, request).await? {
        Ok(proven) => proven,
        Err(page) => return Ok(page),
    };
    let browser = browser::find(realm, cx, headers).await?;
    let Some(browser) = browser else { return Ok(page::signed_out(realm, request.way_back.as_ref(), &[])) };
    let people = people(realm, cx, &browser, client.as_deref()).await?;
    let here: Vec<Here<'_>> = people.iter().map(|(session, user, sub)| Here { session, user, sub }).collect();
    match step(cx, &request, &here) {
        Step::Nothing => Ok(page::signed_out(realm, request.way_back.as_ref(), &[])),
        Step::Ask(sessions) => {
            let people = here.iter().filter(|here| sessions.contains(&here.session.id)).map(|here| here.user);
            let question = Question { sessions: &sessions, request: &request };
            Ok(page::ask_sign_out(realm, &browser, &people.collect::<Vec<_>>(), &question))
        }
        Step::End(sessions) => {
            let left = leave(realm, cx, browser, |session| sessions.contains(&session.id)).await?;
            let page = page::signed_out(realm, request.way_back.as_ref(), &left.frames);
            Ok(with_cookie(realm, page, Some(&left.cookie)))
        }
    }
}

/// Proves client and return address, or makes the page that says what is wrong.
async fn prove(
    realm: &Realm,
    cx: &mut Cx<'_>,
    request: LogoutRequest,
) -> Result<Result<(ValidatedLogout, Option<Stored<Client>>), Response>, Failure> {
    let hint = request.hint(realm.for_tokens(&realm.keys.load()));
    let client = match request.client_id(hint.as_ref()) {
        Some(id) => realm.store.client(&id).await?,
        None => None,
    };
    Ok(match validate(cx, request, hint, client.as_deref()) {
        Ok(request) => Ok((request, client)),
        Err(failure) => Err(page::refused_request(realm, cx, "end-session", *failure)),
    })
}

/// Who is signed in in a browser, and as whom the client knows them.
async fn people(
    realm: &Realm,
    cx: &Cx<'_>,
    browser: &Browser,
    client: Option<&Client>,
) -> Result<Vec<(Stored<Session>, Stored<User>, Subject)>, Failure> {
    let keys = realm.keys.load();
    let mut people = Vec::new();
    for session in browser::sessions(realm, cx, browser).await? {
        if let Some(user) = realm.store.user(&session.subject).await? {
            let sub = client
                .map_or_else(|| user.subject.clone(), |client| keys.known_as(&client.subject_type, &user.subject));
            people.push((session, user, sub));
        }
    }
    Ok(people)
}

/// `POST /sign-out`: the answer is yes.
pub async fn post(State(realm): State<App>, headers: HeaderMap, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit(&realm, &mut cx, &headers, &form).await;
    page::or_error(&realm, &mut cx, "sign-out", outcome)
}

async fn submit(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, form: &Form) -> Result<Response, Stop> {
    let Some(browser) = browser::find(realm, cx, headers).await? else { return Ok(page::signed_out(realm, None, &[])) };
    let params = form.params(cx)?;
    if !browser::form_is_ours(realm, headers, &browser, PURPOSE, params.find("csrf")) {
        return consider(realm, cx, headers, LogoutRequest::answered(params)).await;
    }
    let request = match prove(realm, cx, LogoutRequest::answered(params)).await? {
        Ok((request, _)) => request,
        Err(page) => return Ok(page),
    };
    let meant: Option<Vec<&str>> = params.find("sessions").map(|ids| ids.split(' ').collect());
    let which = |session: &Session| meant.as_ref().is_none_or(|ids| ids.contains(&session.id.as_str()));
    let left = leave(realm, cx, browser, which).await?;
    let page = page::signed_out(realm, request.way_back.as_ref(), &left.frames);
    Ok(with_cookie(realm, page, Some(&left.cookie)))
}

/// Signs some sessions of a browser out, with the token families that hang off them.
pub async fn leave(
    realm: &Realm,
    cx: &mut Cx<'_>,
    browser: Stored<Browser>,
    which: impl Fn(&Session) -> bool,
) -> Result<SignedOut, Failure> {
    let mut browser = browser;
    for _ in 0..MAX_RACES {
        let mut sessions = realm.store.sessions_of_browser(&browser.id).await?;
        sessions.retain(|session| which(session));
        let ending = realm.store.ending(sessions).await?;
        let plan = session::sign_out(cx, &realm.policy, &browser, ending);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            courier::ring(realm);
            return Ok(plan.outcome.release(&done));
        }
        browser = fresh_browser(realm, &browser).await?;
    }
    Err(Failure::Overloaded("the sessions changed again and again"))
}
