//! Tests of losses, optimisers, schedules and the training loop.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod fit;
mod losses;
mod pytorch;
mod schedules;
mod worked_examples;
