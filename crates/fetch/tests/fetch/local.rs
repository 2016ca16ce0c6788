//! Files that are on the disk already, and fetches without a network.

use std::fs;

use zunder_fetch::{FetchConfig, FetchError, by_name, missing};

use crate::archives::good_archive;
use crate::server::Server;
use crate::setup::{archived, bytes, config, fetch, files, plain};

fn offline() -> FetchConfig {
    FetchConfig { offline: true, ..config() }
}

#[test]
fn offline_explains_downloads_by_hand_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("my data");
    let error = fetch(&by_name("cifar10").unwrap(), &data, &offline()).unwrap_err();
    let first = data.join("cifar-10-batches-bin").join("data_batch_1.bin");
    let expected = format!(
        "CIFAR-10 is not complete ({} is missing or has another size), and offline forbids to \
         fetch it",
        first.display()
    );
    assert_eq!(error.to_string(), expected);
    let hint = error.hint().unwrap();
    let command = format!(
        "curl -L --create-dirs -o '{}' https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        data.join("cifar-10-binary.tar.gz").display()
    );
    assert!(hint.contains(&command), "{hint}");
    assert!(
        hint.contains(
            "(170052171 bytes, SHA-256 \
        c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd)"
        ),
        "{hint}"
    );
    assert!(!data.exists());
}

#[test]
fn offline_names_only_the_files_that_are_missing() {
    let dir = tempfile::tempdir().unwrap();
    let source = by_name("mnist").unwrap();
    fs::create_dir(dir.path().join("mnist")).unwrap();
    for file in &source.files[1..] {
        let path = source.path_of(file, dir.path());
        fs::File::create(path).unwrap().set_len(file.size).unwrap();
    }
    assert_eq!(
        missing(&source, dir.path()),
        [dir.path().join("mnist").join("train-images-idx3-ubyte.gz")]
    );
    let hint = fetch(&source, dir.path(), &offline()).unwrap_err().hint().unwrap();
    assert!(hint.contains("train-images") && !hint.contains("t10k"), "{hint}");

    fs::File::create(source.path_of(&source.files[0], dir.path()))
        .unwrap()
        .set_len(source.files[0].size)
        .unwrap();
    assert_eq!(fetch(&source, dir.path(), &offline()).unwrap().downloaded, 0);
}

#[test]
fn an_archive_put_there_by_hand_is_used_offline() {
    let (dir, archive) = (tempfile::tempdir().unwrap(), good_archive());
    let source = archived(&archive, &["http://127.0.0.1:1/never".into()]);
    fs::write(dir.path().join("toy.tar.gz"), &archive).unwrap();
    assert_eq!(fetch(&source, dir.path(), &offline()).unwrap().downloaded, 0);
    assert_eq!(files(dir.path()), ["toy/a.bin", "toy/b.bin", "toy/readme.txt"]);
}

#[test]
fn a_wrong_archive_is_an_error_offline_and_replaced_otherwise() {
    let (dir, archive) = (tempfile::tempdir().unwrap(), good_archive());
    let server = Server::of(archive.clone());
    let source = archived(&archive, &[server.url("x")]);
    let path = dir.path().join("toy.tar.gz");
    fs::write(&path, vec![1; archive.len()]).unwrap();
    let error = fetch(&source, dir.path(), &offline()).unwrap_err();
    assert!(
        error.to_string().starts_with(&format!(
            "{} is not the archive expected: its SHA-256 is ",
            path.display()
        )),
        "{error}"
    );
    assert_eq!(error.hint().unwrap(), format!("remove {} and try again", path.display()));
    assert!(path.exists());

    fetch(&source, dir.path(), &FetchConfig { keep_archive: true, ..config() }).unwrap();
    assert_eq!(fs::read(&path).unwrap(), archive);
    assert_eq!(files(dir.path()), ["toy.tar.gz", "toy/a.bin", "toy/b.bin", "toy/readme.txt"]);
}

#[test]
fn damaged_files_are_replaced_and_others_stay() {
    let (dir, archive) = (tempfile::tempdir().unwrap(), good_archive());
    let server = Server::of(archive.clone());
    fs::create_dir(dir.path().join("toy")).unwrap();
    fs::write(dir.path().join("toy/a.bin"), "short").unwrap();
    fs::write(dir.path().join("toy/notes.txt"), "mine").unwrap();
    fetch(&archived(&archive, &[server.url("x")]), dir.path(), &config()).unwrap();
    assert_eq!(files(dir.path()), ["toy/a.bin", "toy/b.bin", "toy/notes.txt", "toy/readme.txt"]);
    assert_eq!(fs::metadata(dir.path().join("toy/a.bin")).unwrap().len(), 1_000);
}

#[test]
fn a_folder_that_cannot_be_one_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let source = plain(&bytes(10), &["http://127.0.0.1:1/never".into()]);
    let error = fetch(&source, &file, &config()).unwrap_err();
    assert!(matches!(&error, FetchError::File { path, .. } if *path == file), "{error}");
    assert!(
        error.to_string().starts_with(&format!("{} could not be made: ", file.display())),
        "{error}"
    );
}
