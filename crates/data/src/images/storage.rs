use serde::{Deserialize, Serialize};

/// Where the pixels of a data set stay while it is used. It never changes a result, to the bit.
///
/// Labels are read into memory either way: 4 bytes an image. With the lists of a
/// [`Split`](crate::Split) and a [`Loader`](crate::Loader) that makes up to 16 bytes an image,
/// where a CIFAR image has 3,072 bytes of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Storage {
    /// Read into memory as a whole. The default.
    #[default]
    Memory,
    /// Left in the files, which are mapped into the address space: the system reads a page when it
    /// is used and drops it when memory is short, so a set may be larger than memory. The loader
    /// asks for the pages of the next batch ahead. Random order then costs a page or two (4 KiB) of
    /// reading for each image that is in no cache;
    /// [`shuffle_block`](crate::LoaderConfig::shuffle_block) lets it read whole blocks instead.
    ///
    /// **The files must stay as they are while the data set exists.** Sizes are checked when it is
    /// opened, but the system kills a process that reads where a file no longer reaches (SIGBUS on
    /// Unix; Windows refuses to shorten a mapped file), and bytes that change are images that
    /// change, behind the back of the compiler too. To replace a file, write another one and rename
    /// it into the place: the old one then lives until it is unmapped.
    Mapped,
}
