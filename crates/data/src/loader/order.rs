//! The order of the images in an epoch, and the order in which they are read.

use zunder_random::Key;

/// The number of blocks whose images are shuffled together, large enough that a batch has images
/// from all over the set.
const WINDOW: usize = 256;

/// The order of an epoch.
#[derive(Debug)]
pub(crate) struct Order {
    /// The images in the order of delivery.
    images: Vec<u32>,
    /// The images in the best order for reading from a disk, if that differs.
    reading: Option<Vec<u32>>,
    /// The number of images by which reading is ahead of delivery.
    lead: usize,
}

impl Order {
    /// Returns the images in the given order, read `lead` images ahead.
    pub fn plain(images: Vec<u32>, lead: usize) -> Self {
        Self { images, reading: None, lead }
    }

    /// Blocks of `block` images, at least 1, in random order, and then the images within every
    /// [`WINDOW`] blocks shuffled; read one window ahead, or at least `lead` images.
    pub fn in_blocks(images: &[u32], block: usize, lead: usize, key: Key) -> Self {
        let mut blocks: Vec<&[u32]> = images.chunks(block).collect();
        key.named("blocks").rng().shuffle(&mut blocks);
        let reading = blocks.concat();
        let window = block.saturating_mul(WINDOW);
        let mut images = reading.clone();
        for (i, window) in images.chunks_mut(window).enumerate() {
            key.named("images").at(i as u64).rng().shuffle(window);
        }
        Self { images, reading: Some(reading), lead: lead.max(window) }
    }

    /// Returns the images `start` to `end` of the epoch, limited to those that exist.
    pub fn images(&self, start: usize, end: usize) -> &[u32] {
        part(&self.images, start, end)
    }

    /// Returns the images to read first.
    pub fn first_read(&self) -> &[u32] {
        part(self.reading(), 0, self.lead)
    }

    /// Returns the images to read while images `start` to `end` are made.
    pub fn read_ahead(&self, start: usize, end: usize) -> &[u32] {
        part(self.reading(), start.saturating_add(self.lead), end.saturating_add(self.lead))
    }

    fn reading(&self) -> &[u32] {
        self.reading.as_ref().unwrap_or(&self.images)
    }
}

fn part(images: &[u32], start: usize, end: usize) -> &[u32] {
    &images[start.min(images.len())..end.min(images.len())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(n: usize) -> Vec<u32> {
        (0..n as u32).collect()
    }

    proptest! {
        #[test]
        fn every_image_is_delivered_once_and_read_once_before(
            n in 0_usize..3000,
            block in prop_oneof![1_usize..8, Just(usize::MAX)],
            batch in 1_usize..100,
            lead in 0_usize..300,
            seed in any::<u64>(),
        ) {
            let order = Order::in_blocks(&all(n), block, lead, Key::new(seed));
            let mut read = vec![false; n];
            let mut mark = |images: &[u32]| {
                for &i in images {
                    let before = std::mem::replace(&mut read[i as usize], true);
                    assert!(!before, "image {i} is read again");
                }
            };
            mark(order.first_read());
            let mut delivered = Vec::new();
            for start in (0..n).step_by(batch) {
                mark(order.read_ahead(start, start + batch));
                delivered.extend_from_slice(order.images(start, start + batch));
            }
            prop_assert!(read.iter().all(|&read| read));
            delivered.sort_unstable();
            prop_assert_eq!(delivered, all(n));
        }
    }

    /// The window of an image contains the other images of its block, and those of 255 blocks from
    /// anywhere.
    #[test]
    fn blocks_come_from_anywhere_and_their_images_in_any_order() {
        let n = 64 * WINDOW * 8;
        let order = Order::in_blocks(&all(n), 64, 0, Key::new(1));
        let window = order.images(0, 64 * WINDOW);
        let mut blocks: Vec<u32> = window.iter().map(|i| i / 64).collect();
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), WINDOW);
        let lowest_eighth = blocks.iter().filter(|&&block| (block as usize) < WINDOW).count();
        assert!(
            (10..60).contains(&lowest_eighth),
            "{lowest_eighth} of 256 blocks, expected about 32"
        );
        let mut in_batch: Vec<u32> = window[..128].iter().map(|i| i / 64).collect();
        in_batch.sort_unstable();
        in_batch.dedup();
        assert!(in_batch.len() > 80, "{} blocks in a batch", in_batch.len());
    }

    /// The images that are delivered one window later are read one window earlier, in runs.
    #[test]
    fn reading_is_by_whole_blocks() {
        let order = Order::in_blocks(&all(10_000), 16, 0, Key::new(1));
        assert!(order.first_read().chunks(16).all(|block| block.is_sorted_by(|a, b| a + 1 == *b)));
    }
}
