//! Devices of other processes and machines: names, connections, and the limit on waiting for them.
//!
//! Burn waits for a server without a limit. All traffic to a server therefore passes through a
//! [`Link`] of this process, which can be cut: Burn then reports an error to every thread that
//! waits. A clock cuts the links of a run whose step takes too long.
//!
//! Only `device/remote.rs` and `device/serve.rs` need Burn's part; the rest is tested in every
//! build.

#![cfg_attr(not(feature = "remote"), allow(dead_code, unused_imports, reason = "remote devices"))]

#[cfg(any(feature = "remote", test))]
mod clock;
#[cfg(any(feature = "remote", test))]
mod link;
#[cfg(any(feature = "remote", test))]
mod name;
#[cfg(not(any(feature = "remote", test)))]
mod nothing;
#[cfg(any(feature = "remote", test))]
mod token;

#[cfg(any(feature = "remote", test))]
pub(crate) use clock::{attach, busy, guard, patience, pause, steps};
#[cfg(any(feature = "remote", test))]
pub(crate) use link::Link;
#[cfg(any(feature = "remote", test))]
pub(crate) use name::RemoteName;
#[cfg(not(any(feature = "remote", test)))]
pub(crate) use nothing::{busy, guard, pause, steps};
#[cfg(any(feature = "remote", test))]
pub use token::device_token;
