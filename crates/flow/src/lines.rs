//! The flow for machines: one JSON object a line. The form is described in `docs/flows.md`.

mod fields;

use serde::Serialize;

use countersign_protocol::{Rule, steps::Channel};

use crate::{
    Trouble,
    attacks::Attack,
    checks::Check,
    message::{Exchange, Got, Sent},
    record::Record,
    value::{Secrets, Show},
};
use fields::{Claims, Fields};

/// Makes the objects; who writes them chooses how.
#[derive(Debug)]
pub struct Lines {
    show: Show,
    attack: Option<&'static str>,
}

#[derive(Serialize)]
struct Line<'a> {
    step: u8,
    from: &'a str,
    to: &'a str,
    channel: Channel,
    title: &'a str,
    what: &'a str,
    request: Option<RequestOut<'a>>,
    response: Option<ResponseOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    then: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Fields::is_empty")]
    made: Fields<'a>,
    #[serde(skip_serializing_if = "Claims::is_empty")]
    claims: Claims<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [&'static str],
    rules: Vec<RuleOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spans: Vec<&'a str>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attack: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "move")]
    turn: Option<TurnOut>,
}

#[derive(Serialize)]
struct Pair<'a> {
    request: Option<RequestOut<'a>>,
    response: Option<ResponseOut<'a>>,
}

#[derive(Serialize)]
struct RequestOut<'a> {
    method: &'a str,
    url: String,
    query: Fields<'a>,
    headers: Fields<'a>,
    body: Fields<'a>,
}

#[derive(Serialize)]
struct ResponseOut<'a> {
    status: u16,
    location: Option<LocationOut<'a>>,
    headers: Fields<'a>,
    body: Fields<'a>,
}

#[derive(Serialize)]
struct LocationOut<'a> {
    url: String,
    query: Fields<'a>,
}

#[derive(Serialize)]
struct RuleOut {
    id: &'static str,
    section: &'static str,
    ok: bool,
    by: &'static str,
}

#[derive(Serialize)]
struct TurnOut {
    by: &'static str,
    refused_by: Option<Citation>,
}

#[derive(Serialize)]
struct Citation {
    id: &'static str,
    section: &'static str,
}

#[derive(Serialize)]
struct Verdict {
    attack: &'static str,
    pkce: bool,
    stopped_by: Option<Citation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<u8>,
    cost: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

impl Lines {
    /// With secrets shown like that.
    pub fn new(secrets: Secrets) -> Self {
        Self { show: Show { secrets, addresses: Vec::new() }, attack: None }
    }

    /// From here on the lines are those of an attack.
    pub fn attack_begins(&mut self, attack: &'static Attack) {
        self.attack = Some(attack.name);
    }

    /// The object of a step or move.
    pub fn record<'a>(&'a self, record: &'a Record) -> impl Serialize + 'a {
        self.line(record)
    }

    /// The object with which an attack ends.
    pub fn verdict(attack: &'static Attack, pkce: bool, trouble: Option<&Trouble>) -> impl Serialize + use<> {
        let script = attack.script(pkce);
        let trouble = trouble.map(ToString::to_string);
        Verdict {
            attack: attack.name,
            pkce,
            stopped_by: script.stopped_by.map(cite).filter(|_| trouble.is_none()),
            stopped_at: script.stopped_at().filter(|_| trouble.is_none()),
            cost: script.cost,
            ok: trouble.is_none(),
            trouble,
        }
    }

    fn line<'a>(&'a self, record: &'a Record) -> Line<'a> {
        let mut pairs = record.exchanges.iter().map(|exchange| self.pair(exchange));
        let first = pairs.next().unwrap_or(Pair { request: None, response: None });
        Line {
            step: record.step,
            from: record.from,
            to: record.to,
            channel: record.channel,
            title: record.title,
            what: record.what,
            request: first.request,
            response: first.response,
            then: pairs.collect(),
            made: Fields(&record.made, &self.show),
            claims: Claims(&record.claims, &self.show),
            notes: &record.notes,
            rules: record.checks.iter().map(rule).collect(),
            spans: record.exchanges.iter().filter_map(|exchange| exchange.span.as_deref()).collect(),
            ok: record.trouble.is_none(),
            trouble: record.trouble.as_deref(),
            attack: self.attack,
            turn: record
                .turn
                .as_ref()
                .map(|turn| TurnOut { by: turn.by.name(), refused_by: turn.refused_by.map(cite) }),
        }
    }

    fn pair<'a>(&'a self, exchange: &'a Exchange) -> Pair<'a> {
        Pair {
            request: exchange.request.as_ref().map(|request| self.request(request)),
            response: exchange.response.as_ref().map(|response| self.response(response)),
        }
    }

    fn request<'a>(&'a self, request: &'a Sent) -> RequestOut<'a> {
        RequestOut {
            method: &request.method,
            url: self.show.value(&request.url),
            query: Fields(&request.query, &self.show),
            headers: Fields(&request.headers, &self.show),
            body: Fields(&request.body, &self.show),
        }
    }

    fn response<'a>(&'a self, response: &'a Got) -> ResponseOut<'a> {
        let location = response.location.as_ref();
        ResponseOut {
            status: response.status,
            location: location
                .map(|(url, query)| LocationOut { url: self.show.value(url), query: Fields(query, &self.show) }),
            headers: Fields(&response.headers, &self.show),
            body: Fields(&response.body, &self.show),
        }
    }
}

fn rule(check: &Check) -> RuleOut {
    RuleOut { id: check.rule.id, section: check.rule.spec, ok: check.ok, by: check.by.name() }
}

const fn cite(rule: &'static Rule) -> Citation {
    Citation { id: rule.id, section: rule.spec }
}
