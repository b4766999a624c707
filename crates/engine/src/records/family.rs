//! Token families: everything that descends from one redeemed code, and the tokens themselves.

use std::borrow::Cow;

use countersign_protocol::{
    AuthorizationId, ClientId, FamilyId, FlowId, HandleHash, ScopeSet, SessionId, Subject, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{Authorization, Client, Kind, Record, Secondary, SubjectType};
use crate::claims::Wanted;

/// All tokens that descend from one redeemed code. It ends as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// Its identifier.
    pub id: FamilyId,
    /// The client that redeemed the code.
    pub client: ClientId,
    /// Under which approval.
    pub authorization: AuthorizationId,
    /// For whom.
    pub subject: Subject,
    /// As whom the client knew its users when the family began; `None` in rows from before that was kept.
    #[serde(default)]
    pub subject_type: Option<SubjectType>,
    /// From which session; signing out there ends the family, unless `offline_access` was approved.
    pub session: SessionId,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// How.
    pub amr: Vec<String>,
    /// How strongly; `None` in rows from before that was kept.
    #[serde(default)]
    pub acr: Option<String>,
    /// The claims that were asked for one by one.
    #[serde(default, skip_serializing_if = "Wanted::is_empty")]
    pub wanted: Wanted,
    /// What was approved: a refresh may never carry more.
    pub scope: ScopeSet,
    /// Resources that were named at the authorization endpoint (RFC 8707).
    pub resources: Vec<String>,
    /// The flow that began it.
    pub flow: FlowId,
    /// Counts the rotations; 0 is what the code was redeemed for.
    pub generation: u32,
    /// Whether somebody has shown that the answer of this generation arrived: its access token was used.
    pub received: bool,
    /// The answer that made this generation, sealed under the refresh token that it answered.
    pub answer: Option<String>,
    /// Why it ended.
    pub ended: Option<Ended>,
    /// Whether its session was signed out: from then on it lives by the approval of `offline_access` alone.
    #[serde(default)]
    pub signed_out: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When its newest tokens were issued.
    pub used_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Family {
    /// As whom the client knows the user here: whatever it has become since, `sub` stays what the first ID token said
    /// (OpenID Connect Core §12.2).
    pub fn subject_type<'a>(&'a self, client: &'a Client) -> &'a SubjectType {
        self.subject_type.as_ref().unwrap_or(&client.subject_type)
    }

    /// Whether the end of its session leaves it alive: only while the user has been approving `offline_access` without
    /// interruption since before it began (OpenID Connect Core §11). A later tick does not bring it back.
    pub fn outlives_session(&self, authorization: &Authorization) -> bool {
        !self.signed_out || authorization.offline_since().is_some_and(|since| since <= self.created_at)
    }
}

impl Record for Family {
    const KIND: Kind = Kind::Family;
    fn key(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.subject.as_str().into()), Some(self.session.as_str().into()))
    }
}

/// Why a family ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Its code was validly redeemed a second time.
    CodeReplayed,
    /// A refresh token of an older generation came back.
    RefreshReplayed,
    /// The client revoked it (RFC 7009).
    Revoked,
    /// The user signed out.
    SignedOut,
}

impl Ended {
    /// Why, for the client whose family it was.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CodeReplayed => "Its code was used a second time",
            Self::RefreshReplayed => "An older refresh token of the same sign-in came back",
            Self::Revoked => "The client revoked it",
            Self::SignedOut => "The user signed out",
        }
    }
}

/// A refresh token: which family and which generation of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refresh {
    /// Hash of the token.
    pub hash: HandleHash,
    /// Its family.
    pub family: FamilyId,
    /// Its generation.
    pub generation: u32,
    /// When the family would end.
    pub expires_at: Timestamp,
}

impl Record for Refresh {
    const KIND: Kind = Kind::Refresh;
    fn key(&self) -> Cow<'_, str> {
        self.hash.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// An access token that was issued under an authorization, or an opaque one of a client's own. JWTs that clients get
/// for themselves need no row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// Hash of the opaque token, or the `jti` of the JWT.
    pub key: String,
    /// Its family; `None` for a client's own token.
    pub family: Option<FamilyId>,
    /// Its generation in that family.
    pub generation: u32,
    /// To whom it was issued.
    pub client: ClientId,
    /// For whom; `None` for a client's own token.
    pub subject: Option<Subject>,
    /// What it may do.
    pub scope: ScopeSet,
    /// Where.
    pub audience: Vec<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Record for Access {
    const KIND: Kind = Kind::Access;
    fn key(&self) -> Cow<'_, str> {
        self.key.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}
