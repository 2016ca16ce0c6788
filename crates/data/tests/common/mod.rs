//! IDX files for tests.
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Returns a file of unsigned bytes: the header, then the values, in any number.
pub fn idx(sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let header: Vec<u8> = [0, 0, 8, sizes.len() as u8]
        .into_iter()
        .chain(sizes.iter().flat_map(|size| size.to_be_bytes()))
        .collect();
    [header.as_slice(), values].concat()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
