//! Archives that are damaged, hostile or otherwise not as described.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use zunder_fetch::FetchError;

use crate::server::Server;
use crate::setup::{archived, bytes, config, fetch, files};

/// A tar file, built from entries of path, type and bytes.
pub struct Tar(Vec<u8>);

impl Tar {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an entry whose header has the size `size`, independent of `body`.
    pub fn lying(mut self, path: &str, kind: EntryType, size: u64, body: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name_literal("/etc/passwd").unwrap();
        }
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(body);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub fn entry(self, path: &str, kind: EntryType, body: &[u8]) -> Self {
        self.lying(path, kind, body.len() as u64, body)
    }

    pub fn file(self, path: &str, body: &[u8]) -> Self {
        self.entry(path, EntryType::Regular, body)
    }

    /// Adds the two files that the toy data set needs.
    pub fn complete(self) -> Self {
        self.file("toy/a.bin", &bytes(1_000)).file("toy/b.bin", &bytes(2_000))
    }

    pub fn bytes(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }

    pub fn gz(self) -> Vec<u8> {
        gz(&self.bytes())
    }
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn good_archive() -> Vec<u8> {
    Tar::new()
        .entry("toy/", EntryType::Directory, &[])
        .complete()
        .file("toy/readme.txt", b"hello")
        .gz()
}

/// Fetches the archive into a nested folder. Returns the result and all files in the outer folder.
fn outcome(archive: &[u8]) -> (Result<(), String>, Vec<String>) {
    let around = tempfile::tempdir().unwrap();
    let dir = around.path().join("data");
    let server = Server::of(archive.to_vec());
    let result = fetch(&archived(archive, &[server.url("x")]), &dir, &config());
    let result = result.map(drop).map_err(|error| {
        assert!(matches!(error, FetchError::Archive { .. }), "{error}");
        let text = error.to_string();
        text.strip_prefix(&format!(
            "{} is not the archive expected: ",
            dir.join("toy.tar.gz").display()
        ))
        .unwrap()
        .to_owned()
    });
    let mut left = files(around.path());
    left.retain(|name| name != "data/.toy.lock");
    (result, left)
}

fn assert_refused(archive: &[u8], problem: &str) {
    let (result, left) = outcome(archive);
    assert_eq!(result, Err(problem.to_owned()));
    assert_eq!(left, ["data/toy.tar.gz"], "{problem}");
}

fn assert_skipped(tar: Tar) {
    let (result, left) = outcome(&tar.gz());
    assert_eq!(
        (result, left),
        (Ok(()), vec!["data/toy/a.bin".to_owned(), "data/toy/b.bin".to_owned()])
    );
}

#[test]
fn the_files_and_the_extras_are_taken() {
    let (result, left) = outcome(&good_archive());
    assert_eq!(result, Ok(()));
    assert_eq!(left, ["data/toy/a.bin", "data/toy/b.bin", "data/toy/readme.txt"]);
}

#[test]
fn their_bytes_are_right() {
    let (dir, archive) = (
        tempfile::tempdir().unwrap(),
        Tar::new().file("./toy/a.bin", &bytes(1_000)).file("./toy/b.bin", &bytes(2_000)).gz(),
    );
    let server = Server::of(archive.clone());
    let fetched = fetch(&archived(&archive, &[server.url("x")]), dir.path(), &config()).unwrap();
    let read = |name: &Path| fs::read(fetched.folder.join(name)).unwrap();
    assert_eq!((read("a.bin".as_ref()), read("b.bin".as_ref())), (bytes(1_000), bytes(2_000)));
}

#[test]
fn entries_that_lead_elsewhere_are_skipped() {
    for path in [
        "../x",
        "/tmp/zunder-fetch-x",
        "toy/../../x",
        "../toy/a.bin",
        "/toy/a.bin",
        "toy/./a.bin",
        "toy//a.bin",
        "toy/sub/a.bin",
        "a.bin",
        "x",
    ] {
        assert_skipped(Tar::new().file(path, &bytes(1_000)).complete());
    }
    assert!(!Path::new("/tmp/zunder-fetch-x").exists());
}

#[test]
fn links_and_devices_are_skipped_and_refused_under_an_expected_name() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::Block,
        EntryType::Directory,
    ] {
        assert_skipped(Tar::new().entry("toy/link", kind, &[]).entry("toy", kind, &[]).complete());
        let problem = format!(
            "a.bin is an entry of type {:?}, expected a regular file",
            char::from(kind.as_byte())
        );
        assert_refused(&Tar::new().entry("toy/a.bin", kind, &[]).complete().gz(), &problem);
    }
    let sparse = Tar::new().entry("toy/a.bin", EntryType::GNUSparse, &[]).gz();
    assert_refused(&sparse, "a.bin is an entry of type 'S', expected a regular file");
}

#[test]
fn sizes_must_be_right() {
    assert_refused(
        &Tar::new().file("toy/a.bin", &bytes(999)).gz(),
        "a.bin has 999 bytes, expected 1000",
    );
    assert_refused(
        &Tar::new().lying("toy/b.bin", EntryType::Regular, u64::MAX / 2, &[]).gz(),
        "b.bin has 9223372036854775807 bytes, expected 2000",
    );
    assert_refused(
        &Tar::new().file("toy/readme.txt", &bytes(65_537)).gz(),
        "readme.txt has 65537 bytes, expected at most 65536",
    );
    assert_refused(
        &Tar::new().complete().file("toy/a.bin", &bytes(1_000)).gz(),
        "a.bin occurs twice",
    );
    assert_refused(&Tar::new().file("toy/a.bin", &bytes(1_000)).gz(), "b.bin is missing");
}

#[test]
fn a_huge_entry_is_not_decompressed_to_its_end() {
    let bomb = Tar::new().file("toy/zeros", &vec![0; 50_000_000]).complete().gz();
    assert!(bomb.len() < 1_000_000);
    assert_refused(&bomb, "it unpacks to more than 1117112 bytes");
    // Extensions of tar are read into memory by programs that interpret them.
    let long_name = Tar::new()
        .entry("././@LongLink", EntryType::GNULongName, &vec![b'x'; 50_000_000])
        .complete()
        .gz();
    assert_refused(&long_name, "it unpacks to more than 1117112 bytes");
    assert_skipped(
        Tar::new().entry("pax", EntryType::XHeader, b"18 path=../evil\n\n\n").complete(),
    );
}

#[test]
fn a_cut_or_foreign_file_is_refused() {
    let good = good_archive();
    let (result, left) = outcome(&good[..good.len() / 2]);
    assert!(result.is_err());
    assert_eq!(left, ["data/toy.tar.gz"]);
    let cut = &Tar::new().complete().bytes()[..2_048];
    assert_refused(&gz(cut), "b.bin ends after 0 of 2000 bytes");
    assert_refused(b"no gzip at all", "invalid gzip header");
}
