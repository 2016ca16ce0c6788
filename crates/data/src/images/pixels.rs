//! Pixels in memory or in mapped files.

use std::borrow::Cow;

use crate::images::mapped::Mapped;

/// The pixels of a data set, one image after the other.
#[derive(Clone, Debug)]
pub(crate) enum Pixels {
    /// All of them in one buffer.
    Memory(Vec<u8>),
    /// In files.
    Mapped(Mapped),
}

impl Pixels {
    /// The `len` bytes of image `i`.
    ///
    /// # Panics
    ///
    /// If there are not so many images.
    #[inline]
    pub fn image(&self, i: usize, len: usize) -> &[u8] {
        match self {
            Self::Memory(pixels) => &pixels[i * len..(i + 1) * len],
            Self::Mapped(mapped) => mapped.image(i),
        }
    }

    /// The `len` bytes of each of `images` images in one piece.
    pub fn all(&self, images: usize, len: usize) -> Cow<'_, [u8]> {
        match self {
            Self::Memory(pixels) => Cow::Borrowed(pixels),
            Self::Mapped(_) => {
                let mut all = Vec::with_capacity(images * len);
                (0..images).for_each(|i| all.extend_from_slice(self.image(i, len)));
                Cow::Owned(all)
            }
        }
    }

    /// The images at `indices` alone, which ascend. A buffer is reused, files stay mapped.
    pub fn subset(self, indices: &[u32], len: usize) -> Self {
        match self {
            Self::Memory(mut pixels) => {
                for (to, &from) in indices.iter().enumerate() {
                    let from = from as usize * len;
                    pixels.copy_within(from..from + len, to * len);
                }
                pixels.truncate(indices.len() * len);
                pixels.shrink_to_fit();
                Self::Memory(pixels)
            }
            Self::Mapped(mapped) => Self::Mapped(mapped.subset(indices)),
        }
    }

    /// Images of two sets, of `len` bytes each: numbers below `images` are those of `first`, all
    /// others those of `second` behind them.
    pub fn joined(
        (first, images): (&Self, usize),
        second: &Self,
        indices: &[u32],
        len: usize,
    ) -> Self {
        if let (Self::Mapped(first), Self::Mapped(second)) = (first, second) {
            return Self::Mapped(Mapped::joined((first, images), second, indices));
        }
        let mut pixels = Vec::with_capacity(indices.len() * len);
        for &i in indices {
            let i = i as usize;
            pixels.extend_from_slice(if i < images {
                first.image(i, len)
            } else {
                second.image(i - images, len)
            });
        }
        Self::Memory(pixels)
    }

    /// Has the images at `indices` read ahead of their use, unless they are in memory.
    #[inline]
    pub fn will_need(&self, indices: &[u32]) {
        match self {
            Self::Memory(_) => {}
            Self::Mapped(mapped) => mapped.will_need(indices),
        }
    }
}
