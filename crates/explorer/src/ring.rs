//! What is remembered, and what changed since somebody looked: a bounded ring of exchanges, and the latest state of a
//! few other things. Every change has a number; whoever knows the last number that they saw gets what came after it.

use std::{collections::BTreeMap, sync::Arc};

use crate::exchange::{Exchange, RunId};

/// How much is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most exchanges.
    pub exchanges: usize,
    /// Most bytes that they take, about.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { exchanges: 2000, bytes: 32 * 1024 * 1024 }
    }
}

/// Most runs that are remembered.
const MAX_RUNS: usize = 20;
/// About as many bytes are handed out at once.
const AT_ONCE: usize = 256 * 1024;

/// What can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    /// A request with its response.
    Exchange(u64),
    /// Something that the explorer did.
    Run(RunId),
    /// The clock was moved.
    Clock,
    /// Faults were set.
    Faults,
}

/// Its latest state.
#[derive(Debug, Clone)]
pub(crate) enum State {
    Exchange(Arc<Exchange>),
    /// As JSON.
    Text(Arc<str>),
}

impl State {
    fn weight(&self) -> usize {
        match self {
            Self::Exchange(exchange) => exchange.weight(),
            Self::Text(text) => text.len(),
        }
    }
}

#[derive(Debug)]
struct Kept {
    state: State,
    change: u64,
    weight: usize,
}

/// Where a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The last change that it saw.
    change: u64,
    /// How much had been forgotten when it began.
    forgotten: u64,
}

/// What came after a place.
#[derive(Debug)]
pub(crate) struct News {
    /// Whether something is gone that the reader never saw, or has to forget: it has to begin anew.
    pub(crate) start_over: bool,
    /// Changes with their numbers, oldest first.
    pub(crate) list: Vec<(u64, Item, State)>,
    /// Where the reader stands then.
    pub(crate) place: Place,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Ring {
    limits: Limits,
    kept: BTreeMap<Item, Kept>,
    changes: BTreeMap<u64, Item>,
    exchanges: usize,
    bytes: usize,
    last_change: u64,
    /// The latest change of anything that is gone.
    forgotten: u64,
}

impl Ring {
    /// An empty ring, whose changes are numbered from there on.
    pub(crate) fn new(limits: Limits, first_change: u64) -> Self {
        let (kept, changes) = (BTreeMap::new(), BTreeMap::new());
        Self { limits, kept, changes, exchanges: 0, bytes: 0, last_change: first_change, forgotten: first_change }
    }

    /// The number of the last change.
    pub(crate) const fn last_change(&self) -> u64 {
        self.last_change
    }

    /// An exchange, if it is still there.
    pub(crate) fn exchange(&self, id: u64) -> Option<&Arc<Exchange>> {
        match &self.kept.get(&Item::Exchange(id))?.state {
            State::Exchange(exchange) => Some(exchange),
            State::Text(_) => None,
        }
    }

    /// Every exchange, in order.
    pub(crate) fn exchanges(&self) -> impl Iterator<Item = &Arc<Exchange>> {
        self.kept.values().filter_map(|kept| match &kept.state {
            State::Exchange(exchange) => Some(exchange),
            State::Text(_) => None,
        })
    }

    /// Notes a new state. The oldest makes room.
    pub(crate) fn put(&mut self, item: Item, state: State) {
        self.last_change += 1;
        self.remove(item);
        let kept = Kept { weight: state.weight(), state, change: self.last_change };
        self.changes.insert(self.last_change, item);
        if let Item::Exchange(_) = item {
            self.exchanges += 1;
            self.bytes += kept.weight;
        }
        self.kept.insert(item, kept);
        while self.exchanges > self.limits.exchanges || (self.bytes > self.limits.bytes && self.exchanges > 1) {
            let Some(oldest) = self.kept.keys().next().copied() else { break };
            self.forget(oldest);
        }
        let runs: Vec<Item> = self.kept.keys().filter(|item| matches!(item, Item::Run(_))).copied().collect();
        runs.iter().take(runs.len().saturating_sub(MAX_RUNS)).for_each(|run| self.forget(*run));
    }

    /// Forgets every exchange and run.
    pub(crate) fn clear(&mut self) {
        let all: Vec<Item> = self.kept.keys().copied().collect();
        let gone = all.into_iter().filter(|item| matches!(item, Item::Exchange(_) | Item::Run(_)));
        gone.for_each(|item| self.forget(item));
        self.last_change += 1;
        self.forgotten = self.last_change;
    }

    /// Where a reader stands who saw everything up to a change; `None`: who begins.
    pub(crate) fn place(&self, last_seen: Option<u64>) -> Place {
        match last_seen {
            Some(change) => Place { change, forgotten: 0 },
            None => self.start(),
        }
    }

    /// What came after a place, as much as fits into one piece.
    pub(crate) fn news(&self, place: Place) -> News {
        let missed = self.forgotten > place.forgotten && self.forgotten > place.change;
        let start_over = missed || place.change > self.last_change;
        let mut place = if start_over { self.start() } else { place };
        let (mut list, mut bytes) = (Vec::new(), 0);
        for (change, item) in self.changes.range(place.change + 1..) {
            let Some(kept) = self.kept.get(item) else { continue };
            if bytes > AT_ONCE {
                break;
            }
            bytes += kept.weight;
            list.push((*change, *item, kept.state.clone()));
            place.change = *change;
        }
        News { start_over, list, place }
    }

    const fn start(&self) -> Place {
        Place { change: 0, forgotten: self.forgotten }
    }

    fn forget(&mut self, item: Item) {
        self.forgotten = self.forgotten.max(self.remove(item));
    }

    /// Takes something out, and says when it changed last.
    fn remove(&mut self, item: Item) -> u64 {
        let Some(kept) = self.kept.remove(&item) else { return 0 };
        self.changes.remove(&kept.change);
        if let Item::Exchange(_) = item {
            self.exchanges -= 1;
            self.bytes -= kept.weight;
        }
        kept.change
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Item, Limits, Ring, State};
    use crate::exchange::RunId;

    const FIRST: u64 = 1000;

    fn text(text: &str) -> State {
        State::Text(Arc::from(text))
    }

    fn ring(exchanges: usize, bytes: usize) -> Ring {
        Ring::new(Limits { exchanges, bytes }, FIRST)
    }

    fn items(ring: &Ring, last_seen: Option<u64>) -> (bool, Vec<Item>) {
        let news = ring.news(ring.place(last_seen));
        (news.start_over, news.list.into_iter().map(|(_, item, _)| item).collect())
    }

    #[test]
    fn the_oldest_makes_room_by_number_and_by_size() {
        let mut few = ring(3, 1000);
        let mut small = ring(100, 35);
        for id in 1..=5 {
            few.put(Item::Exchange(id), text("0123456789"));
            small.put(Item::Exchange(id), text("0123456789"));
        }
        let expected: Vec<Item> = (3..=5).map(Item::Exchange).collect();
        assert_eq!(items(&few, None).1, expected);
        assert_eq!(items(&small, None).1, expected);
    }

    #[test]
    fn something_larger_than_all_room_is_kept_alone() {
        let mut ring = ring(10, 5);
        ring.put(Item::Exchange(1), text("0"));
        ring.put(Item::Exchange(2), text("0123456789"));
        assert_eq!(items(&ring, None).1, [Item::Exchange(2)]);
    }

    #[test]
    fn a_newer_state_takes_the_place_of_the_older_one_at_the_end() {
        let mut ring = ring(10, 1000);
        ring.put(Item::Exchange(1), text("begun"));
        ring.put(Item::Exchange(2), text("begun"));
        ring.put(Item::Exchange(1), text("ended"));
        assert_eq!(items(&ring, None).1, [Item::Exchange(2), Item::Exchange(1)]);
        assert_eq!(items(&ring, Some(FIRST + 2)), (false, vec![Item::Exchange(1)]));
        assert_eq!(items(&ring, Some(FIRST + 3)), (false, vec![]));
    }

    #[test]
    fn a_reader_who_missed_something_starts_over_once() {
        let mut ring = ring(2, 1000);
        (1..=2).for_each(|id| ring.put(Item::Exchange(id), text("x")));
        let news = ring.news(ring.place(None));
        assert!(!news.start_over);
        (3..=6).for_each(|id| ring.put(Item::Exchange(id), text("x")));
        let news = ring.news(news.place);
        assert!(news.start_over);
        assert_eq!(news.list.len(), 2);
        assert!(!ring.news(news.place).start_over);
        assert!(items(&ring, Some(FIRST + 1)).0, "a reader who comes back is told too");
        assert!(!items(&ring, None).0, "who begins has missed nothing");
    }

    #[test]
    fn a_reader_of_another_process_starts_over() {
        let mut ring = ring(10, 1000);
        ring.put(Item::Clock, text("{}"));
        assert!(items(&ring, Some(FIRST + 99)).0);
        assert!(items(&ring, Some(FIRST - 10)).0);
    }

    #[test]
    fn clearing_forgets_messages_and_keeps_states() {
        let mut ring = ring(10, 1000);
        ring.put(Item::Exchange(1), text("x"));
        ring.put(Item::Run(RunId(1)), text("x"));
        ring.put(Item::Faults, text("{}"));
        let place = ring.news(ring.place(None)).place;
        ring.clear();
        let news = ring.news(place);
        assert!(news.start_over);
        assert_eq!(items(&ring, None).1, [Item::Faults]);
        assert!(!ring.news(news.place).start_over);
    }

    #[test]
    fn a_long_list_comes_in_pieces() {
        let mut ring = ring(100, usize::MAX);
        let big = "x".repeat(super::AT_ONCE / 2);
        (1..=9).for_each(|id| ring.put(Item::Exchange(id), text(&big)));
        let (mut place, mut seen) = (ring.place(None), Vec::new());
        for _ in 0..9 {
            let news = ring.news(place);
            assert!(news.list.len() <= 3 && !news.start_over);
            seen.extend(news.list.iter().map(|(_, item, _)| *item));
            place = news.place;
        }
        assert_eq!(seen, (1..=9).map(Item::Exchange).collect::<Vec<_>>());
    }
}
