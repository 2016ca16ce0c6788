//! What a header promises costs nothing: memory is taken for what a file has. Alone in its file,
//! since it counts the bytes of the whole process.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use zunder_data::idx::{MNIST, load};

use self::common::{gzip, idx};

/// The system's allocator, which counts the bytes held and remembers the most.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator is unsafe by nature; this one hands everything on")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Bytes that loading `dir` takes at most beyond those held before.
fn cost(dir: &Path) -> (usize, bool) {
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let result = load(dir, &MNIST);
    (MOST.load(Ordering::Relaxed) - before, result.is_ok())
}

/// Four files of the same promise: so many images and labels, and values of which there are fewer.
fn folder(sizes: [u32; 3], values: &[u8], packed: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let [images, labels] = [idx(&sizes, values), idx(&sizes[..1], values)]
        .map(|bytes| if packed { gzip(&bytes) } else { bytes });
    for prefix in ["train", "t10k"] {
        fs::write(dir.path().join(format!("{prefix}-images-idx3-ubyte")), &images).unwrap();
        fs::write(dir.path().join(format!("{prefix}-labels-idx1-ubyte")), &labels).unwrap();
    }
    dir
}

/// Buffers, decoders and threads.
const ALLOWANCE: usize = 1 << 20;

#[test]
fn memory_is_taken_for_what_a_file_has() {
    rayon::join(|| (), || ()); // starts the threads
    let sizes = prop::array::uniform3(prop_oneof![1_u32..2000, any::<u32>()]);
    proptest!(|(sizes in sizes, values in prop::collection::vec(any::<u8>(), 0..5000), packed in any::<bool>())| {
        let (cost, _) = cost(folder(sizes, &values, packed).path());
        prop_assert!(cost < ALLOWANCE, "{} bytes", cost);
    });

    // A promise just below the limit, of which a bomb keeps a hundredth: 10 MB from 50 kB.
    let zeros = vec![0; 10_000_000];
    let bomb = folder([10_000_000, 10, 10], &zeros, true);
    let (bytes, loaded) = cost(bomb.path());
    // The images of both parts, each twice while it grows, and the labels of both, of which there
    // are as many as promised.
    assert!(!loaded && bytes < 2 * (20_000_000 + 20_000_000) + ALLOWANCE, "{bytes} bytes");
}
