//! Unpacks a downloaded archive: the result is all files with their sizes, or an error and no new
//! file.
#![no_main]

use std::fs;
use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use zunder_fetch::{Archive, DatasetSource, FetchConfig, Member, RemoteFile};
use zunder_fuzz::{flags, folder, gzip};

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    let archive = if how & 1 == 1 { gzip(bytes) } else { bytes.to_vec() };
    let dir = folder().join("data");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).expect("a folder");
    fs::write(dir.join("toy.tar.gz"), &archive).expect("a file");
    let member = |name: &str, size| Member { name: name.into(), size };
    let members = vec![member("a.bin", 10), member("b.bin", 600)];
    let file = RemoteFile {
        name: "toy.tar.gz".into(),
        size: archive.len().max(1) as u64,
        sha256: Sha256::digest(&archive)
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
        urls: vec!["http://127.0.0.1:1/never".into()],
        archive: Some(Archive { members, extras: vec!["readme.txt".into()] }),
    };
    let source = DatasetSource {
        name: "toy".into(),
        title: "Toy".into(),
        homepage: "https://example.org".into(),
        folder: "toy".into(),
        files: vec![file],
    };
    let config =
        FetchConfig { offline: true, proxy: Some("none".into()), ..FetchConfig::default() };
    let fetched = zunder_fetch::fetch(&source, &dir, &config, &mut |_| ControlFlow::Continue(()));
    let size =
        |name: &str| fs::metadata(dir.join("toy").join(name)).map(|metadata| metadata.len()).ok();
    let expected = fetched.is_ok().then_some([10, 600]);
    assert_eq!(expected.map(|sizes| sizes[0]), size("a.bin"));
    assert_eq!(expected.map(|sizes| sizes[1]), size("b.bin"));
    let names =
        fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert!(names.into_iter().all(|name| name == "data"), "a file beside the data folder");
});
