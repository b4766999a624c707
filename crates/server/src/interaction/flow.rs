//! One authorization request on its way through the pages.
//!
//! An interaction belongs to the browser that began it, from the first page to the last: its address is worth nothing in
//! any other (Hydra PR #770: consent of the victim, code for the attacker).

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use countersign_engine::{
    Cx, Stored, Writes,
    authorize::{Account, Approval, Consent, Facts, Step, Ticked, ValidatedRequest, approve, next_step, refuse, rules},
    records::{Browser, Client, Interaction},
};
use countersign_protocol::{Handle, HandleKind, Refusal, SessionId};

use super::{
    answer, browser,
    lost::Reason,
    page,
    stop::{Lost, LostCookie, Stop},
};
use crate::{endpoints::token::MAX_RACES, realm::Realm, reply::Failure};

/// A request in progress.
#[derive(Debug)]
pub struct Flow {
    /// The handle in the address.
    pub handle: Handle,
    /// Its row.
    pub interaction: Stored<Interaction>,
    /// The browser that it belongs to.
    pub browser: Stored<Browser>,
    /// The client that asks.
    pub client: Stored<Client>,
    /// The accounts in this browser.
    pub accounts: Vec<Account>,
}

impl Flow {
    /// Loads an interaction for the browser that began it.
    pub async fn load(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, handle: &str) -> Result<Self, Stop> {
        let handle = Handle::parse(HandleKind::Interaction, handle).map_err(|_| Lost::Gone)?;
        let found = realm.store.interaction(&handle.hash()).await?;
        let interaction = found.filter(|found| cx.now < found.expires_at).ok_or(Lost::Gone)?;
        let browser = browser::find(realm, cx, headers).await?.filter(|browser| browser.id == interaction.browser);
        let browser = cx.require_some(&rules::SAME_BROWSER, browser).map_err(|refusal| {
            let (began_at, came_back_on) = (interaction.began_at.clone(), host(headers));
            let ours = (browser::cookie_name(realm), realm.is_https());
            let reason = Reason::of(headers, ours, &began_at, &came_back_on);
            let (refusal, path) = (refusal.because(reason.words()), path(&handle));
            Lost::Cookie(Box::new(LostCookie { refusal, began_at, came_back_on, path }))
        })?;
        let client = realm.store.client(&interaction.request.client).await?;
        // An administrator may have disabled the client meanwhile, or taken the redirect URI away from it.
        let target = interaction.request.target.uri().as_str();
        let client =
            client.filter(|client| client.enabled && client.redirect_uri(target).is_some()).ok_or(Lost::Gone)?;
        cx.flow = Some(interaction.request.flow.clone());
        cx.client = Some(interaction.request.client.clone());
        let accounts = browser::accounts(realm, cx, &browser, &client).await?;
        Ok(Self { handle, interaction, browser, client, accounts })
    }

    /// The path of this interaction's pages.
    pub fn path(&self) -> String {
        path(&self.handle)
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            client: &self.client,
            accounts: &self.accounts,
            chosen: self.interaction.chosen.as_ref(),
            began: Some(self.interaction.created_at),
        }
    }
}

/// The path of an interaction's pages.
pub fn path(handle: &Handle) -> String {
    format!("/interaction/{}", handle.expose())
}

/// A validated request arrives: answers it at once where nothing has to be asked, or begins an interaction.
pub async fn begin(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
    (request, client): (ValidatedRequest, Stored<Client>),
) -> Result<Response, Failure> {
    for _ in 0..MAX_RACES {
        let known = browser::find(realm, cx, headers).await?;
        let accounts = match &known {
            Some(browser) => browser::accounts(realm, cx, browser, &client).await?,
            None => Vec::new(),
        };
        let facts = Facts { client: &client, accounts: &accounts, chosen: None, began: None };
        let plan = match next_step(cx, &request, &facts) {
            Step::Finish(account) => {
                let approval =
                    Approval { request: request.clone(), account, consent: Consent::Earlier, interaction: None };
                approve(cx, &realm.policy, approval)
            }
            Step::Refuse(refusal) => refuse(&realm.policy, request.clone(), None, &refusal),
            _ => return interact(realm, cx, headers, request).await,
        };
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(answer::send(realm, cx, "authorize", plan.outcome.release(&done)));
        }
    }
    Err(Failure::Overloaded("the approval changed again and again"))
}

/// Remembers the request and sends the browser to its first page.
async fn interact(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
    request: ValidatedRequest,
) -> Result<Response, Failure> {
    let (browser, cookie) = browser::find_or_new(realm, cx, headers).await?;
    let handle = Handle::random(HandleKind::Interaction, cx.entropy);
    let mut writes = Writes::none();
    writes.insert(&Interaction {
        hash: handle.hash(),
        browser: browser.id.clone(),
        request,
        chosen: None,
        began_at: host(headers),
        created_at: cx.now,
        expires_at: cx.now.plus(realm.policy.ttl.interaction),
    });
    realm.store.commit(&writes).await?.ok_or(Failure::Overloaded("an interaction's id was taken"))?;
    Ok(with_cookie(realm, page::go_on(realm, &path(&handle)), cookie.as_ref()))
}

/// What comes next for an interaction: a page, or the answer to the client. For `GET /interaction/{handle}`.
pub async fn advance(realm: &Realm, cx: &mut Cx<'_>, flow: Flow) -> Result<Response, Stop> {
    let mut flow = flow;
    for _ in 0..MAX_RACES {
        let request = flow.interaction.request.clone();
        let plan = match next_step(cx, &request, &flow.facts()) {
            Step::SignIn => return Ok(page::sign_in(realm, &flow, None, &page::SignInState::default())),
            Step::SignUp => return Ok(page::sign_up(realm, &flow, &page::SignUpState::default())),
            Step::Reauthenticate(account) => {
                return Ok(page::sign_in(realm, &flow, Some(account), &page::SignInState::default()));
            }
            Step::Choose => return Ok(page::choose(realm, &flow)),
            Step::Consent(account) => return Ok(page::consent(realm, &flow, account)),
            Step::Refuse(refusal) => refuse(&realm.policy, request, Some(&flow.interaction), &refusal),
            Step::Finish(account) => {
                let approval =
                    Approval { request, account, consent: Consent::Earlier, interaction: Some(&flow.interaction) };
                approve(cx, &realm.policy, approval)
            }
        };
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(answer::send(realm, cx, "interaction", plan.outcome.release(&done)));
        }
        flow = reload(realm, cx, flow).await?;
    }
    Err(Failure::Overloaded("the approval changed again and again").into())
}

/// The same interaction with fresh records, after a lost race.
async fn reload(realm: &Realm, cx: &mut Cx<'_>, flow: Flow) -> Result<Flow, Stop> {
    let found = realm.store.interaction(&flow.handle.hash()).await?;
    let interaction = found.ok_or(Lost::Gone)?;
    let accounts = browser::accounts(realm, cx, &flow.browser, &flow.client).await?;
    Ok(Flow { interaction, accounts, ..flow })
}

/// What the user said on the consent page, and as whom.
#[derive(Debug)]
pub struct Said {
    /// The account that the page showed; nobody else approves by this form, whatever other tabs did meanwhile.
    pub session: Option<SessionId>,
    /// What was ticked; the refusal, if the user said no.
    pub decision: Result<Ticked, Refusal>,
}

/// The user approves or not: answers the client. For `POST /interaction/{handle}/consent`.
pub async fn finish(realm: &Realm, cx: &mut Cx<'_>, flow: Flow, said: &Said) -> Result<Response, Stop> {
    let mut flow = flow;
    for _ in 0..MAX_RACES {
        flow.interaction.chosen.clone_from(&said.session);
        let request = flow.interaction.request.clone();
        let interaction = Some(&flow.interaction);
        let step = next_step(cx, &request, &flow.facts());
        let plan = match (&said.decision, step) {
            (Err(refusal), _) => refuse(&realm.policy, request, interaction, refusal),
            (Ok(ticked), Step::Consent(account) | Step::Finish(account)) if said.session.is_some() => {
                let consent = Consent::Given(ticked.clone());
                approve(cx, &realm.policy, Approval { request, account, consent, interaction })
            }
            // Somebody signed out in another tab meanwhile: show what is due now.
            (Ok(_), _) => return Ok(page::go_on(realm, &flow.path())),
        };
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(answer::send(realm, cx, "consent", plan.outcome.release(&done)));
        }
        flow = reload(realm, cx, flow).await?;
    }
    Err(Failure::Overloaded("the approval changed again and again").into())
}

/// Adds the cookie to a response.
pub fn with_cookie(realm: &Realm, mut response: Response, cookie: Option<&Handle>) -> Response {
    if let Some(value) = cookie.and_then(|cookie| browser::set_cookie(realm, cookie)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The host that the browser believes to talk to; for telling `localhost` and `127.0.0.1` apart, never for URLs.
pub fn host(headers: &HeaderMap) -> String {
    let text = headers.get(header::HOST).map(HeaderValue::to_str).and_then(Result::ok).unwrap_or_default();
    text.chars().filter(char::is_ascii_graphic).take(255).collect()
}
