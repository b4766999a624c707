//! The bench of these tests: the real router over the memory store, a clock that only tests move, a small browser and
//! small clients. Every reply on the bench is checked against what must hold for all of them (see [`invariants`]).

mod ask;
mod bench;
mod browser;
mod html;
mod invariants;
mod jar;
mod log;
mod peer;
mod rp;
mod site;
mod world;

pub(crate) use ask::{Ask, Reply};
pub(crate) use bench::{Bench, T0};
pub(crate) use browser::{Browser, Callback};
pub(crate) use html::{Form, Page};
pub(crate) use log::Log;
pub(crate) use peer::{Peer, reach_loopback};
pub(crate) use rp::{Login, Rp, Tokens, assertion_key, claims_of};
pub(crate) use site::Site;
pub(crate) use world::{API, ISSUER, PASSWORD, VAULT, rsa_keys, secret_of};
