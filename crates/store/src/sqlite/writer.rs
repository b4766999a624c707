//! The one thread that writes.
//!
//! A sync to disk costs more than all statements before it, so whatever waits is folded into one transaction (group
//! commit). Each commit in it stands for itself: one whose precondition fails is taken back alone. Nobody is answered
//! before the transaction is durable; if it fails, everybody in it gets the error.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use countersign_engine::{Writes, records::Kind};
use countersign_protocol::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::{explain, statements};
use crate::{StoreError, Swept};

/// The most operations in one transaction: the first of them waits for the last.
const BATCH: usize = 256;

/// Something to do in the writer's thread.
#[derive(Debug)]
pub(super) enum Op {
    /// Apply all of these or none.
    Commit(Writes),
    /// Remove some expired rows of one kind.
    Sweep { kind: Kind, now: Timestamp, limit: usize },
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The writes are durable.
    Applied,
    /// A precondition did not hold.
    Refused,
    /// The rows are gone.
    Swept(Swept),
}

type Answer = Result<Outcome, StoreError>;

struct Job {
    op: Op,
    answer: oneshot::Sender<Answer>,
}

/// A handle to the thread. Dropping it waits until what is queued is done.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which owns the connection from now on.
    pub(super) fn start(connection: Connection, queue: usize) -> Result<Self, StoreError> {
        let (sender, receiver) = sync_channel(queue.max(1));
        let run = move || work(&connection, &receiver);
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(run);
        let thread = thread.map_err(|error| StoreError::fault("starting the writer", error))?;
        Ok(Self { queue: Some(sender), thread: Some(thread) })
    }

    /// Queues an operation and waits for its outcome.
    pub(super) async fn run(&self, op: Op) -> Answer {
        let stopped = || StoreError::fault("writing", "the writer has stopped");
        let (answer, outcome) = oneshot::channel();
        match self.queue.as_ref().ok_or_else(stopped)?.try_send(Job { op, answer }) {
            Ok(()) => outcome.await.map_err(|_| stopped())?,
            Err(TrySendError::Full(_)) => Err(StoreError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer has panicked");
        }
    }
}

/// Works until the queue is closed and empty.
fn work(connection: &Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter().take(BATCH - 1));
        match commit(connection, &batch) {
            Ok(outcomes) => {
                for (job, outcome) in batch.into_iter().zip(outcomes) {
                    reply(job, Ok(outcome));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for job in batch {
                    reply(job, Err(explain("writing", Arc::clone(&error))));
                }
            }
        }
    }
}

/// Who asked may have stopped waiting; that takes nothing back.
fn reply(job: Job, answer: Answer) {
    drop(job.answer.send(answer));
}

/// One transaction. `BEGIN IMMEDIATE` waits while another process writes, for as long as the connection's busy timeout
/// says. An error rolls everything back.
fn commit(connection: &Connection, batch: &[Job]) -> rusqlite::Result<Vec<Outcome>> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let outcomes = batch.iter().map(|job| perform(connection, &job.op)).collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(outcomes)
}

fn perform(connection: &Connection, op: &Op) -> rusqlite::Result<Outcome> {
    match op {
        Op::Commit(writes) if statements::commit(connection, writes)? => Ok(Outcome::Applied),
        Op::Commit(_) => Ok(Outcome::Refused),
        Op::Sweep { kind, now, limit } => statements::sweep(connection, *kind, *now, *limit).map(Outcome::Swept),
    }
}
