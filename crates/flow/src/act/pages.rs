//! Moves at the server's own pages: cookies that were planted, frames, and forms with a password in them.

use countersign_protocol::{Rule, steps::Actor};
use http::{StatusCode, header};

use super::{Ended, Thief, told};
use crate::{
    Trouble,
    attacks::{Move, Who},
    browser::absolute,
    checks::{Check, Place},
    message::{Exchange, Side},
    record::Record,
    rules,
    stage::public,
    walk::Walk,
    wire::{Pairs, Response, Trip},
};

/// More redirects than this lead to no page.
const MOST_REDIRECTS: usize = 4;

impl Thief {
    /// Gets a cookie of the real server into a browser of the thief's.
    pub(super) async fn plant(&mut self, walk: &Walk<'_>, record: Record) -> Result<(Record, Ended), Trouble> {
        let mut browser = walk.stage.browser();
        let trip = browser.get(&walk.stage.begin(&walk.client)?.url).await?;
        let worked = browser.has_cookies();
        self.planted = Some(browser);
        Ok((seen(record, &trip), Ended { worked, refused_by: None }))
    }

    /// The user signs in with the thief's cookie in the browser.
    pub(super) async fn sign_in_planted(
        &mut self,
        walk: &Walk<'_>,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let mut browser = self.planted.clone().ok_or_else(|| Trouble::new("no cookie was planted"))?;
        let app = walk.stage.begin(&walk.client)?;
        let first = browser.get(&app.url).await?;
        let visit = browser.sign_in(&walk.stage.user, &first, &walk.client.redirect_uri).await?;
        let worked = visit.last.as_ref().and_then(Trip::location).is_some_and(|to| to.contains("code="));
        let exchanges = visit.sent.iter().map(|trip| Exchange::of(trip, Side::Both)).collect();
        self.signed_in = Some(browser);
        Ok((Record { exchanges, ..record }, Ended { worked, refused_by: None }))
    }

    /// A code is asked for: by the thief with the cookie that was planted, by the user with the one that came since.
    pub(super) async fn use_planted(
        &mut self,
        walk: &Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let url = walk.stage.begin(&walk.client)?.url;
        let url = self.bent(walk, step, &url).await?;
        let browser = if step.by == Who::Thief { &mut self.planted } else { &mut self.signed_in };
        let browser = browser.as_mut().ok_or_else(|| Trouble::new("no cookie was planted"))?;
        let trip = browser.get(&url).await?;
        let worked = trip.location().is_some_and(|to| to.contains("code="));
        let (record, ended) = told(record, (Place::Authorize, walk.stage.pkce), &trip);
        Ok((record, Ended { worked, ..ended }))
    }

    /// A page of the server in a frame of the thief's page, in the browser of the user who is signed in.
    pub(super) async fn frame(
        &self,
        walk: &mut Walk<'_>,
        step: &Move,
        record: Record,
    ) -> Result<(Record, Ended), Trouble> {
        let url = self.bent(walk, step, &walk.app.url).await?;
        let mut trip = walk.browser.get(&url).await?;
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = trip.location() else { break };
            let next = absolute(&trip.request, location);
            trip = walk.browser.get(&next).await?;
        }
        let ended = enforced(&rules::NOT_FRAMED, trip.is_success() && forbids_frames(&trip.response));
        let shown = [header::CONTENT_SECURITY_POLICY, header::X_FRAME_OPTIONS];
        let exchange = Exchange::of(&trip, Side::Both).with_headers(&trip, &shown);
        Ok((checked(Record { exchanges: vec![exchange], ..record }, &ended), ended))
    }

    /// The user signs in for an app of the thief's.
    pub(super) async fn sign_in_for_thief(&self, walk: &Walk<'_>, record: Record) -> Result<(Record, Ended), Trouble> {
        let client = walk.stage.register(&public("Thief")).await?;
        let app = walk.stage.begin_public(&client)?;
        let mut browser = walk.stage.browser();
        let first = browser.get(&app.url).await?;
        let visit = browser.sign_in(&walk.stage.user, &first, &client.redirect_uri).await?;
        let as_get = |trip: &Trip| trip.response.status() == StatusCode::SEE_OTHER;
        let ended = enforced(&rules::POST_NOT_REPEATED, !visit.sent.is_empty() && visit.sent.iter().all(as_get));
        let exchanges = visit.sent.iter().map(|trip| Exchange::of(trip, Side::Both)).collect();
        Ok((checked(Record { exchanges, ..record }, &ended), ended))
    }

    /// An authorization request, bent.
    pub(super) async fn bent(&self, walk: &Walk<'_>, step: &Move, url: &str) -> Result<String, Trouble> {
        let (endpoint, query) = url.split_once('?').unwrap_or((url, ""));
        let pairs = self.bend(walk, step.bends, Pairs::parse(query.as_bytes())).await?;
        Ok(format!("{endpoint}?{}", pairs.write()))
    }
}

fn seen(record: Record, trip: &Trip) -> Record {
    Record { exchanges: vec![Exchange::of(trip, Side::Both)], ..record }
}

/// What a browser does about an answer.
fn enforced(rule: &'static Rule, holds: bool) -> Ended {
    Ended { worked: !holds, refused_by: holds.then_some(rule) }
}

fn checked(record: Record, ended: &Ended) -> Record {
    let checks = ended.refused_by.map(|rule| Check { rule, ok: false, by: Actor::Browser });
    Record { checks: checks.into_iter().collect(), ..record }
}

/// Whether a browser shows this page in no frame (CSP Level 3 §6.4.2.1, RFC 7034 §2.1).
fn forbids_frames(response: &Response) -> bool {
    let text = |name: header::HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let policy = text(header::CONTENT_SECURITY_POLICY).unwrap_or_default();
    let by_policy = policy.split(';').any(|directive| directive.trim() == "frame-ancestors 'none'");
    let by_option = text(header::X_FRAME_OPTIONS).is_some_and(|value| value.eq_ignore_ascii_case("deny"));
    by_policy && by_option
}

#[cfg(test)]
mod tests {
    use super::forbids_frames;
    use crate::wire::Response;

    #[test]
    fn a_page_forbids_frames_in_words_for_new_browsers_and_for_old_ones() {
        let answer = |policy: &str, option: &str| {
            let mut response = Response::new(Vec::new());
            response.headers_mut().insert("content-security-policy", policy.parse().unwrap());
            response.headers_mut().insert("x-frame-options", option.parse().unwrap());
            forbids_frames(&response)
        };
        assert!(answer("default-src 'none'; frame-ancestors 'none'", "DENY"));
        assert!(!answer("default-src 'none'", "DENY"));
        assert!(!answer("frame-ancestors 'none'", "SAMEORIGIN"));
        assert!(!answer("frame-ancestors 'self'", "DENY"));
    }
}
