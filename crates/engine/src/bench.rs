//! A bench for decisions.
