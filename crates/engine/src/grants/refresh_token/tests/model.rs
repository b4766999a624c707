//! Proof of receipt against a reference model, over random sequences of what clients, users and accidents do.
//!
//! The model knows three things about a family: the number of its newest generation, whether that generation's answer
//! is known to have arrived, and whether the family has ended. Everything else must follow.

use countersign_protocol::{Subject, Ttl};
use proptest::prelude::*;

use crate::{
    bench::{Bench, scopes},
    records::{Access, Authorization, Client, User},
    token::{Outcome, TokenReply},
};

const APPROVED: &str = "openid read:files read:profile";

#[derive(Debug, Clone)]
enum Act {
    /// Presents the refresh token of that many generations ago. Whether the answer arrives is shown by later acts.
    Refresh {
        ago: usize,
        narrow: bool,
    },
    /// The same from two places at once: both decide before either commits.
    Parallel {
        ago: usize,
    },
    /// The client goes on with the newest answer.
    Follow,
    /// A resource server asks about an access token of that many generations ago.
    Introspect {
        ago: usize,
    },
    /// The client asks userinfo with it.
    Userinfo {
        ago: usize,
    },
    RevokeAccess {
        ago: usize,
    },
    RevokeRefresh {
        ago: usize,
    },
    /// An administrator turns a switch; the second time back.
    SwitchUser,
    SwitchClient,
    Wait {
        secs: u32,
    },
    RevokeConsent,
    SignOut,
}

fn acts() -> impl Strategy<Value = Act> {
    let ago = prop_oneof![6 => Just(0_usize), 4 => Just(1), 1 => 2_usize..5];
    prop_oneof![
        12 => (ago.clone(), any::<bool>()).prop_map(|(ago, narrow)| Act::Refresh { ago, narrow }),
        4 => ago.clone().prop_map(|ago| Act::Parallel { ago }),
        6 => Just(Act::Follow),
        4 => ago.clone().prop_map(|ago| Act::Introspect { ago }),
        3 => ago.clone().prop_map(|ago| Act::Userinfo { ago }),
        2 => ago.clone().prop_map(|ago| Act::RevokeAccess { ago }),
        1 => ago.prop_map(|ago| Act::RevokeRefresh { ago }),
        1 => Just(Act::SwitchUser),
        1 => Just(Act::SwitchClient),
        4 => prop_oneof![Just(10_u32), Just(299), Just(301)].prop_map(|secs| Act::Wait { secs }),
        1 => Just(Act::RevokeConsent),
        1 => Just(Act::SignOut),
    ]
}

/// What the last answer of one generation said.
struct Answer {
    reply: TokenReply,
    expires: i64,
    revoked: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Model {
    t: Bench,
    /// By generation; the last is the newest.
    answers: Vec<Answer>,
    received: bool,
    ended: bool,
    user: bool,
    client: bool,
    consent: bool,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Rotation,
    Repetition,
    Refusal(&'static str),
}

impl Model {
    fn new() -> Self {
        let mut t = Bench::new();
        let reply = t.tokens("web", APPROVED);
        let mut model =
            Self { t, answers: Vec::new(), received: false, ended: false, user: true, client: true, consent: true };
        model.push(reply);
        model
    }

    fn push(&mut self, reply: TokenReply) {
        let expires = self.t.now.secs() + i64::try_from(reply.expires_in).unwrap();
        self.answers.push(Answer { reply, expires, revoked: false });
    }

    fn newest(&self) -> usize {
        self.answers.len() - 1
    }

    fn back(&self, ago: usize) -> usize {
        self.newest().saturating_sub(ago)
    }

    /// What presenting that generation's refresh token must come to; ends the family where it must.
    fn expect(&mut self, generation: usize) -> Expected {
        if !self.client {
            return Expected::Refusal("client_auth.enabled");
        }
        if self.ended {
            return Expected::Refusal("refresh.family_alive");
        }
        let repeats = generation + 1 == self.newest() && !self.received;
        if generation < self.newest() && !repeats {
            self.ended = true;
            return Expected::Refusal("refresh.not_replayed");
        }
        match (self.user, self.consent) {
            (false, _) => Expected::Refusal("token.user_enabled"),
            (_, false) => Expected::Refusal("token.consent_alive"),
            _ if repeats => Expected::Repetition,
            _ => Expected::Rotation,
        }
    }

    fn check(&mut self, expected: &Expected, outcome: Outcome) {
        match (expected, outcome) {
            (Expected::Refusal(id), Err(refusal)) => assert_eq!(refusal.rule.id, *id),
            (Expected::Rotation, Ok(reply)) => {
                let fresh = |answer: &Answer| answer.reply.refresh_token != reply.refresh_token;
                assert!(self.answers.iter().all(fresh), "a rotation brings a new refresh token");
                assert!(reply.scope.is_subset(&scopes(APPROVED)), "scope never widens");
                self.received = false;
                self.push(reply);
            }
            (Expected::Repetition, Ok(reply)) => {
                assert!(reply.scope.is_subset(&scopes(APPROVED)), "scope never widens");
                let newest = self.answers.pop().unwrap();
                assert_eq!(reply.refresh_token, newest.reply.refresh_token, "the same refresh token");
                if reply.access_token == newest.reply.access_token {
                    assert_eq!(reply.id_token, newest.reply.id_token);
                    assert!(self.t.now.secs() < newest.expires, "never an expired access token");
                    self.answers.push(newest);
                } else {
                    self.push(reply);
                }
            }
            (expected, outcome) => panic!("expected {expected:?}, got {outcome:?}"),
        }
    }

    fn refresh(&mut self, generation: usize, narrow: bool) {
        let token = self.answers[generation].reply.refresh_token.clone().unwrap();
        let form = self.t.refreshing("web", &token);
        let form = if narrow { form.set("scope", "read:files") } else { form };
        let expected = self.expect(generation);
        let outcome = self.t.token(&form);
        self.check(&expected, outcome);
        if narrow && matches!(expected, Expected::Rotation | Expected::Repetition) {
            assert_eq!(self.answers[self.newest()].reply.scope, scopes("read:files"));
        }
    }

    /// Two requests decide on the same facts. One commits; the other, if it lost, decides again.
    fn parallel(&mut self, generation: usize) {
        let token = self.answers[generation].reply.refresh_token.clone().unwrap();
        let form = self.t.refreshing("web", &token);
        let (Ok(one), Ok(two)) = (self.t.decide(&form), self.t.decide(&form)) else {
            return assert!(!self.client);
        };
        let expected = self.expect(generation);
        let outcome = self.t.commit(one).unwrap();
        self.check(&expected, outcome);
        let after_race = self.expect(generation);
        let outcome = match self.t.commit(two) {
            Some(outcome) => outcome,
            None => self.t.token(&form),
        };
        match after_race {
            // Both were refused on the same facts, or one decision was the end of the family.
            Expected::Refusal(_) => assert!(outcome.is_err()),
            expected => self.check(&expected, outcome),
        }
    }

    fn alive(&self, generation: usize) -> bool {
        let answer = &self.answers[generation];
        let in_time = self.t.now.secs() < answer.expires && !answer.revoked;
        in_time && !self.ended && self.user && self.client && self.consent
    }

    fn used(&mut self, generation: usize) {
        if generation == self.newest() && generation > 0 {
            self.received = true;
        }
    }

    fn revoke(&mut self, generation: usize, refresh: bool) {
        let reply = &self.answers[generation].reply;
        let text = if refresh { reply.refresh_token.clone().unwrap() } else { reply.access_token.clone() };
        let known = self.t.now.secs() < self.answers[generation].expires && !self.answers[generation].revoked;
        let outcome = self.t.revoke("web", &text);
        assert_eq!(outcome.is_ok(), self.client);
        if !self.client {
            return;
        }
        if refresh {
            self.ended = true;
        } else if known {
            self.answers[generation].revoked = true;
            self.used(generation);
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Refresh { ago, narrow } => self.refresh(self.back(ago), narrow),
            Act::Parallel { ago } => self.parallel(self.back(ago)),
            Act::Follow => self.refresh(self.newest(), false),
            Act::Introspect { ago } => {
                let generation = self.back(ago);
                let text = self.answers[generation].reply.access_token.clone();
                let alive = self.alive(generation);
                assert_eq!(self.t.is_active(&text), alive, "generation {generation} of {}", self.newest());
                if alive {
                    self.used(generation);
                }
            }
            Act::Userinfo { ago } => {
                let generation = self.back(ago);
                let answer = &self.answers[generation];
                let (text, openid) = (answer.reply.access_token.clone(), answer.reply.scope.contains("openid"));
                let expected = self.alive(generation) && openid;
                assert_eq!(self.t.userinfo(&text).is_ok(), expected);
                if expected {
                    self.used(generation);
                }
            }
            Act::RevokeAccess { ago } => self.revoke(self.back(ago), false),
            Act::RevokeRefresh { ago } => self.revoke(self.back(ago), true),
            Act::SwitchUser => {
                self.user = !self.user;
                let enabled = self.user;
                self.t.update("u_alice", |user: &mut User| user.enabled = enabled);
            }
            Act::SwitchClient => {
                self.client = !self.client;
                let enabled = self.client;
                self.t.update("web", |client: &mut Client| client.enabled = enabled);
            }
            Act::Wait { secs } => self.t.advance(Ttl::secs(secs)),
            Act::RevokeConsent if self.consent => {
                self.consent = false;
                let subject = Subject::parse("u_alice").unwrap();
                let key = Authorization::key_of(&self.t.client("web").id.clone(), &subject);
                self.t.delete::<Authorization>(&key);
            }
            Act::SignOut => {
                self.t.sign_out("alice");
                self.ended = true;
            }
            Act::RevokeConsent => (),
        }
    }

    /// What must hold after every act.
    fn invariants(&self) {
        let family = self.t.family();
        assert_eq!(family.generation as usize, self.newest());
        assert_eq!(family.ended.is_some(), self.ended);
        let keeps_answer = self.newest() > 0 && !self.received && !self.ended;
        assert_eq!(family.answer.is_some(), keeps_answer, "an answer is kept while it may be needed, no longer");
        let wide = |access: &crate::Stored<Access>| !access.scope.is_subset(&scopes(APPROVED));
        assert!(!self.t.store.all::<Access>().iter().any(wide));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(160) })]

    #[test]
    fn only_the_immediate_predecessor_is_honoured_and_only_until_the_answer_is_known_to_have_arrived(
        acts in proptest::collection::vec(acts(), 1..40)
    ) {
        let mut model = Model::new();
        for act in &acts {
            model.act(act);
            model.invariants();
        }
    }
}
