//! Reads a folder of records: the names of the classes, a training file and a test file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder_data::records::RecordsConfig;
use zunder_data::{ImageShape, Storage};
use zunder_fuzz::{flags, folder, pieces, write};

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    let [classes, train, test] = pieces(bytes);
    for (name, piece) in
        [("batches.meta.txt", classes), ("data_batch_1.bin", train), ("test_batch.bin", test)]
    {
        write(name, piece);
    }
    let shape = ImageShape {
        channels: 1 + usize::from(how & 3),
        height: usize::from(how >> 2 & 7),
        width: 2,
    };
    for storage in [Storage::Memory, Storage::Mapped] {
        if let Ok(data) = (RecordsConfig { shape, storage, ..RecordsConfig::new(folder()) }).load()
        {
            for part in [&data.train, &data.test] {
                assert_eq!(part.pixels().len(), part.len() * shape.len());
                assert!(part.labels().iter().all(|label| (*label as usize) < data.classes.len()));
            }
        }
    }
});
