//! Images in files that are mapped into the address space.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, MmapOptions};

use crate::DataError;
use crate::error::unreadable;

/// The layout of images at equal distances in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The number of bytes before the first image.
    pub offset: u64,
    /// The number of bytes from the start of an image to the start of the next, at least `image`.
    pub stride: usize,
    /// The number of bytes of an image, at least 1.
    pub image: usize,
    /// Number of images.
    pub images: usize,
}

impl Layout {
    /// Returns the number of bytes from the start of the first image to the end of the last, capped
    /// at the largest `u64`.
    fn extent(self) -> u64 {
        match (self.images as u64).checked_sub(1) {
            Some(before) => {
                before.saturating_mul(self.stride as u64).saturating_add(self.image as u64)
            }
            None => 0,
        }
    }
}

/// The images of one file.
#[derive(Debug)]
pub(crate) struct Segment {
    map: Mmap,
    layout: Layout,
}

impl Segment {
    /// Maps the images of `file`. `path` is for messages.
    ///
    /// # Errors
    ///
    /// Returns an error if the file ends before its last image, or if the system cannot map it.
    pub fn map(file: &File, path: &Path, layout: Layout) -> Result<Self, DataError> {
        let failed = |reason| unreadable(path, reason);
        let (got, expected) =
            (file.metadata().map_err(failed)?.len(), layout.offset.saturating_add(layout.extent()));
        if got < expected {
            return Err(DataError::Truncated { path: path.to_path_buf(), got, expected });
        }
        let extent = usize::try_from(layout.extent())
            .map_err(|_| failed(std::io::ErrorKind::OutOfMemory.into()))?;
        let mut options = MmapOptions::new();
        options.offset(layout.offset).len(extent);
        // SAFETY: nothing here writes to the map, and all of it lies inside the file, as was just
        // checked. The user of `Storage::Mapped` must guarantee that the file is not changed or
        // shortened meanwhile; no system can enforce it.
        #[expect(unsafe_code, reason = "a file can be changed by others while it is mapped")]
        let map = unsafe { options.map(file) }.map_err(failed)?;
        // Pages are requested by `will_need`, so the system need not guess and read up to megabytes
        // around a page. This is only advice, so a failure does no harm.
        #[cfg(unix)]
        let _ = map.advise(memmap2::Advice::Random);
        Ok(Self { map, layout })
    }

    #[inline]
    fn image(&self, i: usize) -> &[u8] {
        &self.map[i * self.layout.stride..][..self.layout.image]
    }

    /// Requests the pages of `images`, which ascend and come after `first` others.
    #[cfg(unix)]
    fn will_need(&self, images: &[u32], first: usize) {
        /// Bytes between two images are read with them if they are at most about a page: one
        /// request is cheaper than two.
        const GAP: usize = 4096;
        let Layout { stride, image, .. } = self.layout;
        let near = (image + GAP) / stride;
        for run in images.chunk_by(|a, b| (b - a) as usize <= near) {
            if let (Some(start), Some(last)) = (run.first(), run.last()) {
                let (start, end) =
                    ((*start as usize - first) * stride, (*last as usize - first) * stride + image);
                // This is only advice, so a failure does no harm.
                let _ = self.map.advise_range(memmap2::Advice::WillNeed, start, end - start);
            }
        }
    }
}

/// The images of several files in sequence, or some of them. A clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    segments: Arc<[Arc<Segment>]>,
    /// The number of images before each segment.
    starts: Arc<[usize]>,
    /// The numbers of the files' images that these are, ascending; `None` for all.
    chosen: Option<Arc<[u32]>>,
}

impl Mapped {
    pub fn new(segments: Vec<Segment>) -> Self {
        Self::shared(segments.into_iter().map(Arc::new).collect())
    }

    fn shared(segments: Vec<Arc<Segment>>) -> Self {
        let starts = segments.iter().scan(0, |next, segment| {
            let start = *next;
            *next += segment.layout.images;
            Some(start)
        });
        Self { starts: starts.collect(), segments: segments.into(), chosen: None }
    }

    /// Returns the images of two sets: numbers below `images` are those of `first`, all others
    /// those of `second` following them.
    pub fn joined((first, images): (&Self, usize), second: &Self, indices: &[u32]) -> Self {
        let all = Self::shared(first.segments.iter().chain(&*second.segments).cloned().collect());
        let before: usize = first.segments.iter().map(|segment| segment.layout.images).sum();
        let chosen = indices.iter().map(|&i| match (i as usize).checked_sub(images) {
            None => first.in_files(i),
            Some(i) => before as u32 + second.in_files(i as u32),
        });
        Self { chosen: Some(chosen.collect()), ..all }
    }

    /// Keeps the images at `indices` (ascending).
    ///
    /// # Panics
    ///
    /// Panics if an index is not below the number of images.
    pub fn subset(self, indices: &[u32]) -> Self {
        let chosen = indices.iter().map(|&i| self.in_files(i)).collect();
        Self { chosen: Some(chosen), ..self }
    }

    /// Returns the number of image `i` among those of the files.
    #[inline]
    fn in_files(&self, i: u32) -> u32 {
        self.chosen.as_ref().map_or(i, |chosen| chosen[i as usize])
    }

    /// Returns the bytes of image `i`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such image.
    #[inline]
    pub fn image(&self, i: usize) -> &[u8] {
        let i = self.in_files(i as u32) as usize;
        // If segments start at the same position, the last one has images.
        let segment = self.starts.partition_point(|&start| start <= i) - 1;
        self.segments[segment].image(i - self.starts[segment])
    }

    /// Requests that the system reads the pages of these images, without waiting for them.
    #[cfg(unix)]
    pub fn will_need(&self, indices: &[u32]) {
        let mut rest: Vec<u32> = indices.iter().map(|&i| self.in_files(i)).collect();
        rest.sort_unstable();
        let mut rest = rest.as_slice();
        for (segment, &start) in self.segments.iter().zip(&*self.starts) {
            let inside = rest.partition_point(|&i| (i as usize) < start + segment.layout.images);
            segment.will_need(&rest[..inside], start);
            rest = &rest[inside..];
        }
    }

    /// Does nothing: this system reads pages when they are used.
    #[cfg(not(unix))]
    pub fn will_need(&self, _indices: &[u32]) {}
}

#[cfg(test)]
mod tests;
