//! Rows that can't be read, by a failing disk or by hand: what is broken hurts itself and nothing beside it.
//!
//! A client whose row is damaged counts as one that does not exist, so that it is refused and everybody else goes on. Any
//! other damaged row is a fault of whoever needs it: a session or a key that is missing would change what others may do.

use countersign_engine::{
    Revision, Stored, Writes,
    records::{Kind, Record},
};

use crate::{By, Page, RawRow, Store, StoreError, decoded::Decoded};

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Its key.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
    kind: Kind,
    revision: Revision,
}

impl Damaged {
    /// Takes the row out, if it still is as it was read.
    pub fn removal(&self) -> Writes {
        let mut writes = Writes::none();
        writes.delete_unread(self.kind, &self.key, self.revision);
        writes
    }
}

/// Some rows of one kind.
#[derive(Debug)]
pub struct Scanned<R> {
    /// Those that can be read.
    pub records: Vec<Stored<R>>,
    /// The others.
    pub damaged: Vec<Damaged>,
    /// After which key to go on; `None`: that was all.
    pub next: Option<String>,
}

impl<R: Record> Scanned<R> {
    fn of(decoded: &Decoded, rows: &[RawRow], page: Page<'_>) -> Self {
        let next = rows.last().filter(|_| rows.len() == page.limit).map(|row| row.key.clone());
        let mut scanned = Self { records: Vec::new(), damaged: Vec::new(), next };
        for row in rows {
            match decoded.stored(row) {
                Ok(record) => scanned.records.push(record),
                Err(error) => scanned.damaged.push(damaged::<R>(row, &error)),
            }
        }
        scanned
    }
}

impl Store {
    /// Records of one kind in the order of their keys, with those that can't be read beside them.
    pub async fn scan_readable<R: Record>(&self, page: Page<'_>) -> Result<Scanned<R>, StoreError> {
        Ok(Scanned::of(&self.decoded, &self.backend.scan(R::KIND, page).await?, page))
    }

    /// Records with that second secondary key, in the order of their keys, with those that can't be read beside them.
    pub async fn list_readable_by_second<R: Record>(
        &self,
        value: &str,
        page: Page<'_>,
    ) -> Result<Scanned<R>, StoreError> {
        Ok(Scanned::of(&self.decoded, &self.backend.list(R::KIND, By::Second(value), page).await?, page))
    }

    /// How many rows have that first secondary key, those that can't be read included; counted up to `most`.
    pub async fn count_by_first<R: Record>(&self, value: &str, most: usize) -> Result<usize, StoreError> {
        Ok(self.backend.list(R::KIND, By::First(value), Page { after: None, limit: most }).await?.len())
    }

    /// The row of that key, if it is there and can't be read.
    pub async fn damaged<R: Record>(&self, key: &str) -> Result<Option<Damaged>, StoreError> {
        let row = self.backend.read(&[(R::KIND, key)]).await?.pop().flatten();
        Ok(row.and_then(|row| self.decoded.stored::<R>(&row).err().map(|error| damaged::<R>(&row, &error))))
    }
}

/// The record in a row; `None`: it counts as missing.
pub(crate) fn readable<R: Record>(decoded: &Decoded, row: &RawRow) -> Result<Option<Stored<R>>, StoreError> {
    match decoded.stored(row) {
        Err(error) if R::KIND == Kind::Client => {
            tracing::error!(client = row.key, %error, "this client is refused: its record is damaged");
            Ok(None)
        }
        stored => stored.map(Some),
    }
}

fn damaged<R: Record>(row: &RawRow, error: &StoreError) -> Damaged {
    Damaged { key: row.key.clone(), why: error.to_string(), kind: R::KIND, revision: row.revision }
}
