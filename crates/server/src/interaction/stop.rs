//! Why a page handler ends without what it was asked for. What is shown then is in [`super::page`].

use countersign_protocol::Refusal;

use crate::reply::Failure;

/// Why a page handler ends without what it was asked for.
#[derive(Debug)]
pub enum Stop {
    /// The interaction can't go on in this browser.
    Lost(Lost),
    /// A refusal or a fault.
    Failed(Failure),
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(failure: E) -> Self {
        Self::Failed(failure.into())
    }
}

/// Why a page of an interaction can't be shown.
#[derive(Debug)]
pub enum Lost {
    /// There is no such interaction: it was finished, or it waited too long.
    Gone,
    /// The browser sent no cookie, or another browser's.
    Cookie(Box<LostCookie>),
}

/// What is known about a cookie that did not come.
#[derive(Debug)]
pub struct LostCookie {
    /// The rule that this breaks, with the likely reason.
    pub refusal: Refusal,
    /// The host where the interaction began.
    pub began_at: String,
    /// The host of this request.
    pub came_back_on: String,
    /// The path of its pages.
    pub path: String,
}
