//! Named streams of random numbers from one seed.
//!
//! Everything random in Zunder is drawn from a [`Key`]: a 64-bit name of a stream. Keys are
//! derived, never advanced, so a draw depends on *what* it is for (seed, purpose, epoch, sample)
//! and not on what was drawn before it. That is why results do not depend on the number of threads,
//! and why a resumed run needs no generator state.
//!
//! The words of a stream are those of SplitMix64 (Steele, Lea, Flood 2014: "Fast splittable
//! pseudorandom number generators"), addressed by counter. SplitMix64 passes BigCrush. It is not
//! suitable for cryptography. All operations are on integers, or on floats through `libm`, so the
//! numbers are the same on every machine.
//!
//! ```
//! use zunder_random::Key;
//!
//! let shuffle = Key::new(42).named("shuffle").at(3); // epoch 3
//! let mut order: Vec<u32> = (0..10).collect();
//! shuffle.rng().shuffle(&mut order);
//! let again = { let mut o: Vec<u32> = (0..10).collect(); shuffle.rng().shuffle(&mut o); o };
//! assert_eq!(order, again);
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod key;
mod rng;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use key::Key;
pub use rng::Rng;
