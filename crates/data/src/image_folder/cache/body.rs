//! The body of a cache file, hashed while it is read or written.

use std::cmp::Ordering;
use std::io::{self, BufWriter, Read, Write};

use sha2::{Digest, Sha256};

use super::super::decode::Part;
use super::super::listing::ImageFile;
use super::super::plan::{Decoded, Plan};
use super::super::survey::{MEGABYTE, can_have, data_bytes};
use super::super::{Findings, ImageFolderConfig};
use super::damaged;
use crate::images::pixels::Pixels;
use crate::watch::Count;
use crate::{ImageShape, Storage};

/// The number of bytes in which pixels are written and read, so that they are hashed while they are
/// in the processor's cache.
const PIECE: usize = 1 << 16;

/// The number of counters of the findings of a part.
const COUNTS: usize = 9;

pub(super) struct Writer<W: Write> {
    file: BufWriter<W>,
    hasher: Sha256,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(file: W) -> Self {
        Self { file: BufWriter::with_capacity(PIECE, file), hasher: Sha256::new() }
    }

    /// Writes everything, and returns the position of the pixels in the body.
    pub(super) fn decoded(
        &mut self,
        plan: &Plan,
        decoded: &Decoded,
        count: &Count<'_>,
    ) -> io::Result<u64> {
        let shape = decoded.shape;
        let mut head = Vec::new();
        for side in [shape.channels, shape.height, shape.width, plan.classes.len()] {
            head.extend((side as u64).to_le_bytes());
        }
        for class in &plan.classes {
            text(&mut head, class);
        }
        for part in [&decoded.train, &decoded.test] {
            head.extend((part.labels.len() as u64).to_le_bytes());
            head.extend(part.labels.iter().flat_map(|label| label.to_le_bytes()));
            head.extend((part.broken.len() as u64).to_le_bytes());
            for (place, reason) in &part.broken {
                head.extend((*place as u64).to_le_bytes());
                text(&mut head, reason);
            }
            head.extend(counts(&part.findings).iter().flat_map(|count| count.to_le_bytes()));
        }
        self.bytes(&head)?;
        for part in [&decoded.train, &decoded.test] {
            for i in 0..part.labels.len() {
                self.bytes(part.pixels.image(i, shape.len()))?;
                count.add(1);
                count.check().map_err(io::Error::other)?;
            }
        }
        Ok(head.len() as u64)
    }

    /// Returns the hash of everything written, after flushing it to the file.
    pub(super) fn finish(mut self) -> io::Result<[u8; 32]> {
        self.file.flush()?;
        Ok(self.hasher.finalize().into())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes)
    }
}

/// Returns the counters of findings, in the order of the file.
fn counts(findings: &Findings) -> [u64; COUNTS] {
    let Findings { images, deep: [a, b, c, d, e], cut_off, vanished, scaled_away } = *findings;
    [images, cut_off, vanished, scaled_away, a, b, c, d, e]
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

pub(super) struct Reader<R> {
    file: R,
    hasher: Sha256,
    /// The number of bytes left. Nothing longer is allocated.
    left: u64,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(file: R, left: u64) -> Self {
        Self { file, hasher: Sha256::new(), left }
    }

    /// Returns the images of `plan`, and the position of their pixels in the body. Pixels that are
    /// to be mapped are only hashed. `None` if the images need more memory than allowed.
    pub(super) fn decoded(
        &mut self,
        plan: &Plan,
        config: &ImageFolderConfig,
    ) -> io::Result<Option<(Decoded, u64)>> {
        let length = self.left;
        let shape =
            ImageShape { channels: self.number()?, height: self.number()?, width: self.number()? };
        if !can_have(config, shape) {
            return Err(damaged(&format!(
                "its images are {shape}, which the settings do not give"
            )));
        }
        let n_classes = self.number()?;
        for class in &plan.classes {
            if n_classes != plan.classes.len() || self.text()? != *class {
                return Err(damaged("its classes are other ones"));
            }
        }
        let (mut train, mut test) = (self.part(&plan.train)?, self.part(&plan.test)?);
        let images = train.labels.len() + test.labels.len();
        // The pixels are the rest, so a wrong shape is detected before anything is allocated for
        // it.
        match (images.saturating_mul(shape.len()) as u64).cmp(&self.left) {
            Ordering::Less => return Err(damaged("it is too long")),
            Ordering::Greater => return Err(damaged("it is cut short")),
            Ordering::Equal => {}
        }
        if data_bytes(images, shape, config.storage).div_ceil(MEGABYTE) > config.max_memory_mb {
            return Ok(None);
        }
        let offset = length - self.left;
        for part in [&mut train, &mut test] {
            let bytes = part.labels.len().saturating_mul(shape.len());
            match config.storage {
                Storage::Memory => part.pixels = Pixels::Memory(self.bytes(bytes)?),
                Storage::Mapped => self.pass(bytes)?,
            }
        }
        Ok(Some((Decoded { shape, train, test }, offset)))
    }

    /// Returns the hash of everything read.
    pub(super) fn hash(self) -> [u8; 32] {
        self.hasher.finalize().into()
    }

    /// Reads a part without its pixels: the labels of the `files` that are not broken.
    fn part(&mut self, files: &[ImageFile]) -> io::Result<Part> {
        let n = self.number()?;
        let labels: Vec<u32> = self
            .bytes(n.saturating_mul(4))?
            .as_chunks()
            .0
            .iter()
            .map(|&word| u32::from_le_bytes(word))
            .collect();
        let n_broken = self.number()?;
        let mut broken = Vec::new();
        for _ in 0..n_broken {
            broken.push((self.number()?, self.text()?));
        }
        let mut next = broken.iter().map(|(place, _)| *place).peekable();
        let whole = files
            .iter()
            .enumerate()
            .filter(|(i, _)| next.next_if_eq(i).is_none())
            .map(|(_, file)| file.label);
        if !whole.eq(labels.iter().copied()) || next.next().is_some() {
            return Err(damaged("its labels are other ones"));
        }
        let findings = self.findings()?;
        Ok(Part { pixels: Pixels::Memory(Vec::new()), labels, broken, findings })
    }

    fn findings(&mut self) -> io::Result<Findings> {
        let mut counts = [0; COUNTS];
        for count in &mut counts {
            let mut word = [0; 8];
            self.fill(&mut word)?;
            *count = u64::from_le_bytes(word);
        }
        let [images, cut_off, vanished, scaled_away, deep @ ..] = counts;
        Ok(Findings { images, deep, cut_off, vanished, scaled_away })
    }

    fn number(&mut self) -> io::Result<usize> {
        let mut word = [0; 8];
        self.fill(&mut word)?;
        usize::try_from(u64::from_le_bytes(word))
            .map_err(|_| damaged("a number in it is too large"))
    }

    fn text(&mut self) -> io::Result<String> {
        let n = self.number()?;
        String::from_utf8(self.bytes(n)?).map_err(|_| damaged("a text in it is not UTF-8"))
    }

    fn bytes(&mut self, n: usize) -> io::Result<Vec<u8>> {
        if n as u64 > self.left {
            return Err(damaged("it is cut short"));
        }
        let mut bytes = vec![0; n];
        for piece in bytes.chunks_mut(PIECE) {
            self.fill(piece)?;
        }
        Ok(bytes)
    }

    /// Hashes the next `n` bytes and discards them.
    fn pass(&mut self, n: usize) -> io::Result<()> {
        let mut piece = vec![0; PIECE.min(n)];
        for start in (0..n).step_by(PIECE) {
            self.fill(&mut piece[..PIECE.min(n - start)])?;
        }
        Ok(())
    }

    fn fill(&mut self, out: &mut [u8]) -> io::Result<()> {
        self.left =
            self.left.checked_sub(out.len() as u64).ok_or_else(|| damaged("it is cut short"))?;
        self.file.read_exact(out)?;
        self.hasher.update(out);
        Ok(())
    }
}
