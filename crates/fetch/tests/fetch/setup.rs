//! Small sources, short time-outs, and what a fetch leaves in a folder.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use zunder_fetch::{
    Archive, DatasetSource, FetchConfig, FetchError, Fetched, Member, Progress, RemoteFile,
};

/// Bytes without a pattern, the same each time.
pub fn bytes(n: usize) -> Vec<u8> {
    (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A data set of one file, `toy/data.bin`, that lies at `places`.
pub fn plain(body: &[u8], places: &[String]) -> DatasetSource {
    let file = RemoteFile {
        name: "data.bin".into(),
        size: body.len() as u64,
        sha256: sha256(body),
        places: places.to_vec(),
        archive: None,
    };
    source(file)
}

/// A data set of `a.bin` with 1,000 bytes and `b.bin` with 2,000, in an archive.
pub fn archived(archive: &[u8], places: &[String]) -> DatasetSource {
    let member = |name: &str, size| Member { name: name.into(), size };
    let members = Archive {
        members: vec![member("a.bin", 1_000), member("b.bin", 2_000)],
        extras: vec!["readme.txt".into()],
    };
    let (size, sha256) = (archive.len() as u64, sha256(archive));
    source(RemoteFile {
        name: "toy.tar.gz".into(),
        size,
        sha256,
        places: places.to_vec(),
        archive: Some(members),
    })
}

fn source(file: RemoteFile) -> DatasetSource {
    DatasetSource {
        name: "toy".into(),
        title: "Toy".into(),
        homepage: "https://example.org".into(),
        folder: "toy".into(),
        files: vec![file],
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Time-outs that even a busy machine keeps, and no proxy whatever its environment says.
pub fn config() -> FetchConfig {
    FetchConfig {
        connect_timeout: Duration::from_secs(5),
        stall_timeout: Duration::from_secs(5),
        retry_pause: Duration::from_millis(1),
        redirects: 3,
        proxy: Some("none".into()),
        ..FetchConfig::default()
    }
}

/// Short time-outs, for servers that stall.
pub fn impatient() -> FetchConfig {
    FetchConfig {
        connect_timeout: Duration::from_millis(300),
        stall_timeout: Duration::from_millis(200),
        ..config()
    }
}

/// Fetches and never stops.
pub fn fetch(
    source: &DatasetSource,
    dir: &Path,
    config: &FetchConfig,
) -> Result<Fetched, FetchError> {
    zunder_fetch::fetch(source, dir, config, &mut |_: &Progress| ControlFlow::Continue(()))
}

/// The text of the error that a fetch must end in.
pub fn failure(source: &DatasetSource, dir: &Path, config: &FetchConfig) -> String {
    fetch(source, dir, config).unwrap_err().to_string()
}

/// All files below `dir` but the lock, in order.
pub fn files(dir: &Path) -> Vec<String> {
    let mut found: Vec<String> = walk(dir)
        .iter()
        .map(|path| path.strip_prefix(dir).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    found.retain(|name| name != ".toy.lock");
    found.sort();
    found
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() && !path.is_symlink() { walk(&path) } else { vec![path] })
        .collect()
}
