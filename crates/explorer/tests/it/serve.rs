//! `countersign serve` answers by the server's own router: there is no explorer in it and no tap.

use axum::body::Body;
use countersign_server::router::router;
use http::Request;

use crate::support::{World, bare};

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_router_knows_no_explorer_and_records_nothing() {
    let world = World::new().await;
    let own = router(std::sync::Arc::clone(&world.realm));
    for path in ["/explore", "/inspect", "/explore/api/events", "/explore/api/clock", "/explore/assets/explore.js"] {
        for method in ["GET", "POST"] {
            let request = Request::builder().method(method).uri(path).header("host", "localhost:4000");
            bare(&own, request.body(Body::empty()).unwrap()).await.expect(404);
        }
    }
    let request = Request::get("/authorize?client_id=x").body(Body::empty()).unwrap();
    bare(&own, request).await.expect(400);
    assert!(world.exchanges().await.is_empty());
    world.stop().await;
}
