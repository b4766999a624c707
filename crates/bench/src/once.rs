//! One operation, again and again, in this process and without a network: for counting instructions.
//!
//! Another process makes the database, since making an RSA key takes another number of instructions each time. So what
//! comes before the first operation costs about the same in every run, and the difference of two counts is the
//! operations alone.

use std::{path::Path, process::Command};

use countersign_server::router::router;

use crate::{
    Outcome,
    act::{Actor, Side},
    doing,
    op::Op,
    peer::Peer,
    run::folder,
    world::{self, World},
};

/// Does it.
pub(crate) fn run(op: Op, count: u32) -> Outcome<()> {
    let folder = folder()?;
    let world = made(folder.path())?;
    runtime()?.block_on(async {
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

/// Makes a database for [`run`], and says on standard output what that has to know.
pub(crate) fn make(folder: &Path) -> Outcome<()> {
    let world = runtime()?.block_on(world::make(folder))?;
    println!("{}", serde_json::to_string(&world).map_err(doing("telling"))?);
    Ok(())
}

fn made(folder: &Path) -> Outcome<World> {
    let program = std::env::current_exe().map_err(doing("finding this program"))?;
    let made = Command::new(program).arg("make-world").arg(folder).output().map_err(doing("making a database"))?;
    serde_json::from_slice(&made.stdout).map_err(|_| String::from_utf8_lossy(&made.stderr).into_owned())
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(doing("starting the runtime"))
}
