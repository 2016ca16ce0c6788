//! The program from outside, as a user and a shell have it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod cli;
mod common;
mod cut_short;
mod experiments;
mod first_run;
mod flags;
mod help;
mod kills;
mod listing;
mod open;
mod output;
mod panics;
mod refusals;
mod resume;
mod run_files;
mod scores;
mod signals;
mod sizes;
mod terminal;
mod tools;
mod weights;
