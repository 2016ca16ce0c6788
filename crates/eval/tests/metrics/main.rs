//! Tests of metrics and records against reference values and general properties.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod goldens;
mod properties;
mod ranking_properties;
mod records;
mod scikit_learn;
mod undefined;
