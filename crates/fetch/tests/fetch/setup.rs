//! Small sources, short time-outs, and a list of the files after a fetch.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use zunder_fetch::{
    Archive, DatasetSource, FetchConfig, FetchError, Fetched, Member, Progress, RemoteFile,
};

/// Bytes without a pattern, the same in each run.
pub fn bytes(n: usize) -> Vec<u8> {
    (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// Returns a data set of one file, `toy/data.bin`, with the addresses `urls`.
pub fn plain(body: &[u8], urls: &[String]) -> DatasetSource {
    let file = RemoteFile {
        name: "data.bin".into(),
        size: body.len() as u64,
        sha256: sha256(body),
        urls: urls.to_vec(),
        archive: None,
    };
    source(file)
}

/// Returns a data set of an archive with `a.bin` (1,000 bytes) and `b.bin` (2,000 bytes).
pub fn archived(archive: &[u8], urls: &[String]) -> DatasetSource {
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
        urls: urls.to_vec(),
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

/// Time-outs that are long enough for a busy machine, and no proxy, independent of the environment.
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

/// Fetches without interruption.
pub fn fetch(
    source: &DatasetSource,
    dir: &Path,
    config: &FetchConfig,
) -> Result<Fetched, FetchError> {
    zunder_fetch::fetch(source, dir, config, &mut |_: &Progress| ControlFlow::Continue(()))
}

/// Returns the message of the error of a fetch that must fail.
pub fn failure(source: &DatasetSource, dir: &Path, config: &FetchConfig) -> String {
    fetch(source, dir, config).unwrap_err().to_string()
}

/// Returns all files below `dir` except the lock, sorted.
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
