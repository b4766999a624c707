//! The reads that callers need, by name.

use countersign_engine::{
    Stored,
    records::{
        Access, Authorization, Browser, Client, Code, Family, InitialAccess, Interaction, KeyRecord, Once, Record,
        Refresh, SealedValue, Session, User,
    },
};
use countersign_protocol::{BrowserId, ClientId, FamilyId, HandleHash, SessionId, Subject};

use crate::{By, Page, Store, StoreError};

/// The longest list that is read as a whole where a decision needs all of it; beyond, [`StoreError::TooMany`].
pub const MAX_RELATED: usize = 50_000;
/// The longest list that is read for a person to look at; more is cut off.
pub const MAX_SHOWN: usize = 500;

const PAGE: usize = 1000;

type Found<R> = Result<Option<Stored<R>>, StoreError>;
type Listed<R> = Result<Vec<Stored<R>>, StoreError>;

impl Store {
    /// A client.
    pub async fn client(&self, id: &ClientId) -> Found<Client> {
        self.find(id.as_str()).await
    }

    /// A user by subject.
    pub async fn user(&self, subject: &Subject) -> Found<User> {
        self.find(subject.as_str()).await
    }

    /// A user by user name in canonical form (see [`User::canonical`]).
    pub async fn user_by_name(&self, canonical: &str) -> Found<User> {
        Ok(self.list_by_first(canonical, ONE).await?.pop())
    }

    /// The browser with that cookie.
    pub async fn browser_by_cookie(&self, cookie: &HandleHash) -> Found<Browser> {
        Ok(self.list_by_first(cookie.as_str(), ONE).await?.pop())
    }

    /// All sessions of a browser.
    pub async fn sessions_of_browser(&self, browser: &BrowserId) -> Listed<Session> {
        self.complete(Some(By::First(browser.as_str()))).await
    }

    /// Sessions of a user, for the account page: the first [`MAX_SHOWN`].
    pub async fn sessions_of_user(&self, subject: &Subject) -> Listed<Session> {
        self.list_by_second(subject.as_str(), SHOWN).await
    }

    /// What this user approved for that client.
    pub async fn authorization(&self, client: &ClientId, subject: &Subject) -> Found<Authorization> {
        self.find(&Authorization::key_of(client, subject)).await
    }

    /// What a user approved, for the account page: the first [`MAX_SHOWN`].
    pub async fn authorizations_of_user(&self, subject: &Subject) -> Listed<Authorization> {
        self.list_by_first(subject.as_str(), SHOWN).await
    }

    /// All approvals that a client has.
    pub async fn authorizations_of_client(&self, client: &ClientId) -> Listed<Authorization> {
        self.complete(Some(By::Second(client.as_str()))).await
    }

    /// Token families of a user, for the account page: the first [`MAX_SHOWN`].
    pub async fn families_of_user(&self, subject: &Subject) -> Listed<Family> {
        self.list_by_first(subject.as_str(), SHOWN).await
    }

    /// All token families that hang off a session.
    pub async fn families_of_session(&self, session: &SessionId) -> Listed<Family> {
        self.complete(Some(By::Second(session.as_str()))).await
    }

    /// A token family.
    pub async fn family(&self, id: &FamilyId) -> Found<Family> {
        self.find(id.as_str()).await
    }

    /// An authorization code.
    pub async fn code(&self, hash: &HandleHash) -> Found<Code> {
        self.find(hash.as_str()).await
    }

    /// A refresh token.
    pub async fn refresh(&self, hash: &HandleHash) -> Found<Refresh> {
        self.find(hash.as_str()).await
    }

    /// An access token, by the hash of an opaque one or the `jti` of a JWT.
    pub async fn access(&self, key: &str) -> Found<Access> {
        self.find(key).await
    }

    /// Whether a value was seen: the keys are those of [`Once`].
    pub async fn once(&self, key: &str) -> Found<Once> {
        self.find(key).await
    }

    /// An authorization request that waits for its user.
    pub async fn interaction(&self, hash: &HandleHash) -> Found<Interaction> {
        self.find(hash.as_str()).await
    }

    /// A permission to register clients.
    pub async fn initial_access(&self, hash: &HandleHash) -> Found<InitialAccess> {
        self.find(hash.as_str()).await
    }

    /// A secret of the realm, by what it is for.
    pub async fn sealed_value(&self, name: &str) -> Found<SealedValue> {
        self.find(name).await
    }

    /// All signing keys, whatever their state.
    pub async fn keys(&self) -> Listed<KeyRecord> {
        self.complete(None).await
    }

    /// Reads page after page, up to [`MAX_RELATED`] rows. The pages are not of one moment: a row that comes meanwhile
    /// may be missed, as it would be if it came just after.
    async fn complete<R: Record>(&self, by: Option<By<'_>>) -> Listed<R> {
        let mut all: Vec<Stored<R>> = Vec::new();
        loop {
            let after = all.last().map(|record| record.key().into_owned());
            let page = Page { after: after.as_deref(), limit: PAGE };
            let next = match by {
                Some(By::First(value)) => self.list_by_first(value, page).await?,
                Some(By::Second(value)) => self.list_by_second(value, page).await?,
                None => self.scan(page).await?,
            };
            let last = next.len() < PAGE;
            all.extend(next);
            if all.len() > MAX_RELATED {
                return Err(StoreError::TooMany { table: R::KIND.table(), limit: MAX_RELATED });
            }
            if last {
                return Ok(all);
            }
        }
    }
}

const ONE: Page<'static> = Page { after: None, limit: 1 };
const SHOWN: Page<'static> = Page { after: None, limit: MAX_SHOWN };
