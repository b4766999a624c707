//! `countersign client add`: the door is the same as for the registration endpoint and for the configuration.

use countersign_engine::{
    Writes,
    records::{Origin, Pkce},
    registration::{Registered, Registrar, register, rules},
};
use countersign_jose::JwkSet;
use countersign_protocol::{ClientAuthMethod, ClientId, GrantType, Refusal, registration::ClientMetadata};
use countersign_server::edge::SystemEntropy;
use serde_json::json;

use super::view::View;
use crate::{
    commands::{
        args::ClientAdd,
        place::{Place, context, now, read_file, refused},
        print::{Printer, note, pairs},
    },
    outcome::Trouble,
};

/// Registers a client; prints its id and its secret.
pub(super) async fn run(place: &Place, printer: Printer, new: &ClientAdd) -> Result<(), Trouble> {
    let id = new.id.as_deref().map(client_id).transpose()?;
    if let Some(id) = id.as_ref().filter(|id| place.config.static_clients(now()).iter().any(|fixed| fixed.id == **id)) {
        return Err(
            Trouble::new(format!("the client {id} is in the configuration file")).advice("Choose another --id.")
        );
    }
    let metadata = metadata(new)?;
    let policy = place.policy();
    let mut entropy = SystemEntropy;
    let mut cx = context(&mut entropy);
    let registrar = Registrar { origin: Origin::Administrator, id, sector: None };
    let registered = register(&mut cx, &policy, registrar, &metadata);
    let Registered { mut client, secret } = registered.map_err(|refusal| {
        let scopes = policy.all_scopes();
        advise(&refusal, new, &scopes.to_string())
    })?;
    if new.pkce_optional {
        client.pkce = Pkce::Optional;
    }
    let mut writes = Writes::none();
    writes.insert(&client);
    place.store.commit(&writes).await.map_err(Trouble::new)?.ok_or_else(|| taken(&client.id))?;
    if new.pkce_optional {
        note(
            "WARNING: PKCE is optional for this client. A code that leaks is then protected by nothing but the client's \
             secret. Register it again without --pkce-optional as soon as it can send a challenge.",
        );
    }
    let mut value = serde_json::to_value(View::of(&client)).map_err(Trouble::new)?;
    if let Some(secret) = &secret {
        value["client_secret"] = json!(secret.expose());
    }
    printer.print(&value, || {
        let mut lines = vec![("client_id", client.id.to_string())];
        lines.extend(secret.as_ref().map(|secret| ("client_secret", secret.expose().to_owned())));
        let once = if secret.is_some() { "\n\nThe secret is shown this once; only its hash is kept." } else { "" };
        format!("The client {:?} is registered.\n\n{}{once}", client.name, pairs(lines))
    })
}

fn client_id(text: &str) -> Result<ClientId, Trouble> {
    ClientId::parse(text).map_err(|_| {
        let what = format!("--id {text:?}: expected 1 to 512 printable ASCII characters that don't begin with u_");
        Trouble::new(what).advice("Without --id a random one is made.")
    })
}

fn metadata(new: &ClientAdd) -> Result<ClientMetadata, Trouble> {
    let method = match (new.public, new.private_key_jwt) {
        (true, _) => ClientAuthMethod::None,
        (_, true) => ClientAuthMethod::PrivateKeyJwt,
        _ => ClientAuthMethod::ClientSecretBasic,
    };
    let jwks = match &new.jwks {
        Some(path) => {
            let bytes = read_file(path, JwkSet::MAX_BYTES)?;
            let failed = |error: &dyn std::fmt::Display| Trouble::new(format!("file {}: {error}", path.display()));
            JwkSet::parse(&bytes).map_err(|error| failed(&error))?;
            Some(serde_json::from_slice(&bytes).map_err(|error| failed(&error))?)
        }
        None => None,
    };
    let names = |grants: &[GrantType]| grants.iter().map(|grant| grant.as_str().to_owned()).collect();
    Ok(ClientMetadata {
        client_name: Some(new.name.clone()),
        redirect_uris: new.redirect_uris.clone(),
        post_logout_redirect_uris: new.post_logout_redirect_uris.clone(),
        token_endpoint_auth_method: Some(method.as_str().to_owned()),
        jwks,
        application_type: new.native.then(|| "native".to_owned()),
        scope: (!new.scope.is_empty()).then(|| new.scope.join(" ")),
        grant_types: (!new.grants.is_empty()).then(|| names(&new.grants)),
        ..ClientMetadata::default()
    })
}

/// The refusal in words, with what to type instead.
fn advise(refusal: &Refusal, new: &ClientAdd, offered: &str) -> Trouble {
    let trouble = refused(refusal);
    if *refusal.rule == rules::REDIRECT_URIS && !new.native {
        trouble.advice("For an app that is installed on the user's device, add --native.")
    } else if *refusal.rule == rules::REDIRECT_URI_NEEDED {
        trouble.advice("Add --redirect-uri URI or, for a service that acts for itself, --grant client_credentials.")
    } else if *refusal.rule == rules::SCOPE {
        trouble.advice(format!("Offered here: {offered}"))
    } else {
        trouble
    }
}

fn taken(id: &ClientId) -> Trouble {
    Trouble::new(format!("there is a client {id} already"))
        .advice(format!("Choose another --id, or look at it: countersign client show {id}"))
}
