//! The people and the clients of the demo.

use std::collections::HashMap;

use argon2::{Argon2, Params, PasswordHasher as _, Version};
use countersign_demo::clients;
use countersign_engine::{
    Cx, Writes,
    records::{ClientKeys, ClientKind, Origin, Pkce, User},
    registration::{Registrar, new_secret, register},
};
use countersign_protocol::{ClientId, Secret, Subject};
use countersign_server::{edge::SystemEntropy, realm::App};
use serde_json::json;

use super::world::people;

/// Puts everything in place; hands out the secrets of the clients.
pub(crate) async fn everything(realm: &App, base: u16) -> HashMap<&'static str, Secret> {
    let people = people();
    for person in [people.user, people.thief] {
        let mut writes = Writes::none();
        writes.insert(&user(realm, &person.name, &person.password));
        realm.store.commit(&writes).await.unwrap().unwrap();
    }
    let mut secrets = HashMap::new();
    for demo in clients(base) {
        let mut entropy = SystemEntropy;
        let mut cx = Cx::new(realm.now(), &mut entropy);
        let id = ClientId::parse(demo.client_id).unwrap();
        let registrar = Registrar { origin: Origin::Administrator, id: Some(id), sector: None };
        let mut client = register(&mut cx, &realm.policy, registrar, &demo.metadata).unwrap().client;
        if demo.pkce_optional {
            client.pkce = Pkce::Optional;
        }
        if let ClientKind::Confidential(ClientKeys::Secrets { secrets: stored, .. }) = &mut client.kind {
            let (secret, hash) = new_secret(&mut cx, "test");
            *stored = vec![hash];
            secrets.insert(demo.client_id, Secret::new(secret.expose()));
        }
        let mut writes = Writes::none();
        writes.insert(&client);
        realm.store.commit(&writes).await.unwrap().unwrap();
    }
    secrets
}

/// With a cheap hash: these tests sign in often.
fn user(realm: &App, name: &str, password: &str) -> User {
    let cheap = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    User {
        subject: Subject::random(&mut SystemEntropy),
        username: name.to_owned(),
        password: Some(cheap.hash_password_with_salt(password.as_bytes(), &[7; 16]).unwrap().to_string()),
        claims: json!({"name": format!("{name} of the test")}).as_object().unwrap().clone(),
        enabled: true,
        created_at: realm.now(),
        updated_at: None,
    }
}
