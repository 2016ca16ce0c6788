//! The models against references and their properties.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod mlp;
mod pytorch;
mod residual_mlp;
