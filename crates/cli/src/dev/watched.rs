//! The explorer around the four sites of `countersign dev`.

use std::sync::Arc;

use axum::Router;
use countersign_demo::{Addresses, WEB};
use countersign_engine::keys::Schedule;
use countersign_explorer::{Cast, Clock, Explorer, Limits, Powers, Site, UsualConsent};
use countersign_flow::{People, Place, User};
use countersign_server::{keyring::MasterKey, realm::App, router::router};

use super::{PEOPLE, seed::Seeded};
use crate::outcome::Trouble;

/// The sites in the order of their ports, each with a tap around it; the first also has the explorer's pages.
pub(crate) fn sites(explorer: &Arc<Explorer>, realm: App, [web_app, spa, api]: [Router; 3]) -> [Router; 4] {
    [
        explorer.around_server(router(realm)),
        explorer.tap(Site::WebApp, web_app),
        explorer.tap(Site::Spa, spa),
        explorer.tap(Site::ResourceServer, api),
    ]
}

/// The explorer of a system.
pub(crate) fn explorer(
    realm: &App,
    (master, schedule): (&Arc<MasterKey>, Schedule),
    (addresses, seeded): (&Addresses, &Seeded),
    clock: Arc<Clock>,
) -> Result<Arc<Explorer>, Trouble> {
    let [user, thief] = PEOPLE.map(|(name, password, _)| User { name: name.to_owned(), password: password.to_owned() });
    let powers = Powers {
        realm: Arc::clone(realm),
        master: Arc::clone(master),
        schedule,
        usual: UsualConsent { client_id: WEB.to_owned(), user: user.name.clone() },
    };
    let cast = Cast { place: Place::from(addresses), people: People { user, thief }, legacy: seeded.legacy()? };
    Ok(Explorer::new(clock, powers, cast, Limits::default()))
}
