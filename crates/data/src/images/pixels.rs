//! Pixels in memory or in mapped files.

use std::borrow::Cow;

use crate::images::mapped::Mapped;

/// The pixels of a data set, one image after the other.
#[derive(Clone, Debug)]
pub(crate) enum Pixels {
    /// All of them in one buffer.
    Memory(Vec<u8>),
    /// In mapped files.
    Mapped(Mapped),
}

impl Pixels {
    /// Returns the `len` bytes of image `i`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such image.
    #[inline]
    pub fn image(&self, i: usize, len: usize) -> &[u8] {
        match self {
            Self::Memory(pixels) => &pixels[i * len..(i + 1) * len],
            Self::Mapped(mapped) => mapped.image(i),
        }
    }

    /// Returns the bytes of all `images` images, `len` each, in one piece.
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

    /// Keeps the images at `indices` (ascending). A buffer is reused, files stay mapped.
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

    /// Returns the images of two sets, `len` bytes each: numbers below `images` are those of
    /// `first`, all others those of `second` following them.
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

    /// Requests that the images at `indices` are read ahead of their use, unless they are in
    /// memory.
    #[inline]
    pub fn will_need(&self, indices: &[u32]) {
        match self {
            Self::Memory(_) => {}
            Self::Mapped(mapped) => mapped.will_need(indices),
        }
    }
}
