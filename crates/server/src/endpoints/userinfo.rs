//! `GET|POST /userinfo` (OpenID Connect Core §5.3). The token comes in the header, or with POST in the form body (RFC
//! 6750 §2.2, which Core §5.3.1 wants); never in the query (RFC 9700 §4.3.2).

use axum::{body::Body, extract::State, http::HeaderMap, response::Response};
use countersign_engine::{
    Cx, Fault,
    tokens::{
        presented::Presented,
        rules,
        userinfo::{self, Answer, decide},
    },
};
use countersign_protocol::{Params, Refusal, Secret, params};

use super::{introspect::facts, token::MAX_RACES};
use crate::{
    edge::SystemEntropy,
    extract::{authorization, is_form, read},
    realm::{App, Realm, context},
    reply::{Challenge, Failure, json, jwt},
};

/// `GET`.
pub async fn get(State(realm): State<App>, headers: HeaderMap) -> Response {
    reply(&realm, &Sent { header: authorization(&headers), form: Form::None }).await
}

/// `POST`: the same, and the token may be in the form.
pub async fn post(State(realm): State<App>, headers: HeaderMap, body: Body) -> Response {
    let form = if is_form(&headers) { Form::read(body).await } else { Form::None };
    reply(&realm, &Sent { header: authorization(&headers), form }).await
}

/// Where a token may have come.
struct Sent {
    header: Option<String>,
    form: Form,
}

/// A form body, and what it holds of a token.
enum Form {
    None,
    Token(Secret),
    Unreadable,
}

impl Form {
    async fn read(body: Body) -> Self {
        let params = read(body, params::MAX_BYTES).await.and_then(|bytes| Params::parse(&bytes).ok());
        match params.map(|params| params.find_secret("access_token")) {
            None => Self::Unreadable,
            Some(None) => Self::None,
            Some(Some(token)) => Self::Token(token),
        }
    }
}

impl Sent {
    fn token(&self, cx: &mut Cx<'_>) -> Result<&str, Refusal> {
        cx.require(&rules::BEARER_FORM, !matches!(self.form, Form::Unreadable))?;
        let Form::Token(token) = &self.form else { return bearer(cx, self.header.as_deref()) };
        cx.require(&rules::BEARER_ONCE, self.header.is_none())?;
        Ok(token.expose())
    }

    fn challenge(&self) -> Challenge {
        match self.form {
            Form::None => challenge(self.header.as_deref()),
            _ => Challenge::Bearer { sent: true },
        }
    }
}

async fn reply(realm: &Realm, sent: &Sent) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(realm, &mut entropy);
    match answer(realm, &mut cx, sent).await {
        Ok(Answer::Token(token)) => jwt(&mut cx, "userinfo", token),
        Ok(Answer::Claims(claims)) => json(&mut cx, "userinfo", Ok(claims), sent.challenge()),
        Err(failure) => json::<()>(&mut cx, "userinfo", Err(failure), sent.challenge()),
    }
}

async fn answer(realm: &Realm, cx: &mut Cx<'_>, sent: &Sent) -> Result<Answer, Failure> {
    let token = sent.token(cx)?;
    let keys = realm.keys.load();
    let presented = Presented::identify(cx.now, realm.for_tokens(&keys), token);
    for _ in 0..MAX_RACES {
        let facts = facts(realm, &presented).await?;
        let plan = decide(cx, realm.for_tokens(&keys), &presented, &facts);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            let claims = plan.outcome.release(&done)?;
            let client = facts.client.ok_or(Fault::Inconsistent("a living token of no client"))?;
            let fetched = match client.userinfo.encrypted {
                Some(_) => realm.fetched_keys(cx.now, &client, None).await,
                None => None,
            };
            return Ok(userinfo::answer(cx, realm.for_tokens(&keys), (&client, fetched.as_deref()), claims)??);
        }
    }
    Err(Failure::Overloaded("the same token was used too often at once"))
}

/// The Bearer token of an Authorization header (RFC 6750 §2.1).
pub fn bearer<'h>(cx: &mut Cx<'_>, header: Option<&'h str>) -> Result<&'h str, Refusal> {
    cx.require_ok(&rules::BEARER_HEADER, find(header).ok_or_else(|| lacks(header)))
}

/// What came in place of a Bearer token.
fn lacks(header: Option<&str>) -> &'static str {
    match header.map(|header| header.split_once(' ')) {
        None => "No Authorization header came",
        Some(None) => "The Authorization header that came has no scheme: write Bearer and a space before the token",
        Some(Some((scheme, _))) if scheme.eq_ignore_ascii_case("basic") => {
            "The Authorization header that came is Basic, or there were several"
        }
        Some(Some(_)) => "The Authorization header that came has another scheme",
    }
}

/// What a 401 says: no more than "Bearer" to who sent no token.
pub fn challenge(header: Option<&str>) -> Challenge {
    Challenge::Bearer { sent: find(header).is_some() }
}

fn find(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use countersign_engine::{Cx, tokens::rules};
    use countersign_protocol::{Secret, Timestamp};

    use super::{Challenge, Form, Sent, bearer, challenge};
    use crate::edge::SystemEntropy;

    #[test]
    fn a_bearer_token_is_read_from_its_header_in_any_case_and_nothing_else_is_one() {
        let mut entropy = SystemEntropy;
        let mut cx = Cx::new(Timestamp::from_secs(0), &mut entropy);
        for header in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(&mut cx, Some(header)).unwrap(), "abc");
            assert_eq!(challenge(Some(header)), Challenge::Bearer { sent: true });
        }
        for header in [None, Some(""), Some("Bearer"), Some("Basic abc"), Some("abc"), Some("Bearerabc")] {
            assert_eq!(bearer(&mut cx, header).unwrap_err().rule, &rules::BEARER_HEADER, "{header:?}");
            assert_eq!(challenge(header), Challenge::Bearer { sent: false });
        }
    }

    #[test]
    fn a_token_comes_one_way_only_and_in_a_form_that_can_be_read() {
        let mut entropy = SystemEntropy;
        let mut cx = Cx::new(Timestamp::from_secs(0), &mut entropy);
        let in_form = || Form::Token(Secret::new("abc"));
        let mut rule = |header: Option<&str>, form: Form| {
            let sent = Sent { header: header.map(str::to_owned), form };
            sent.token(&mut cx).map(str::to_owned).map_err(|refusal| refusal.rule)
        };
        assert_eq!(rule(None, in_form()), Ok("abc".to_owned()));
        assert_eq!(rule(Some("Bearer xyz"), Form::None), Ok("xyz".to_owned()));
        assert_eq!(rule(None, Form::None), Err(&rules::BEARER_HEADER));
        for header in ["Bearer abc", "Basic abc", ""] {
            assert_eq!(rule(Some(header), in_form()), Err(&rules::BEARER_ONCE), "{header:?}");
        }
        assert_eq!(rule(Some("Bearer abc"), Form::Unreadable), Err(&rules::BEARER_FORM));
    }
}
