//! The authorization endpoint's decisions, step by step.

mod approve;
mod next_step;
mod validate;
