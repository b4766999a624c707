//! Rows taken apart, and those that were taken apart before, by the very text of the row.
//!
//! Rows are read from the backend each time, so a change counts at once, whoever made it: another request, another
//! process. What is spared is reading the same JSON again. Since a record is a function of its row's text, what is found
//! here under a text can't be out of date.

use std::{any::Any, fmt, sync::Arc};

use countersign_engine::{
    Stored,
    records::{Kind, Record},
};
use quick_cache::{Weighter, sync::Cache};

use crate::{RawRow, StoreError};

/// Most bytes of text that are kept. With the records beside them that is about 4 MB of memory.
const MOST_BYTES: u64 = 1024 * 1024;
/// So many rows of usual length that is.
const ROWS: usize = 2048;

type Shared = Arc<dyn Any + Send + Sync>;

/// What was decoded.
pub(crate) struct Decoded(Cache<String, Shared, Length>);

#[derive(Clone)]
struct Length;

impl Weighter<String, Shared> for Length {
    fn weight(&self, text: &String, _: &Shared) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX)
    }
}

impl Default for Decoded {
    fn default() -> Self {
        Self(Cache::with_weighter(ROWS, MOST_BYTES, Length))
    }
}

impl Decoded {
    /// The record in a row, with its revision.
    pub(crate) fn stored<R: Record>(&self, row: &RawRow) -> Result<Stored<R>, StoreError> {
        match self.record(&row.body) {
            Ok(record) => Ok(Stored::shared(record, row.revision)),
            Err(error) => {
                let what = format!("a row of `{}`, {}", R::KIND.table(), row.key);
                Err(StoreError::Corrupt { what, source: error.into() })
            }
        }
    }

    fn record<R: Record>(&self, text: &str) -> serde_json::Result<Arc<R>> {
        if !is_read_again(R::KIND) {
            return serde_json::from_str(text).map(Arc::new);
        }
        if let Some(Ok(record)) = self.0.get(text).map(Arc::downcast) {
            return Ok(record);
        }
        let record: Arc<R> = Arc::new(serde_json::from_str(text)?);
        self.0.insert(text.to_owned(), record.clone());
        Ok(record)
    }
}

/// Codes, refresh tokens and the like are read once or twice: to keep them costs more than it spares.
const fn is_read_again(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Client | Kind::User | Kind::Browser | Kind::Session | Kind::Authorization | Kind::Family | Kind::Access
    )
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").field("rows", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_engine::records::{Once, User};

    use super::{Decoded, MOST_BYTES};

    fn text(name: &str) -> String {
        format!(
            r#"{{"subject":"u_{name}","username":"{name}","password":null,"claims":{{}},"enabled":true,"created_at":0}}"#
        )
    }

    fn user(decoded: &Decoded, name: &str) -> Arc<User> {
        decoded.record(&text(name)).unwrap()
    }

    #[test]
    fn the_same_text_is_decoded_once_and_another_text_again() {
        let decoded = Decoded::default();
        let first = user(&decoded, "alice");
        assert!(Arc::ptr_eq(&first, &user(&decoded, "alice")));
        let changed: Arc<User> = decoded.record(&text("alice").replace("true", "false")).unwrap();
        assert!(first.enabled && !changed.enabled);
        assert!(user(&decoded, "alice").enabled, "a row that was changed back");
    }

    #[test]
    fn a_text_of_another_kind_is_not_mistaken() {
        let decoded = Decoded::default();
        user(&decoded, "alice");
        assert!(decoded.record::<countersign_engine::records::Client>(&text("alice")).is_err());
        assert_eq!(user(&decoded, "alice").username, "alice");
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let decoded = Decoded::default();
        let long = "x".repeat(1000);
        for n in 0..10_000 {
            user(&decoded, &format!("{n}-{long}"));
        }
        assert!((MOST_BYTES / 2..=MOST_BYTES).contains(&decoded.0.weight()), "{}", decoded.0.weight());
        let huge = "x".repeat(usize::try_from(MOST_BYTES).unwrap());
        assert_eq!(user(&decoded, &huge).username.len(), huge.len());
        assert!(decoded.0.weight() <= MOST_BYTES);
    }

    #[test]
    fn broken_rows_and_rows_of_one_use_are_not_kept() {
        let decoded = Decoded::default();
        assert!(decoded.record::<User>("{").is_err());
        assert!(decoded.record::<Once>(r#"{"key":"k","expires_at":0}"#).is_ok());
        assert!(decoded.0.is_empty());
    }
}
