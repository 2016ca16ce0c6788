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
const DELETE: [&str; 5] = [
    "crates/data/src/image_folder/cache.rs",
    "crates/fetch/src/files.rs",
    "crates/zunder/src/folder/claim.rs",
    "crates/zunder/src/run/divergence.rs",
    "crates/zunder/src/trials/paused.rs",
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

/// Returns every Rust file of the repository, by its path from the root.
fn all_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // Folders that cargo builds in, and hidden folders, contain generated files.
            let generated = name.starts_with('.') || path.join("CACHEDIR.TAG").exists();
            if path.is_dir() && !generated {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 500, "{}", found.len());
    found
}

#[test]
fn each_file_begins_with_a_sentence_about_it() {
    let without: Vec<PathBuf> = all_files()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(without.is_empty(), "these files do not begin with `//! `: {without:#?}");
}

/// Returns true for a line that cannot be broken: a row of a table in a doc comment.
fn is_table_row(line: &str) -> bool {
    ["/// |", "//! |"].iter().any(|start| line.trim_start().starts_with(start))
}

#[test]
fn lines_have_at_most_100_characters() {
    let mut wide = Vec::new();
    for (path, text) in all_files() {
        for (number, line) in (1..).zip(text.lines()) {
            let characters = line.chars().count();
            if characters > 100 && !is_table_row(line) {
                wide.push(format!("{}:{number}: {characters} characters", path.display()));
            }
        }
    }
    assert!(wide.is_empty(), "expected at most 100 characters: {wide:#?}");
}

#[test]
fn files_have_at_most_400_lines() {
    let long: Vec<String> = all_files()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "expected at most 400 lines: {long:#?}");
}
