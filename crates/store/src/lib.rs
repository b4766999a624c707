//! Where Countersign keeps its records: memory and SQLite behind one trait, [`Backend`].
//!
//! Every record has a revision. A decision names the revisions that it was based on, and [`Store::commit`] applies all
//! of its writes or none: `None` says that a record has changed meanwhile, and that the decision must be made again. No
//! row is kept in a cache, so that a command-line tool may change the database of a running server; what is kept is how
//! a row's text was decoded. What is *in* a record is the engine's business; nothing above this crate knows which backend
//! it talks to.

mod backend;
mod damage;
mod decoded;
mod error;
mod facts;
mod memory;
mod reads;
pub mod sqlite;
mod store;

pub use backend::{Backend, By, Page, RawRow, Swept};
pub use damage::{Damaged, Scanned};
pub use error::StoreError;
pub use memory::Memory;
pub use reads::{MAX_RELATED, MAX_SHOWN};
pub use sqlite::Sqlite;
pub use store::Store;
