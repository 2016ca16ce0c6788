//! Changes of a file, drawn from a seed.

use std::fs;
use std::path::{Path, PathBuf};

/// Random numbers that are the same on every machine: SplitMix64.
pub struct Draw(pub u64);

impl Draw {
    /// Returns a number below `n`, or 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// The change of a file.
pub enum Change {
    Bytes(Vec<u8>),
    Deleted,
    Folder,
}

/// The kinds of changes.
pub const KINDS: [&str; 16] = [
    "a flipped bit",
    "three flipped bits",
    "cut",
    "zeroed",
    "inserted bytes",
    "removed bytes",
    "a line twice",
    "a line less",
    "two lines swapped",
    "another digit",
    "a digit more",
    "emptied",
    "another file of the folder",
    "the file of another folder",
    "deleted",
    "a folder in its place",
];

/// Changes the content `bytes` of a file. `beside` is the content of another file of the folder,
/// `twin` that of the same file in another folder.
pub fn change(kind: usize, bytes: &[u8], beside: &[u8], twin: &[u8], draw: &mut Draw) -> Change {
    let n = bytes.len();
    let mut new = bytes.to_vec();
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let digits: Vec<usize> = (0..n).filter(|i| bytes[*i].is_ascii_digit()).collect();
    match KINDS[kind] {
        "a flipped bit" if n > 0 => new[draw.below(n)] ^= 1 << draw.below(8),
        "three flipped bits" if n > 0 => {
            (0..3).for_each(|_| new[draw.below(n)] ^= 1 << draw.below(8));
        }
        "cut" => new.truncate(draw.below(n)),
        "zeroed" => {
            let start = draw.below(n);
            let end = (start + 1 + draw.below(64)).min(n);
            new[start.min(end)..end].fill(0);
        }
        "inserted bytes" => {
            let (place, count) = (draw.below(n + 1), 1 + draw.below(8));
            (0..count).for_each(|_| new.insert(place, draw.below(256) as u8));
        }
        "removed bytes" => {
            let start = draw.below(n);
            drop(new.drain(start..(start + 1 + draw.below(16)).min(n)));
        }
        "a line twice" if !lines.is_empty() => {
            let i = draw.below(lines.len());
            lines.insert(i, lines[i]);
            new = lines.concat();
        }
        "a line less" if !lines.is_empty() => {
            lines.remove(draw.below(lines.len()));
            new = lines.concat();
        }
        "two lines swapped" if !lines.is_empty() => {
            let (a, b) = (draw.below(lines.len()), draw.below(lines.len()));
            lines.swap(a, b);
            new = lines.concat();
        }
        "another digit" if !digits.is_empty() => {
            let place = digits[draw.below(digits.len())];
            new[place] = b'0' + (new[place] - b'0' + 1 + draw.below(9) as u8) % 10;
        }
        "a digit more" if !digits.is_empty() => {
            new.insert(digits[draw.below(digits.len())], b'1' + draw.below(9) as u8);
        }
        "emptied" => new.clear(),
        "another file of the folder" => new = beside.to_vec(),
        "the file of another folder" => new = twin.to_vec(),
        "deleted" => return Change::Deleted,
        "a folder in its place" => return Change::Folder,
        _ => {}
    }
    Change::Bytes(new)
}

/// Applies a change to a file.
pub fn apply(path: &Path, change: &Change) {
    fs::remove_file(path).unwrap();
    match change {
        Change::Bytes(bytes) => fs::write(path, bytes).unwrap(),
        Change::Deleted => {}
        Change::Folder => fs::create_dir(path).unwrap(),
    }
}

/// Restores a file.
pub fn restore(path: &Path, bytes: &[u8]) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    }
    fs::write(path, bytes).unwrap();
}

/// Tables that are written but never read.
const UNREAD: [&str; 2] = ["results.csv", "folds.json"];

/// Returns all files below a folder, sorted, except those that nothing reads: pictures, pages, and
/// tables for other programs.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("pictures") {
                found.extend(files(&path));
            }
        } else if path.extension().is_none_or(|ending| ending != "html")
            && !UNREAD.iter().any(|name| path.ends_with(name))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
