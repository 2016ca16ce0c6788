//! Digests of images by their content, independent of names and locations.

use sha2::{Digest, Sha256};

use crate::ImageShape;
use crate::hash::sha256_lanes::{self, HEAD};

/// Returns the digest of an image's pixels: the first 64 bits, little-endian, of the SHA-256 over
/// channels, height and width (64-bit words, little-endian) and the pixels.
///
/// Two different images of a set of n have the same digest with a probability below n^2 / 2^65:
/// 3e-8 for a million images.
///
/// ```
/// use zunder_data::{ImageShape, pixel_digest};
///
/// let shape = ImageShape { channels: 1, height: 1, width: 2 };
/// assert_eq!(pixel_digest(shape, &[1, 2]), pixel_digest(shape, &[1, 2]));
/// assert_ne!(pixel_digest(shape, &[1, 2]), pixel_digest(shape, &[2, 1]));
/// ```
pub fn pixel_digest(shape: ImageShape, pixels: &[u8]) -> u64 {
    first_word(&pixel_hash(shape, pixels))
}

/// Returns the whole SHA-256 whose first word is [`pixel_digest`].
pub(crate) fn pixel_hash(shape: ImageShape, pixels: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(head(shape)).chain_update(pixels).finalize().into()
}

/// Returns the [`pixel_hash`] of each of several images of one shape.
pub(crate) fn pixel_hashes(shape: ImageShape, images: &[&[u8]]) -> Vec<[u8; 32]> {
    let (groups, rest) =
        if sha256_lanes::is_faster() { images.as_chunks() } else { (&[][..], images) };
    let head = head(shape);
    let together = groups.iter().flat_map(|group| sha256_lanes::hash(&head, group));
    together.chain(rest.iter().map(|image| pixel_hash(shape, image))).collect()
}

/// Returns the bytes that are hashed before the pixels.
fn head(shape: ImageShape) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    for (bytes, side) in
        head.as_chunks_mut().0.iter_mut().zip([shape.channels, shape.height, shape.width])
    {
        *bytes = (side as u64).to_le_bytes();
    }
    head
}

/// Returns the digest of the bytes of a file, or of a name: the first 64 bits, little-endian, of
/// their SHA-256.
pub fn content_digest(bytes: &[u8]) -> u64 {
    first_word(&Sha256::digest(bytes).into())
}

/// Sorts the digests and removes duplicates.
pub fn distinct_digests(mut digests: Vec<u64>) -> Vec<u64> {
    digests.sort_unstable();
    digests.dedup();
    digests
}

/// Returns the number of contents with several labels, of which all but one are wrong. Takes the
/// digest and the label of each image.
///
/// ```
/// assert_eq!(zunder_data::contradictory_labels(vec![(7, 0), (9, 1), (7, 0), (9, 2)]), 1);
/// ```
pub fn contradictory_labels(mut labelled: Vec<(u64, u32)>) -> usize {
    labelled.sort_unstable();
    labelled.dedup();
    labelled.chunk_by(|a, b| a.0 == b.0).filter(|labels| labels.len() > 1).count()
}

/// Returns the first 64 bits of a SHA-256.
pub(crate) fn first_word(hash: &[u8; 32]) -> u64 {
    hash.iter().take(8).rev().fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with `hashlib.sha256(struct.pack("<3Q2B", 1, 1, 2, 1, 2)).digest()[:8]` as a
    /// little-endian word. Runs store these digests, so they must never change.
    #[test]
    fn the_digest_is_that_of_the_documented_bytes() {
        let shape = ImageShape { channels: 1, height: 1, width: 2 };
        assert_eq!(pixel_digest(shape, &[1, 2]), DIGEST);
        assert_ne!(pixel_digest(ImageShape { height: 2, width: 1, ..shape }, &[1, 2]), DIGEST);
    }

    const DIGEST: u64 = 0xd04c_8b3b_1cfb_cca3;
}
