//! Downloads, verifies and unpacks the archives of data sets.
//!
//! [`catalogue`] lists CIFAR-10, CIFAR-100, MNIST and Fashion-MNIST with their places, sizes and
//! SHA-256; a [`DatasetSource`] of one's own works the same. [`fetch`] brings one into a data
//! folder:
//!
//! - What is complete is left alone, without a word on the network.
//! - A download goes to `NAME.part`, is resumed where it broke off, and takes its name only with
//!   the right SHA-256. A place that fails is followed by the next one.
//! - An archive gives only the files that its source lists, with the sizes that it lists, first
//!   beside their folder.
//! - Whatever a server sends, memory, disk and time stay bounded.
//! - Nothing is printed: a callback hears how far it is, at least ten times a second, and may stop
//!   it.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use zunder_fetch::{FetchConfig, Progress, by_name, fetch};
//!
//! let source = by_name("cifar10")?;
//! let fetched = fetch(&source, "datasets".as_ref(), &FetchConfig::default(), &mut |now: &Progress| {
//!     eprintln!("{}: {} of {} bytes", now.file, now.done, now.total);
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(fetched.folder.to_str(), Some("datasets/cifar-10-batches-bin"));
//! # Ok::<(), zunder_fetch::FetchError>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod by_hand;
mod catalogue;
mod config;
mod connection;
mod download;
mod error;
mod fetch;
mod files;
mod lock;
mod part;
mod present;
mod problem;
mod progress;
mod proxy;
mod response;
mod source;
mod unpack;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use catalogue::{by_name, catalogue};
pub use config::FetchConfig;
pub use error::FetchError;
pub use fetch::{Fetched, fetch};
pub use present::missing;
pub use problem::{Attempt, Problem};
pub use progress::{Progress, Stage};
pub use source::{Archive, DatasetSource, Member, RemoteFile};
