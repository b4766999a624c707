//! The cache under every condition of server and clock, with a loader that counts and that tests can hold up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};

use countersign_protocol::{Timestamp, Ttl};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::{Cached, FetchError, Limits, Load, Loaded, Rejection};

const T0: i64 = 1_800_000_000;
const LIMITS: Limits = Limits { cool_down: Ttl::secs(10), max_age: Ttl::minutes(15), max_stale: Ttl::days(1) };

/// Yields the number of the fetch while the server is up.
#[derive(Clone)]
struct Numbers {
    fetches: Arc<AtomicUsize>,
    /// 0: down, 1: up, 2: panics.
    mode: Arc<AtomicUsize>,
    /// For how many seconds the server lets its answers be kept; 0: it says nothing.
    said: Arc<AtomicU32>,
    /// A fetch takes a permit to finish.
    gate: Arc<Semaphore>,
    secs: Arc<AtomicI64>,
}

#[async_trait::async_trait]
impl Load for Numbers {
    type Value = usize;

    async fn load(&self) -> Result<Loaded<usize>, FetchError> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        self.gate.acquire().await.unwrap().forget();
        match self.mode.load(Ordering::SeqCst) {
            0 => Err(FetchError::Transport("down".to_owned())),
            1 => Ok(Loaded { value: number, max_age: self.said() }),
            _ => panic!("a fault in somebody's Fetch"),
        }
    }
}

impl Numbers {
    fn new() -> (Self, Arc<Cached<Self>>) {
        let (fetches, mode) = (Arc::default(), Arc::new(AtomicUsize::new(1)));
        let (gate, secs) = (Arc::new(Semaphore::new(1000)), Arc::new(AtomicI64::new(T0)));
        let numbers = Self { fetches, mode, said: Arc::default(), gate, secs };
        let secs = Arc::clone(&numbers.secs);
        let clock = Arc::new(move || Timestamp::from_secs(secs.load(Ordering::SeqCst)));
        (numbers.clone(), Arc::new(Cached::new(numbers, LIMITS, clock)))
    }

    fn at(&self, secs: i64) {
        self.secs.store(T0 + secs, Ordering::SeqCst);
    }

    fn said(&self) -> Option<Ttl> {
        Some(self.said.load(Ordering::SeqCst)).filter(|secs| *secs > 0).map(Ttl::secs)
    }

    fn mode(&self, mode: usize) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

fn retry_after<T>(outcome: &Result<T, Rejection>) -> Option<u32> {
    match outcome {
        Err(Rejection::Unavailable { retry_after }) => Some(retry_after.as_secs()),
        _ => None,
    }
}

#[tokio::test]
async fn a_thousand_requests_at_once_lead_to_one_fetch() {
    let (numbers, cached) = Numbers::new();
    numbers.gate.forget_permits(1000);
    let requests: Vec<_> = (0..1000)
        .map(|_| {
            let cached = Arc::clone(&cached);
            tokio::spawn(async move { *cached.current().await.unwrap() })
        })
        .collect();
    yield_now().await;
    numbers.gate.add_permits(1000);
    for request in requests {
        assert_eq!(request.await.unwrap(), 1);
    }
    assert_eq!(numbers.fetches(), 1);
}

#[tokio::test]
async fn a_value_that_does_not_do_is_fetched_anew_once_per_cool_down() {
    let (numbers, cached) = Numbers::new();
    let first = cached.current().await.unwrap();
    assert_eq!(*cached.newer(&first).await.unwrap(), 1, "it was fetched just now");
    numbers.at(10);
    let second = cached.newer(&first).await.unwrap();
    assert_eq!(*second, 2);
    for _ in 0..100 {
        assert_eq!(*cached.newer(&second).await.unwrap(), 2);
        assert_eq!(*cached.newer(&first).await.unwrap(), 2);
    }
    numbers.at(19);
    assert_eq!(*cached.newer(&second).await.unwrap(), 2);
    numbers.at(20);
    assert_eq!(*cached.newer(&second).await.unwrap(), 3);
    assert_eq!(numbers.fetches(), 3);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_the_fetch() {
    let (numbers, cached) = Numbers::new();
    numbers.gate.forget_permits(1000);
    let waiting = Arc::clone(&cached);
    let request = tokio::spawn(async move { waiting.current().await });
    yield_now().await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    numbers.gate.add_permits(1000);
    assert_eq!(*cached.current().await.unwrap(), 1);
    assert_eq!(numbers.fetches(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_up_yet_is_asked_every_second() {
    let (numbers, cached) = Numbers::new();
    numbers.mode(0);
    for _ in 0..3 {
        assert_eq!(retry_after(&cached.current().await), Some(1));
    }
    assert_eq!(numbers.fetches(), 1);
    numbers.mode(1);
    numbers.at(1);
    assert_eq!(*cached.current().await.unwrap(), 2);
}

#[tokio::test]
async fn the_last_good_value_is_used_for_a_day_while_the_server_is_down() {
    let (numbers, cached) = Numbers::new();
    let first = cached.current().await.unwrap();
    numbers.mode(0);
    for secs in [900, 901, 950, 86_399] {
        numbers.at(secs);
        assert_eq!(*cached.current().await.unwrap(), 1, "at {secs}");
    }
    // Whether a value that does not do has a successor is not known, so it is not "no".
    assert_eq!(retry_after(&cached.newer(&first).await), Some(10));
    numbers.at(86_400);
    assert_eq!(retry_after(&cached.current().await), Some(9));
    numbers.mode(1);
    numbers.at(86_409);
    assert!(cached.current().await.is_ok());
}

#[tokio::test]
async fn an_old_value_is_not_used_before_the_server_was_asked() {
    let (numbers, cached) = Numbers::new();
    assert_eq!(*cached.current().await.unwrap(), 1);
    numbers.at(899 / 2);
    assert_eq!(*cached.current().await.unwrap(), 1);
    assert_eq!(numbers.fetches(), 1);
    numbers.at(900);
    assert_eq!(*cached.current().await.unwrap(), 2);
}

#[tokio::test]
async fn from_half_its_age_on_a_value_is_refreshed_beside_the_requests() {
    let (numbers, cached) = Numbers::new();
    assert_eq!(*cached.current().await.unwrap(), 1);
    numbers.gate.forget_permits(1000);
    numbers.at(450);
    for _ in 0..10 {
        assert_eq!(*cached.current().await.unwrap(), 1);
        yield_now().await;
    }
    assert_eq!(numbers.fetches(), 2);
    numbers.gate.add_permits(1000);
    while *cached.current().await.unwrap() == 1 {
        yield_now().await;
    }
    assert_eq!(numbers.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_that_panics_counts_as_one_that_failed() {
    let (numbers, cached) = Numbers::new();
    numbers.mode(2);
    assert_eq!(retry_after(&cached.current().await), Some(1));
    numbers.mode(1);
    numbers.at(1);
    assert_eq!(*cached.current().await.unwrap(), 2);
}

#[tokio::test]
async fn a_clock_that_is_set_back_leads_to_a_fetch_and_not_to_a_value_for_ever() {
    let (numbers, cached) = Numbers::new();
    assert_eq!(*cached.current().await.unwrap(), 1);
    numbers.at(-1_000_000);
    assert_eq!(*cached.current().await.unwrap(), 1);
    while *cached.current().await.unwrap() == 1 {
        yield_now().await;
    }
    assert_eq!(numbers.fetches(), 2);
}

#[test]
fn without_a_runtime_it_is_an_error_and_not_a_panic() {
    let (_, cached) = Numbers::new();
    let mut future = Box::pin(cached.current());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(outcome) = future.as_mut().poll(&mut cx) else { panic!("it waits") };
    assert!(matches!(outcome, Err(Rejection::Misconfigured(_))));
}

#[tokio::test]
async fn a_server_that_wants_to_be_asked_more_often_is_asked_more_often() {
    let (numbers, cached) = Numbers::new();
    numbers.said.store(2, Ordering::SeqCst);
    let first = cached.current().await.unwrap();
    numbers.at(1);
    assert_eq!(*cached.newer(&first).await.unwrap(), 1, "not more often than that, whatever tokens come");
    numbers.at(2);
    assert_eq!(*cached.current().await.unwrap(), 2);
    numbers.said.store(86_400, Ordering::SeqCst);
    numbers.at(4);
    assert_eq!(*cached.current().await.unwrap(), 3);
    numbers.at(4 + 15 * 60);
    assert_eq!(*cached.current().await.unwrap(), 4, "our own limit is the longest");
}
