//! Sizes in a header allocate nothing: memory is allocated for the data present. The test is alone
//! in its file, since it counts the bytes of the whole process.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use zunder_data::idx::{MNIST, load};

use self::common::{gzip, idx};

/// The system's allocator, which counts the allocated bytes and remembers the maximum.
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
        // SAFETY: the caller guarantees what `System` requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Returns the peak of the bytes allocated by loading `dir`.
fn cost(dir: &Path) -> (usize, bool) {
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let result = load(dir, &MNIST);
    (MOST.load(Ordering::Relaxed) - before, result.is_ok())
}

/// Four files with the same header sizes: as many labels, and fewer values.
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

/// The memory of buffers, decoders and threads.
const ALLOWANCE: usize = 1 << 20;

#[test]
fn memory_is_taken_for_what_a_file_has() {
    rayon::join(|| (), || ()); // starts the threads
    let sizes = prop::array::uniform3(prop_oneof![1_u32..2000, any::<u32>()]);
    let values = prop::collection::vec(any::<u8>(), 0..5000);
    proptest!(|(sizes in sizes, values in values, packed in any::<bool>())| {
        let (cost, _) = cost(folder(sizes, &values, packed).path());
        prop_assert!(cost < ALLOWANCE, "{} bytes", cost);
    });

    // Sizes just below the limit, of which a zip bomb has a hundredth: 10 MB from 50 kB.
    let zeros = vec![0; 10_000_000];
    let bomb = folder([10_000_000, 10, 10], &zeros, true);
    let (bytes, loaded) = cost(bomb.path());
    // The images of both parts, each twice while the buffer grows, and the labels of both, which
    // are complete.
    assert!(!loaded && bytes < 2 * (20_000_000 + 20_000_000) + ALLOWANCE, "{bytes} bytes");
}
