//! Rules of the source code that are checked by a search.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the Rust files of the crates, without examples, benches and tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crates = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> =
        crates.chain([root.join("xtask")]).map(|folder| folder.join("src")).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !path.ends_with("tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                // Tests are at the end of a file.
                let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                found.push((path, product));
            }
        }
    }
    assert!(found.len() > 200, "{}", found.len());
    found
}

/// Files are deleted by name only; a whole folder may contain files of the user.
#[test]
fn no_folder_is_removed_with_everything_in_it() {
    let forbidden = ["remove_dir_all", "fs_extra", "remove_contents"];
    for (path, text) in sources() {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found: Vec<&str> =
            code.filter(|line| forbidden.iter().any(|name| line.contains(name))).collect();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
}

/// The files that delete files. Each deletes by name and holds the lock.
const DELETE: [&str; 4] = [
    "crates/data/src/image_folder/cache.rs",
    "crates/fetch/src/files.rs",
    "crates/zunder/src/folder/claim.rs",
    "crates/zunder/src/run/divergence.rs",
];

#[test]
fn files_are_deleted_in_named_places_only() {
    for (path, text) in sources() {
        let deletes = text.contains("fs::remove_file") || text.contains("fs::remove_dir");
        let named = DELETE.iter().any(|place| {
            path.ends_with(place.split_once("src/").unwrap().1)
                && path.to_string_lossy().contains(place)
        });
        assert!(!deletes || named, "{} deletes", path.display());
    }
}
