//! Where Countersign keeps its records: memory and SQLite behind one trait.
