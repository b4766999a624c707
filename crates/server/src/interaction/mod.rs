//! What the user sees: sign-in, account choice, consent, account page, sign-out. Server-rendered, without JavaScript.
//!
//! Every page posts somewhere and every post ends in [`flow::advance`], which asks the engine what comes next.

pub mod account;
pub mod answer;
pub mod browser;
pub mod choose;
pub mod consent;
pub mod flow;
pub mod home;
pub mod logo;
pub mod lost;
pub mod overview;
pub mod page;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod stop;
