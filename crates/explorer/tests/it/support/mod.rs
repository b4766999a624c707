//! The system of these tests, and how to ask it.

mod events;
mod http;
mod seed;
mod world;

pub(crate) use events::{Event, Events};
pub(crate) use http::{ask, bare, raw};
pub(crate) use world::{T0, World};
