//! What a server costs that does next to nothing: its start, its memory, and what a sync of this disk takes.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    act::{Actor, Side},
    child::{Memory, Server, now},
    doing,
    op::Op,
    peer::{Call, Peer},
    world::World,
};

/// How often it is started, and how often the disk is asked.
const TIMES: usize = 9;

/// From the start of the process to the first answer, on a database that is there: the median of some starts.
pub(crate) async fn startup(part: &str, folder: &Path) -> Outcome<Duration> {
    let mut all = Vec::new();
    for _ in 0..TIMES {
        let server = Server::start(part, folder)?;
        let mut peer = Peer::connect(server.address).await?;
        let reply = peer.ask(&Call { path: "/healthz".to_owned(), ..Call::default() }).await?;
        if reply.status != 200 {
            return Err(format!("/healthz answered {}", reply.status));
        }
        all.push(now() - server.started);
    }
    Ok(median(all))
}

/// Memory after a start and one whole flow.
pub(crate) async fn memory(part: &str, folder: &Path, world: &World) -> Outcome<Memory> {
    let server = Server::start(part, folder)?;
    let peer = Peer::connect(server.address).await?;
    Actor::new(Op::Flow, Side::Countersign, peer, world)?.act().await?;
    server.memory()
}

/// How long this disk takes to make 4 KiB durable, which is the least that a commit waits.
pub(crate) fn sync(folder: &Path) -> Outcome<Duration> {
    let write = || {
        let mut file = File::create(folder.join("sync"))?;
        let mut once = |_| -> std::io::Result<Duration> {
            let began: Instant = now();
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            Ok(now() - began)
        };
        (0..TIMES).map(&mut once).collect::<std::io::Result<Vec<_>>>()
    };
    write().map(median).map_err(doing("writing to the disk"))
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}
