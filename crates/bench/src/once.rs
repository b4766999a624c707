//! One operation, again and again, in this process and without a network: for counting instructions. What comes before
//! the first operation costs the same whatever the count, so the difference of two counts is the operations alone.

use countersign_server::router::router;

use crate::{
    Outcome,
    act::{Actor, Side},
    doing,
    op::Op,
    peer::Peer,
    run::folder,
    world,
};

/// Does it.
pub(crate) fn run(op: Op, count: u32) -> Outcome<()> {
    let folder = folder()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(doing("starting the runtime"))?.block_on(async {
        let world = world::make(folder.path()).await?;
        let (realm, ..) = world::open(folder.path()).await?;
        let mut actor = Actor::new(op, Side::Countersign, Peer::Inside(router(realm)), &world)?;
        actor.prepare().await?;
        for _ in 0..count {
            actor.act().await?;
        }
        println!("{} times {}", count, op.name());
        Ok(())
    })
}
