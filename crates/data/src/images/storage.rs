//! The storage of pixels: in memory or in mapped files.

use serde::{Deserialize, Serialize};

/// The storage of the pixels of a data set. It changes no bit of any result.
///
/// Labels are read into memory in any case: 4 bytes per image. With the lists of a
/// [`Split`](crate::Split) and a [`Loader`](crate::Loader) that makes up to 16 bytes per image,
/// while a CIFAR image has 3,072 bytes of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Storage {
    /// All pixels are read into memory. The default.
    #[default]
    Memory,
    /// The pixels stay in the files, which are mapped into the address space: the system reads a
    /// page when it is used and drops it when memory is short, so a set may be larger than memory.
    /// The loader requests the pages of the next batch ahead. Random order then costs one or two
    /// pages (4 KiB) of reading for each image that is not cached;
    /// [`shuffle_block`](crate::LoaderConfig::shuffle_block) makes it read whole blocks instead.
    ///
    /// **The files must not change while the data set exists.** Sizes are checked when it is
    /// opened, but the system kills a process that reads beyond the end of a shortened file (SIGBUS
    /// on Unix; Windows refuses to shorten a mapped file), and bytes that change are images that
    /// change, unknown to the compiler. To replace a file, write another one and rename it: the old
    /// one then exists until it is unmapped.
    Mapped,
}
