//! The authorization-code flow between its requests: interaction, authorization, code.

use std::{borrow::Cow, collections::BTreeSet};

use countersign_protocol::{
    AuthorizationId, BrowserId, ClientId, CodeChallenge, FamilyId, FlowId, HandleHash, RedirectUri, ScopeSet,
    SessionId, Subject, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{Kind, Record, Secondary};
use crate::authorize::ValidatedRequest;
use crate::claims::Wanted;

/// One authorization request that waits for its user. Several may wait in one browser, one per tab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Hash of the handle in the page's address.
    pub hash: HandleHash,
    /// The browser that began it; no other may go on with it (Hydra PR #770).
    pub browser: BrowserId,
    /// What the client asked for.
    pub request: ValidatedRequest,
    /// The account that the user chose or signed in to during this interaction.
    pub chosen: Option<SessionId>,
    /// The host name that the browser used then: a cookie of `127.0.0.1` is not sent to `localhost`.
    #[serde(default)]
    pub began_at: String,
    /// When the interaction began: a sign-in after this satisfies `prompt=login`.
    pub created_at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Record for Interaction {
    const KIND: Kind = Kind::Interaction;
    fn key(&self) -> Cow<'_, str> {
        self.hash.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// What a user approved for a client. There is one per client and user; approving more widens it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authorization {
    /// Names this approval: a revoked one and a later one differ, so that old tokens stay dead.
    pub id: AuthorizationId,
    /// Whom.
    pub client: ClientId,
    /// Who.
    pub subject: Subject,
    /// What.
    pub scope: ScopeSet,
    /// Claims that were approved one by one, beyond what the scopes open.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub claims: BTreeSet<String>,
    /// Whether some of it is the administrator's word for all users, and was never asked for: it is good for as long as that
    /// word is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unasked: bool,
    /// When the interaction began in which the user was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Since when `offline_access` is approved, if that is later than the rest.
    #[serde(default)]
    pub offline_since: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

impl Authorization {
    /// Since when at the latest what the client is was before the user's eyes.
    pub fn asked_at(&self) -> Timestamp {
        self.asked_at.unwrap_or(self.created_at)
    }

    /// Since when `offline_access` is approved without interruption; `None`: it is not.
    pub fn offline_since(&self) -> Option<Timestamp> {
        self.scope.contains("offline_access").then(|| self.offline_since.unwrap_or(self.created_at))
    }

    /// The key of the approval that this user gave this client. A client id holds no control characters.
    pub fn key_of(client: &ClientId, subject: &Subject) -> String {
        format!("{client}\n{subject}")
    }
}

impl Record for Authorization {
    const KIND: Kind = Kind::Authorization;
    fn key(&self) -> Cow<'_, str> {
        Self::key_of(&self.client, &self.subject).into()
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.subject.as_str().into()), Some(self.client.as_str().into()))
    }
}

/// An authorization code, bound to everything that it was issued for (OAuth 2.1 §4.1.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// Hash of the code.
    pub hash: HandleHash,
    /// Used or not, never both.
    pub state: CodeState,
    /// The client that asked.
    pub client: ClientId,
    /// The redirect URI as it was sent.
    pub redirect_uri: RedirectUri,
    /// The S256 challenge; `None` only for a client whose PKCE is optional.
    pub challenge: Option<CodeChallenge>,
    /// Under which approval.
    pub authorization: AuthorizationId,
    /// Who approved.
    pub subject: Subject,
    /// In which session.
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
    /// What was approved.
    pub scope: ScopeSet,
    /// Resources that were named (RFC 8707).
    pub resources: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// Joins the back channel to the front channel.
    pub flow: FlowId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When the row goes: later, so that a replay is still recognized as one.
    pub forget_at: Timestamp,
}

impl Record for Code {
    const KIND: Kind = Kind::Code;
    fn key(&self) -> Cow<'_, str> {
        self.hash.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.forget_at)
    }
}

/// Whether a code was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// Not yet.
    Unused,
    /// Once; its tokens are this family.
    Used {
        /// When.
        at: Timestamp,
        /// What it was redeemed for.
        family: FamilyId,
    },
}
