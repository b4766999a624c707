//! The recorder behind the flow explorer and the inspector, for `countersign dev`.
//!
//! A tap around each site records what goes over the wire; what the server, the client library and the resource server
//! checked rides beside it. Messages are put together into flows, kept in a bounded ring, and told to the pages as
//! server-sent events. A guided run holds each message until somebody says "next". Nothing here is linked into
//! `countersign serve`.

mod capture;
mod clock;
mod clues;
mod exchange;
mod explorer;
mod faults;
mod gate;
mod hear;
mod perform;
mod powers;
mod recorder;
mod recording;
mod ring;
mod run;
mod runs;
mod site;
mod tap;
mod threads;
mod watch;
mod web;

pub use clock::{Clock, Moved};
pub use explorer::Explorer;
pub use gate::{LONGEST_HOLD, PATIENCE};
pub use hear::{hear, origin};
pub use perform::Cast;
pub use powers::{Powers, UsualConsent};
pub use ring::Limits;
pub use site::Site;
