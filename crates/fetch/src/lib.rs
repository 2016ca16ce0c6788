//! Downloads, verifies and unpacks the archives of data sets.
//!
//! [`catalogue`] lists CIFAR-10, CIFAR-100, MNIST and Fashion-MNIST with their addresses, sizes and
//! SHA-256. A custom [`DatasetSource`] works in the same way. [`fetch`] brings a data set into a
//! data folder:
//!
//! - A complete data set is not changed, and the network is not used.
//! - A download is written to `NAME.part`, is resumed after an interruption, and gets its name only
//!   if the SHA-256 is right. If an address fails, the next one is tried.
//! - Only the files that the source lists are taken from an archive, with the listed sizes. They
//!   are unpacked beside their folder first.
//! - Memory, disk space and time are bounded, whatever a server sends.
//! - Nothing is printed. A callback receives the progress at least ten times per second and may
//!   stop the fetch.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use zunder_fetch::{FetchConfig, Progress, by_name, fetch};
//!
//! let source = by_name("cifar10")?;
//! let fetched =
//!     fetch(&source, "datasets".as_ref(), &FetchConfig::default(), &mut |now: &Progress| {
//!         eprintln!("{}: {} of {} bytes", now.file, now.done, now.total);
//!         ControlFlow::Continue(())
//!     })?;
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
