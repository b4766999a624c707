//! What the engine wants to know about a code or token, loaded in as few reads as the keys allow.
//!
//! Each step reads rows as of one moment, later steps at a later moment. That is enough: what a decision changes or
//! depends on is named in its writes with the revision seen here, and a decision that writes nothing is one that could
//! have been made at the moment of the first step, since dead things stay dead.

use countersign_engine::{
    Stored,
    grants::{authorization_code, refresh_token},
    records::{Access, Authorization, Code, CodeState, Family, Kind, Once, Record, Session},
    session::Ending,
    token::Principal,
    tokens::presented,
};
use countersign_protocol::{ClientId, HandleHash, Subject, TokenId};

use crate::{Store, StoreError, store::Rows};

impl Store {
    /// For an access token: by the hash of an opaque one or the `jti` of a JWT.
    pub async fn access_facts(&self, key: &str) -> Result<presented::Facts, StoreError> {
        let Some(access) = self.access(key).await? else { return Ok(presented::Facts::default()) };
        let client = (Kind::Client, access.client.as_str());
        let mut facts = match Descent::of(&access) {
            Some(descent) => {
                let [family, user, authorization] = descent.wanted();
                let mut rows = self.read(&[client, family, user, authorization]).await?;
                presented::Facts {
                    client: rows.next()?,
                    family: rows.next()?,
                    principal: principal(&mut rows)?,
                    ..Default::default()
                }
            }
            None => presented::Facts { client: self.read(&[client]).await?.next()?, ..Default::default() },
        };
        facts.access = Some(access);
        Ok(facts)
    }

    /// For a JWT that a client got for itself: such tokens have no row, only their revocation has.
    pub async fn own_access_facts(&self, client: &ClientId, id: &TokenId) -> Result<presented::Facts, StoreError> {
        let revoked = Once::revoked_key(id);
        let mut rows = self.read(&[(Kind::Client, client.as_str()), (Kind::Once, &revoked)]).await?;
        let client = rows.next()?;
        let revoked = rows.next::<Once>()?.is_some();
        Ok(presented::Facts { client, revoked, ..Default::default() })
    }

    /// For a refresh token that is presented anywhere but at the token endpoint.
    pub async fn presented_refresh_facts(&self, hash: &HandleHash) -> Result<presented::Facts, StoreError> {
        let refresh_token::Facts { refresh, family, principal } = self.refresh_facts(Some(hash)).await?;
        let client = match &family {
            Some(family) => self.client(&family.client).await?,
            None => None,
        };
        Ok(presented::Facts { refresh, family, principal, client, ..Default::default() })
    }

    /// For the refresh-token grant; `None`: what was sent can't be a refresh token.
    pub async fn refresh_facts(&self, hash: Option<&HandleHash>) -> Result<refresh_token::Facts, StoreError> {
        let mut facts = refresh_token::Facts::default();
        let Some(hash) = hash else { return Ok(facts) };
        facts.refresh = self.refresh(hash).await?;
        let Some(refresh) = &facts.refresh else { return Ok(facts) };
        facts.family = self.family(&refresh.family).await?;
        let Some(family) = &facts.family else { return Ok(facts) };
        let authorization = Authorization::key_of(&family.client, &family.subject);
        let mut rows = self.read(&wanted_principal(&family.subject, &authorization)).await?;
        facts.principal = principal(&mut rows)?;
        Ok(facts)
    }

    /// What hangs off sessions that are about to end.
    pub async fn ending(&self, sessions: Vec<Stored<Session>>) -> Result<Ending, StoreError> {
        let mut families = Vec::new();
        for session in &sessions {
            families.extend(self.families_of_session(&session.id).await?);
        }
        let mut ids: Vec<&str> = sessions.iter().flat_map(|session| &session.clients).map(ClientId::as_str).collect();
        ids.sort_unstable();
        ids.dedup();
        let wanted: Vec<(Kind, &str)> = ids.into_iter().map(|id| (Kind::Client, id)).collect();
        let mut rows = self.read(&wanted).await?;
        let mut clients = Vec::new();
        for _ in &wanted {
            clients.extend(rows.next()?);
        }
        Ok(Ending { sessions, families, clients })
    }

    /// For the authorization-code grant; `None`: what was sent can't be a code.
    pub async fn code_facts(&self, hash: Option<&HandleHash>) -> Result<authorization_code::Facts, StoreError> {
        let mut facts = authorization_code::Facts::default();
        let Some(hash) = hash else { return Ok(facts) };
        facts.code = self.code(hash).await?;
        let Some(code) = &facts.code else { return Ok(facts) };
        let authorization = Authorization::key_of(&code.client, &code.subject);
        let mut wanted = wanted_principal(&code.subject, &authorization).to_vec();
        wanted.push((Kind::Session, code.session.as_str()));
        if let Some(family) = redeemed_for(code) {
            wanted.push(family);
        }
        let mut rows = self.read(&wanted).await?;
        facts.principal = principal(&mut rows)?;
        facts.session = rows.next()?;
        facts.family = rows.next()?;
        Ok(facts)
    }
}

/// What an access token descends from, if it acts for a user.
struct Descent<'a> {
    family: &'a str,
    subject: &'a Subject,
    authorization: String,
}

impl<'a> Descent<'a> {
    fn of(access: &'a Access) -> Option<Self> {
        let (family, subject) = access.family.as_ref().zip(access.subject.as_ref())?;
        let authorization = Authorization::key_of(&access.client, subject);
        Some(Self { family: family.as_str(), subject, authorization })
    }

    fn wanted(&self) -> [(Kind, &str); 3] {
        let [user, authorization] = wanted_principal(self.subject, &self.authorization);
        [(Family::KIND, self.family), user, authorization]
    }
}

fn wanted_principal<'a>(subject: &'a Subject, authorization: &'a str) -> [(Kind, &'a str); 2] {
    [(Kind::User, subject.as_str()), (Kind::Authorization, authorization)]
}

fn principal(rows: &mut Rows) -> Result<Principal, StoreError> {
    Ok(Principal { user: rows.next()?, authorization: rows.next()? })
}

fn redeemed_for(code: &Stored<Code>) -> Option<(Kind, &str)> {
    match &code.state {
        CodeState::Used { family, .. } => Some((Kind::Family, family.as_str())),
        CodeState::Unused => None,
    }
}
