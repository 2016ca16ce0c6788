//! Helpers of the targets: bytes cut into pieces, and a folder that lasts as long as the process.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Returns a folder of this process, created on first use. Set `TMPDIR` to a folder in memory for
/// speed.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a temporary folder")).path()
}

/// Writes a file below [`folder`], with its parent folders, and returns its path.
pub fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
    fs::write(&path, bytes).expect("a file");
    path
}

/// Splits off the first byte, which selects how to use the rest; 0 if there is none.
pub fn flags(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// Splits bytes into N pieces at the separator `--8<--`, which a mutation rarely destroys. Missing
/// pieces are empty.
pub fn pieces<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut rest = Some(bytes);
    std::array::from_fn(|i| {
        let all = rest.take().unwrap_or_default();
        let cut = all.windows(CUT.len()).position(|window| window == CUT).filter(|_| i + 1 < N);
        cut.map_or(all, |at| {
            rest = Some(&all[at + CUT.len()..]);
            &all[..at]
        })
    })
}

const CUT: &[u8] = b"--8<--";

/// Compresses bytes with gzip, so that mutations reach the content.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("memory takes all bytes");
    packed.finish().expect("memory takes all bytes")
}
