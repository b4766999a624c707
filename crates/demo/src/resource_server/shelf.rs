//! What the resource server keeps: a shelf for every user, made up from the user's identifier, so that it is there
//! without a database, always the same for one user and different for another.

use countersign_protocol::HandleHash;
use serde::Serialize;

/// One file as it is kept.
struct Sheet {
    name: &'static str,
    about: &'static str,
    content: &'static str,
}

macro_rules! sheet {
    ($name:literal, $about:literal) => {
        Sheet { name: $name, about: $about, content: include_str!(concat!("../../shelf/", $name)) }
    };
}

/// On every shelf.
static FOR_EVERYBODY: [Sheet; 2] = [
    sheet!("letter-to-the-moon.txt", "A polite complaint, undelivered"),
    sheet!("map-of-the-pond.txt", "Not to scale; the heron is"),
];

/// Three of these are on a shelf.
static FOR_SOME: [Sheet; 6] = [
    sheet!("field-guide-to-clouds.md", "What they mean, and for whom"),
    sheet!("hedgehog-schedule.txt", "Observed over nine evenings"),
    sheet!("moss-census.csv", "The yearly count, with moods"),
    sheet!("soup-for-rain.md", "A recipe that takes as long as the weather"),
    sheet!("things-that-hum.txt", "A list, in order of pitch"),
    sheet!("unsent-postcards.md", "Four of them, one from home"),
];
const OF_SOME: usize = 3;

const PLACES: [&str; 6] =
    ["by the window", "under the stairs", "behind the apples", "next to the clock", "above the stove", "in the cool"];
const PLANTS: [&str; 6] =
    ["hart's-tongue fern", "wood sorrel", "ivy-leaved toadflax", "maidenhair spleenwort", "lady's mantle", "coltsfoot"];

/// What `GET /profile` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Profile {
    /// The user, as the token says.
    sub: String,
    /// Where their things are.
    shelf: String,
    /// What grows in front of it.
    plant: &'static str,
    /// How many files there are.
    files: usize,
}

/// One file in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    name: &'static str,
    about: &'static str,
    bytes: usize,
}

/// One file, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Whole {
    #[serde(flatten)]
    entry: Entry,
    content: &'static str,
}

/// The shelf of one user.
pub(super) struct Shelf {
    subject: String,
    lot: Vec<u8>,
}

impl Shelf {
    /// The shelf of the user with that `sub`.
    pub(super) fn of(subject: &str) -> Self {
        Self { subject: subject.to_owned(), lot: HandleHash::of(subject).as_str().into() }
    }

    pub(super) fn profile(&self) -> Profile {
        let number = 1 + self.draw(0, 40);
        let place = PLACES.get(self.draw(1, PLACES.len())).copied().unwrap_or_default();
        Profile {
            sub: self.subject.clone(),
            shelf: format!("Shelf {number}, {place}"),
            plant: PLANTS.get(self.draw(2, PLANTS.len())).copied().unwrap_or_default(),
            files: self.sheets().count(),
        }
    }

    pub(super) fn list(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.sheets().map(Sheet::entry).collect();
        entries.sort_by_key(|entry| entry.name);
        entries
    }

    /// A file of this user; another user's is not there.
    pub(super) fn file(&self, name: &str) -> Option<Whole> {
        let sheet = self.sheets().find(|sheet| sheet.name == name)?;
        Some(Whole { entry: sheet.entry(), content: sheet.content })
    }

    fn sheets(&self) -> impl Iterator<Item = &'static Sheet> {
        let first = self.draw(3, FOR_SOME.len());
        FOR_EVERYBODY.iter().chain(FOR_SOME.iter().cycle().skip(first).take(OF_SOME))
    }

    /// A number below `bound`, the same for this user each time.
    fn draw(&self, which: usize, bound: usize) -> usize {
        let sum = |n: usize, byte: &u8| n.wrapping_mul(31).wrapping_add(usize::from(*byte));
        self.lot.iter().skip(which * 10).take(10).fold(0, sum) % bound.max(1)
    }
}

impl Sheet {
    fn entry(&self) -> Entry {
        Entry { name: self.name, about: self.about, bytes: self.content.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn a_user_finds_the_same_five_files_every_time() {
        let files = Shelf::of("u_alice").list();
        assert_eq!(files.len(), 5);
        assert_eq!(files, Shelf::of("u_alice").list());
        assert_eq!(Shelf::of("u_alice").profile(), Shelf::of("u_alice").profile());
        assert!(files.iter().all(|entry| Shelf::of("u_alice").file(entry.name).is_some()));
    }

    #[test]
    fn users_have_shelves_of_their_own() {
        let names = ["u_alice", "u_bob", "u_carol", "u_dave", "u_eve"];
        let mut shelves: Vec<_> = names.iter().map(|name| Shelf::of(name).profile().shelf).collect();
        shelves.sort();
        shelves.dedup();
        assert!(shelves.len() > 1);
        let elsewhere = names.iter().find(|name| Shelf::of(name).file("soup-for-rain.md").is_none());
        assert!(elsewhere.is_some(), "not every file is on every shelf");
    }
}
