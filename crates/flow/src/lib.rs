//! The flow by real HTTP: this crate is user, browser, client and attacker; authorization server and resource server are
//! real ones, wherever they run.
//!
//! [`Stage::at`] finds them, [`perform`] runs the steps or an attack on them, and a [`Report`] is told of each step as it
//! happens. [`visit_web_app`] uses the demo's web app instead, which is then the client. Left out: how it is shown, and starting a system to run against.

mod act;
mod app;
mod attacks;
mod browser;
mod checks;
mod edge;
mod lines;
mod loopback;
mod message;
mod native;
mod own;
mod page;
mod perform;
mod record;
mod report;
pub mod rules;
mod stage;
mod trace;
mod trouble;
mod value;
mod walk;
mod web_app;
mod wire;

pub use app::Registered;
pub use attacks::{Act, Attack, Bend, Forgery, Likeness, Login, Move, Script, Twist, Who, attacks, find_attack};
pub use browser::User;
pub use checks::Check;
pub use edge::Clock;
pub use lines::Lines;
pub use message::{Exchange, Got, Sent, Side};
pub use perform::{What, perform};
pub use record::{Record, Turn};
pub use report::Report;
pub use stage::{Options, People, Place, Stage};
pub use trace::TraceId;
pub use trouble::Trouble;
pub use value::{Field, Secrets, Show, Value};
pub use web_app::{Errand, visit_address, visit_web_app};
