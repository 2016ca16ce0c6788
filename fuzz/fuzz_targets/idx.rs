//! Reads the files of MNIST: two of images and two of labels, each plain or compressed by gzip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder_data::{Storage, idx};
use zunder_fuzz::{flags, folder, gzip, pieces, write};

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    for (i, (name, piece)) in FILES.iter().zip(pieces::<4>(bytes)).enumerate() {
        let packed = how >> i & 1 == 1;
        write(name, &if packed { gzip(piece) } else { piece.to_vec() });
    }
    for storage in [Storage::Memory, Storage::Mapped] {
        if let Ok(data) = idx::load_with(folder(), &idx::MNIST, storage) {
            for part in [&data.train, &data.test] {
                assert_eq!(part.pixels().len(), part.len() * part.shape().len());
                assert!(part.labels().iter().all(|label| (*label as usize) < data.classes.len()));
            }
        }
    }
});
