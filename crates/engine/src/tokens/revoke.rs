//! Revocation by the client (RFC 7009). A refresh token takes its whole family with it, an access token goes alone.

use countersign_protocol::{ClientId, Refusal};

use super::{
    presented::{Facts, Presented, receipt},
    rules,
};
use crate::{
    Cx, Plan, Writes,
    client_auth::Authenticated,
    records::{Ended, Once},
};

/// Decides. A token that is unknown or dead already is no error (RFC 7009 §2.2).
pub fn decide(
    cx: &mut Cx<'_>,
    client: &Authenticated,
    presented: &Presented,
    facts: Facts,
) -> Plan<Result<(), Refusal>> {
    let mut writes = Writes::none();
    let own = owner(presented, &facts).is_none_or(|owner| owner == client.id);
    if let Err(refusal) = cx.require(&rules::REVOKE_OWN, own) {
        return Plan::answer(Err(refusal));
    }
    cx.flow = facts.family.as_ref().map(|family| family.flow.clone());
    match presented {
        Presented::Refresh(_) => {
            if let Some(mut family) = facts.family.filter(|family| family.ended.is_none()) {
                family.ended = Some(Ended::Revoked);
                family.answer = None;
                family.used_at = cx.now;
                writes.replace(&family);
            }
        }
        Presented::Jwt(claims) if facts.access.is_none() && claims.is_clients_own() && !facts.revoked => {
            writes.insert(&Once::revoked(claims.id(), claims.expires_at()));
        }
        _ => {
            if let Some(access) = &facts.access {
                writes.delete(access);
                // Whoever can revoke the new access token has received the answer that brought it.
                writes.extend(receipt(&facts));
            }
        }
    }
    Plan::new(writes, Ok(()))
}

fn owner(presented: &Presented, facts: &Facts) -> Option<ClientId> {
    match presented {
        Presented::Refresh(_) => facts.family.as_ref().map(|family| family.client.clone()),
        Presented::Jwt(claims) => Some(claims.client().clone()),
        _ => facts.access.as_ref().map(|access| access.client.clone()),
    }
}
