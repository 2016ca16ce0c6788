//! Tests of the program through its command line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod cli;
mod common;
mod cut_short;
mod exchange;
mod experiments;
mod first_run;
mod flags;
mod help;
mod images;
mod interruption;
mod kills;
mod listing;
mod open;
mod output;
mod panics;
mod refusals;
mod remote;
mod resume;
mod run_files;
mod scores;
mod signals;
mod sizes;
mod terminal;
mod tools;
mod weights;
