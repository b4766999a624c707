//! Signing in because somebody else asks for it (OpenID Connect Core §4): the account page's "Open the app", a portal, a
//! link in a mail. Whoever it is chooses no provider and no page but one of the notebook's.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign_client::{LoginOptions, Refusal};
use countersign_protocol::params;

use super::login::{begin, not_ready};
use super::page::Message;
use super::provider::{Ask, Variant};
use super::{App, INITIATE};
use crate::site::see_other;

/// Where a sign-in ends if nobody asks for a certain page.
const NOTEBOOK: &str = "/notebook";

/// `GET /initiate-login`.
pub(super) async fn by_link(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let client = match app.client(Variant::Pkce).await {
        Ok(client) => client,
        Err(why) => return not_ready(&app, &why),
    };
    match client.initiation(query.unwrap_or_default()) {
        Ok(initiation) => {
            let options = app.login_options(Ask::Plainly, None);
            let options = options.map(|options| LoginOptions { initiation: Some(initiation), ..options });
            begin(&app, Variant::Pkce, options, &headers).await
        }
        Err(refusal) => refused(&app, &refusal),
    }
}

/// `POST /initiate-login`: sends the browser on to the same as a link. With a form of another site no cookie comes along
/// (`SameSite=Lax`), and a new one would cut off the sign-ins that this browser has under way in other tabs.
pub(super) async fn by_form(State(app): State<App>, form: Bytes) -> Response {
    let client = match app.client(Variant::Pkce).await {
        Ok(client) => client,
        Err(why) => return not_ready(&app, &why),
    };
    let initiation = match client.initiation(&form) {
        Ok(initiation) => initiation,
        Err(refusal) => return refused(&app, &refusal),
    };
    let more = [("login_hint", initiation.login_hint()), ("target_link_uri", initiation.target())];
    let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
    see_other(&params::append_query(INITIATE, [("iss", app.config.issuer.as_str())].into_iter().chain(more)))
}

fn refused(app: &App, refusal: &Refusal) -> Response {
    let text = "The link that brought you here asks Fernbook for something that it does not do: to sign you in elsewhere, or \
                to send you elsewhere afterwards. Nothing happened.";
    Message::new(app, "Fernbook does not follow this link", text)
        .action("/login", "Log in")
        .action("/", "Back to the cover")
        .detail(refusal)
        .respond(StatusCode::BAD_REQUEST)
}

/// Where a sign-in ends: at the page that was asked for, if it is one of the notebook's. The library has proven the origin;
/// but `/login` as a target would go round in circles.
pub(super) fn destination(target: Option<&str>, base_url: &str) -> String {
    let shown = |target: &&str| {
        let path = target.strip_prefix(base_url).and_then(|path| path.strip_prefix(NOTEBOOK));
        path.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    };
    target.filter(shown).unwrap_or(NOTEBOOK).to_owned()
}

#[cfg(test)]
mod tests {
    use super::destination;

    #[test]
    fn a_sign_in_ends_in_the_notebook_wherever_it_was_to_end() {
        let home = "http://localhost:4001";
        for path in ["/notebook", "/notebook/map-of-the-pond.txt", "/notebook?page=2", "/notebook#end"] {
            let target = format!("{home}{path}");
            assert_eq!(destination(Some(&target), home), target);
        }
        for path in ["", "/", "/login", "/initiate-login?iss=x", "/callback?code=x", "/notebooks", "//notebook"] {
            assert_eq!(destination(Some(&format!("{home}{path}")), home), "/notebook", "{path}");
        }
        assert_eq!(destination(None, home), "/notebook");
    }
}
