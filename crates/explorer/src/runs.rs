//! The runs: one at a time, the latest remembered. How one of them stands follows from what its task says and, where a
//! real user signs in, from what the taps see.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::task::AbortHandle;

use crate::{
    exchange::{Exchange, RunId, Thread},
    recorder::Recorder,
    ring::Item,
    run::{Run, RunState, Who},
    site::Site,
};

/// Most runs that are remembered.
const MOST: usize = 20;
/// Most steps and moves of one run.
const MOST_RECORDS: usize = 200;

/// See the module.
#[derive(Debug)]
pub(crate) struct Runs {
    recorder: Arc<Recorder>,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    last: u64,
    runs: VecDeque<Run>,
    /// The task of the run that is not over.
    task: Option<AbortHandle>,
    /// Whether the web app renewed its tokens in this run.
    renewed: bool,
}

/// Another run is not over.
#[derive(Debug)]
pub(crate) struct Busy(pub(crate) RunId);

impl Runs {
    /// None so far.
    pub(crate) fn new(recorder: Arc<Recorder>) -> Self {
        Self { recorder, inside: Mutex::default() }
    }

    /// A run, if it is still remembered.
    pub(crate) fn find(&self, id: RunId) -> Option<Run> {
        self.lock().runs.iter().find(|run| run.id == id).cloned()
    }

    /// The run that is not over.
    pub(crate) fn current(&self) -> Option<RunId> {
        self.lock().runs.back().filter(|run| !run.is_over()).map(|run| run.id)
    }

    /// Begins a run, unless another one is not over.
    pub(crate) fn begin(&self, make: impl FnOnce(RunId) -> Run) -> Result<Run, Busy> {
        let mut inside = self.lock();
        if let Some(other) = inside.runs.back().filter(|run| !run.is_over()) {
            return Err(Busy(other.id));
        }
        inside.last += 1;
        let run = make(RunId(inside.last));
        inside.renewed = false;
        inside.runs.push_back(run.clone());
        if inside.runs.len() > MOST {
            inside.runs.pop_front();
        }
        self.recorder.put(Item::Run(run.id), &run);
        Ok(run)
    }

    /// Keeps the task of the run that has begun, so that it can be cancelled; it may be over by now.
    pub(crate) fn keep(&self, id: RunId, task: AbortHandle) {
        let mut inside = self.lock();
        if inside.runs.back().is_some_and(|run| run.id == id && !run.is_over()) {
            inside.task = Some(task);
        } else {
            task.abort();
        }
    }

    /// A step or a move is done.
    pub(crate) fn note(&self, id: RunId, record: Value) {
        self.change(id, |run| {
            if run.records.len() < MOST_RECORDS {
                run.records.push(record);
            }
        });
    }

    /// An attack has ended.
    pub(crate) fn verdict(&self, id: RunId, verdict: Value) {
        self.change(id, |run| run.verdict = Some(verdict));
    }

    /// It is over, as it should be or not. What is `left` of it ends before anybody is told: whoever hears of it may
    /// begin the next run at once, and nothing of this one may reach that.
    pub(crate) fn end(&self, id: RunId, trouble: Option<String>, left: impl FnOnce()) {
        let mut inside = self.lock();
        let Inside { runs, task, .. } = &mut *inside;
        let Some(run) = runs.iter_mut().find(|run| run.id == id && !run.is_over()) else { return };
        run.state = if trouble.is_none() { RunState::Done } else { RunState::Failed };
        run.trouble = trouble;
        if let Some(task) = task.take() {
            task.abort();
        }
        left();
        self.recorder.put(Item::Run(id), run);
    }

    /// The first message of a run was put on a thread.
    pub(crate) fn joined(&self, id: RunId, thread: Thread) {
        if self.find(id).is_some_and(|run| run.flow.is_none()) {
            self.change(id, |run| {
                run.flow = Some(thread);
                run.state = RunState::Running;
            });
        }
    }

    /// How the run of a real user ends by an answer of the web app's, if it does.
    pub(crate) fn outcome(&self, id: RunId, exchange: &Exchange) -> Option<Result<(), String>> {
        let run = self.find(id).filter(|run| run.user == Who::Real && !run.is_over())?;
        let status = exchange.response.as_ref().filter(|_| exchange.site == Site::WebApp)?.status;
        match (exchange.endpoint, status) {
            ("refresh", 300..400) => {
                self.lock().renewed = true;
                None
            }
            // Whom the server would have to ask, and may not: no failure.
            ("callback", 200) => Some(Ok(())),
            ("page", 200) if run.table != "refresh" || self.lock().renewed => Some(Ok(())),
            ("login" | "callback" | "refresh", 400..) => {
                Some(Err(format!("The web app answered with status {status}.")))
            }
            _ => None,
        }
    }

    /// Changes a run that is not over.
    fn change(&self, id: RunId, change: impl FnOnce(&mut Run)) {
        let mut inside = self.lock();
        if let Some(run) = inside.runs.iter_mut().find(|run| run.id == id && !run.is_over()) {
            change(run);
            self.recorder.put(Item::Run(id), run);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
