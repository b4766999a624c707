//! The floor answers like Countersign, in this process: same status, same headers, bodies of the same length.

use countersign_server::router::router;
use tempfile::TempDir;

use super::kept;
use crate::{
    act::{Actor, Side},
    op::Op,
    peer::{Call, Peer, Reply},
    world::{self, World},
};

async fn conversation(op: Op, side: Side, router: axum::Router, world: &World) -> Vec<(Call, Reply)> {
    let mut actor = Actor::new(op, side, Peer::Inside(router), world).unwrap();
    actor.prepare().await.unwrap();
    actor.kept = Some(Vec::new());
    actor.act().await.unwrap();
    actor.kept.unwrap()
}

#[tokio::test]
async fn every_operation_works_and_the_floor_answers_as_countersign_does() {
    let folder = TempDir::new().unwrap();
    let world = world::make(folder.path()).await.unwrap();
    let (realm, ..) = world::open(folder.path()).await.unwrap();
    for op in Op::ALL {
        let real = conversation(op, Side::Countersign, router(realm.clone()), &world).await;
        let floor = super::router(&kept(op, &real)).unwrap();
        let again = conversation(op, Side::Floor, floor, &world).await;
        assert_eq!(real.len(), again.len());
        for ((call, real), (_, floor)) in real.iter().zip(&again) {
            let sorted = |reply: &Reply| {
                let mut lines: Vec<String> = reply.head.lines().map(ToOwned::to_owned).collect();
                lines.retain(|line| !line.starts_with("content-length"));
                lines.sort();
                lines
            };
            assert_eq!((real.status, sorted(real)), (floor.status, sorted(floor)), "{op:?} {}", call.path);
            assert_eq!(real.body.len(), floor.body.len(), "{op:?} {}", call.path);
            let signs = matches!(op, Op::ClientCredentials | Op::Flow | Op::Refresh) && call.path == "/token";
            assert_eq!(signs, real.body != floor.body, "{op:?} {}: new signatures, and nothing else", call.path);
        }
    }
}
