//! Reads CIFAR-10 and CIFAR-100: files of the right size, with the input in one place and zeros
//! elsewhere.
#![no_main]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use libfuzzer_sys::fuzz_target;
use zunder_data::{Storage, cifar10, cifar100};
use zunder_fuzz::{flags, folder, pieces, write};

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    let [names, train, test] = pieces(bytes);
    let (of_100, right) = (how & 1 == 1, how & 2 == 0);
    let record = if of_100 { 3_074 } else { 3_073 };
    let (files, rows): (&[&str], _) = if of_100 {
        (&["train.bin", "test.bin"], [50_000, 10_000])
    } else {
        (
            &[
                "data_batch_1.bin",
                "data_batch_2.bin",
                "data_batch_3.bin",
                "data_batch_4.bin",
                "data_batch_5.bin",
                "test_batch.bin",
            ],
            [10_000, 10_000],
        )
    };
    let home = if of_100 { "cifar-100-binary" } else { "cifar-10-batches-bin" };
    for (i, name) in files.iter().enumerate() {
        let last = i + 1 == files.len();
        let path = write(&format!("{home}/{name}"), b"");
        let mut file = File::options().write(true).open(path).expect("a file");
        // A sparse file takes no space on the disk.
        let length = rows[usize::from(last)] * record + u64::from(!right);
        file.set_len(length).expect("a length");
        file.seek(SeekFrom::Start(u64::from(how >> 2) * record)).expect("a place");
        file.write_all(if last { test } else { train }).expect("bytes");
    }
    let list = if of_100 { "fine_label_names.txt" } else { "batches.meta.txt" };
    write(&format!("{home}/{list}"), names);
    // Labels are read; pixels stay in the files.
    let loaded = if of_100 {
        cifar100::load_with(folder(), cifar100::Labels::Fine, Storage::Mapped)
    } else {
        cifar10::load_with(folder(), Storage::Mapped)
    };
    if let Ok(data) = loaded {
        assert!(right, "a file of another length was taken");
        for part in [&data.train, &data.test] {
            assert!(part.labels().iter().all(|label| (*label as usize) < data.classes.len()));
        }
    }
});
