//! What the server remembers. One file per group; a record is plain data, never a decision.
//!
//! No record holds a secret: codes, tokens, cookies and client secrets are kept as hashes, private keys and answers
//! that may have to be given again are sealed.

mod about;
mod client;
mod credentials;
mod dynamic;
mod family;
mod flow;
mod formats;
mod notice;
mod once;
mod person;

use std::{borrow::Cow, sync::Arc};

use countersign_protocol::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

pub use about::About;
pub use client::{Client, LogoutChannels, Origin, Pkce, SubjectType};
pub use credentials::{ClientKeys, ClientKind, ClientSecret, KeySource};
pub use dynamic::Dynamic;
pub use family::{Access, Ended, Family, Refresh};
pub use flow::{Authorization, Code, CodeState, Interaction};
pub use formats::{Encryption, ObjectAlg, RequestObjects, UserinfoFormat};
pub use notice::LogoutNotice;
pub use once::{InitialAccess, KeyRecord, KeyState, Once, SealedValue};
pub use person::{Browser, Session, User};

/// Counts the changes of one record; the first stored revision is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub u32);

/// A record with the revision under which it was read. A clone shares the record until one of the two is changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<R> {
    record: Arc<R>,
    revision: Revision,
}

impl<R> Stored<R> {
    /// What a store read.
    pub fn new(record: R, revision: Revision) -> Self {
        Self::shared(Arc::new(record), revision)
    }

    /// The same, of a record that others may read, too.
    pub const fn shared(record: Arc<R>, revision: Revision) -> Self {
        Self { record, revision }
    }

    /// The revision that a later write will name.
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The record without its revision.
    pub fn into_inner(self) -> R
    where
        R: Clone,
    {
        Arc::unwrap_or_clone(self.record)
    }
}

impl<R> std::ops::Deref for Stored<R> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.record
    }
}

impl<R: Clone> std::ops::DerefMut for Stored<R> {
    fn deref_mut(&mut self) -> &mut R {
        Arc::make_mut(&mut self.record)
    }
}

/// A secondary key: borrowed or made.
pub type Secondary<'a> = Option<Cow<'a, str>>;

/// Something that a store keeps.
pub trait Record: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Which table it lives in.
    const KIND: Kind;

    /// Its primary key.
    fn key(&self) -> Cow<'_, str>;

    /// When it means nothing any more and may be removed; `None`: never.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }

    /// Up to two secondary keys by which it is looked up.
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (None, None)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $table:literal,)*) => {
        /// The kinds of record, one table each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The table's name.
            pub const fn table(self) -> &'static str {
                match self { $(Self::$name => $table,)* }
            }
        }
    };
}

kinds! {
    /// [`Client`] by client id; first: network that it registered itself from, second: whether it did.
    Client = "clients",
    /// [`User`] by subject; first: user name, unique.
    User = "users",
    /// [`Browser`] by id; first: hash of its cookie, unique.
    Browser = "browsers",
    /// [`Session`] by id; first: browser, second: subject.
    Session = "sessions",
    /// [`Interaction`] by hash of its handle.
    Interaction = "interactions",
    /// [`Authorization`] by client and subject; first: subject, second: client.
    Authorization = "authorizations",
    /// [`Code`] by hash.
    Code = "codes",
    /// [`Family`] by id; first: subject, second: session.
    Family = "families",
    /// [`Refresh`] by hash.
    Refresh = "refresh_tokens",
    /// [`Access`] by hash of the opaque token, or `jti`.
    Access = "access_tokens",
    /// [`Once`] by purpose and value.
    Once = "once",
    /// [`KeyRecord`] by key id.
    Key = "keys",
    /// [`InitialAccess`] by hash.
    InitialAccess = "initial_access",
    /// [`LogoutNotice`] by when it is due; first: client.
    LogoutNotice = "logout_notices",
    /// [`SealedValue`] by name.
    SealedValue = "sealed_values",
}

impl Kind {
    /// Whether two records may not share the first secondary key.
    pub const fn first_is_unique(self) -> bool {
        matches!(self, Self::User | Self::Browser)
    }
}
