//! Tests of the models against reference values and general properties.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod fold;
mod mlp;
mod pytorch;
mod residual_mlp;
