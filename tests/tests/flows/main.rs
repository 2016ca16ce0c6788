//! Tests of whole flows through all crates, and of the rules of the workspace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod augmentation;
#[cfg(feature = "backends")]
mod backends;
mod card;
mod datasets;
mod dependencies;
mod diagnosis;
mod figures;
mod gradients;
mod health;
mod house;
mod import;
mod last_batch;
mod lecture;
mod licences;
mod lineage;
mod mutations;
mod networks;
mod old_records;
mod onnx;
mod pages;
mod pooling;
mod precision;
mod predictor;
mod recipes;
mod run;
mod selection;
mod sparse;
mod sweeps;
mod watch;
