//! Fetches from local servers with every kind of fault.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod archives;
mod download;
mod hostile;
mod interrupted;
mod local;
mod proxy;
mod random_archives;
mod resume;
mod server;
mod setup;
