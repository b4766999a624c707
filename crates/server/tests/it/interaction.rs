//! What a person meets between `/authorize` and the client's callback, and on the account page.

mod account;
mod consent;
mod cookie;
mod forgery;
mod limits;
mod logo;
mod sign_in;
mod sign_out;
mod sign_up;
mod tabs;
