//! Burn's training with Zunder's parts, and Zunder's training in Burn's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod loader;
mod metrics;
mod optimizer;
#[cfg(feature = "run")]
mod run;
mod setup;
mod silent;
mod strategy;
