//! Messages that wait to be delivered.

use std::borrow::Cow;

use countersign_protocol::{ClientId, NoticeId, SessionId, Subject, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Kind, Record, Secondary, SubjectType};

/// A client has to be told that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.5). The token is made when it
/// is sent, so that it is never an old one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// Its identifier.
    pub id: NoticeId,
    /// Whom to tell.
    pub client: ClientId,
    /// Whose session.
    pub subject: Subject,
    /// As whom the client knew them in that session; `None` in rows from before that was kept.
    #[serde(default)]
    pub subject_type: Option<SubjectType>,
    /// Which session.
    pub session: SessionId,
    /// When to try next. Part of the key, so that the first rows of the table are those that are due first.
    pub due: Timestamp,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// When the session ended.
    pub created_at: Timestamp,
    /// When it means nothing any more.
    pub expires_at: Timestamp,
}

impl Record for LogoutNotice {
    const KIND: Kind = Kind::LogoutNotice;
    fn key(&self) -> Cow<'_, str> {
        format!("{:015}.{}", self.due.millis().max(0), self.id).into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.client.as_str().into()), None)
    }
}
