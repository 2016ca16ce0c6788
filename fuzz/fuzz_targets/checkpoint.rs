//! Reads weights and checkpoints: safetensors of Zunder and of other programs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder_fuzz::{flags, write};
use zunder_train::{Checkpoint, read_foreign_weights, read_weights};

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    // With the right length of the header, the header is parsed.
    let header = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let framed = [&(header as u64).to_le_bytes()[..], bytes].concat();
    let path = write("model.safetensors", if how & 1 == 1 { &framed } else { bytes });
    let sized = |tensors: Vec<zunder_train::NamedTensor>| {
        for tensor in tensors {
            assert_eq!(
                tensor.values.len(),
                tensor.shape.iter().product::<usize>(),
                "{}",
                tensor.name
            );
        }
    };
    let _ = read_weights(&path).map(sized);
    let _ = read_foreign_weights(&path, &|name| name.ends_with("skipped")).map(sized);
    let _ = Checkpoint::load(&path);
});
