//! For archives of any bytes: the result is files of their exact sizes or an error, and nothing is
//! written elsewhere.

use std::fs;

use proptest::prelude::*;
use zunder_fetch::{FetchConfig, FetchError};

use crate::archives::{Tar, gz};
use crate::setup::{archived, config, fetch, files};

/// Unpacks `archive` from the data folder.
fn check(archive: &[u8]) -> Result<(), TestCaseError> {
    let around = tempfile::tempdir().unwrap();
    let dir = around.path().join("data");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("toy.tar.gz"), archive).unwrap();
    let result = fetch(
        &archived(archive, &["http://127.0.0.1:1/never".into()]),
        &dir,
        &FetchConfig { offline: true, ..config() },
    );
    let left = files(&dir);
    match result {
        Ok(_) => {
            prop_assert!(
                left == ["toy/a.bin", "toy/b.bin"]
                    || left == ["toy/a.bin", "toy/b.bin", "toy/readme.txt"],
                "{left:?}"
            );
            prop_assert_eq!(fs::metadata(dir.join("toy/a.bin")).unwrap().len(), 1_000);
            prop_assert_eq!(fs::metadata(dir.join("toy/b.bin")).unwrap().len(), 2_000);
        }
        Err(error) => {
            prop_assert!(matches!(error, FetchError::Archive { .. }), "{error}");
            prop_assert_eq!(left, ["toy.tar.gz"]);
        }
    }
    prop_assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 1..2_000)) {
        check(&bytes)?;
    }

    #[test]
    fn random_bytes_in_gzip(bytes in prop::collection::vec(any::<u8>(), 1..5_000)) {
        check(&gz(&bytes))?;
    }

    #[test]
    fn a_good_tar_with_changed_bytes(
        changes in prop::collection::vec((0..5_120_usize, any::<u8>()), 1..8),
        cut in 0..8_000_usize,
    ) {
        let mut tar = Tar::new().complete().file("toy/readme.txt", b"hello").bytes();
        for (at, byte) in changes {
            tar[at] = byte;
        }
        tar.truncate(cut.max(1_000));
        check(&gz(&tar))?;
    }

    /// The check sums are valid, so that the other fields are interpreted.
    #[test]
    fn a_header_with_changed_fields(
        at in 100..512_usize,
        byte in any::<u8>(),
        which in 0..2_usize,
    ) {
        let mut tar = Tar::new().complete().bytes();
        let header = &mut tar[which * 1_536..][..512];
        header[at] = byte;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        check(&gz(&tar))?;
    }
}
