//! Every relative link of every Markdown file leads to a file, and to a heading where it names one;
//! every path in backticks exists; the guide is whole and readable.

use std::fs;
use std::path::{Path, PathBuf};

/// The largest README, in bytes.
const README_LIMIT: u64 = 8 * 1024;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The Markdown files of the repository. Data sets and runs of a user are passed over.
fn pages() -> Vec<PathBuf> {
    let skipped = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy();
        let outputs = ["target", "runs", "sweeps", "experiments"];
        name.starts_with('.') || path.parent() == Some(&root()) && outputs.contains(&&*name)
    };
    let (mut folders, mut found) = (vec![root()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !skipped(&path) && !folder.ends_with("datasets") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 60, "{found:?}");
    found
}

/// The lines outside of code blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// The targets of all links of a line.
fn targets(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()).collect()
}

/// The names of the headings in links, as code hosts and mdBook make them.
fn anchors(text: &str) -> Vec<String> {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c => (c.is_alphanumeric() || c == '-' || c == '_').then_some(c),
    };
    prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| line.trim_start_matches('#').trim().to_lowercase())
        .map(|heading| heading.chars().filter_map(kept).collect())
        .collect()
}

/// What is wrong with a link of a page, if anything.
fn problem_of_link(target: &str, page: &Path, text: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_owned() } else { page.parent()?.join(file) };
    if !file.is_empty() && !path.exists() {
        return Some(format!("there is no {file}"));
    }
    if anchor.is_empty() {
        return None;
    }
    let text = if file.is_empty() { Some(text.to_owned()) } else { readable(&path) };
    let known = text.is_some_and(|text| anchors(&text).iter().any(|known| known == anchor));
    (!known).then(|| format!("there is no heading #{anchor} in {}", path.display()))
}

/// The text that a link to a file or a folder shows.
fn readable(path: &Path) -> Option<String> {
    let page = if path.is_dir() { path.join("README.md") } else { path.to_owned() };
    fs::read_to_string(page).ok()
}

/// The paths of the repository that stand in backticks, as far as a page and its words tell.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: [&str; 9] =
        ["crates", "docs", "xtask", "launcher", "tests", "fuzz", "src", "benches", "examples"];
    line.split('`').skip(1).step_by(2).filter_map(|code| {
        let word = code.split(' ').find(|word| word.contains('/'))?;
        let (first, rest) = word.split_once('/')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        let named = rest.chars().all(plain) && !rest.chars().any(|c| c.is_ascii_uppercase());
        (FOLDERS.contains(&first) && named).then_some(word)
    })
}

/// What a page has wrong, each with its line.
fn problems(text: &str, page: &Path) -> Vec<String> {
    let history = page.ends_with("CHANGELOG.md");
    let exists = |path: &str| {
        [root(), page.parent().unwrap().into()]
            .iter()
            .any(|folder: &PathBuf| folder.join(path).exists())
    };
    prose(text)
        .flat_map(|(number, line)| {
            let links =
                targets(line).into_iter().filter_map(|target| problem_of_link(target, page, text));
            // A code span over two lines would hide what it names.
            let open = (line.matches('`').count() % 2 == 1)
                .then(|| "a code span is not closed".to_owned());
            let gone = paths(line).filter(|path| !history && !exists(path));
            links
                .chain(open)
                .chain(gone.map(|path| format!("there is no {path}")))
                .map(|problem| format!("line {number}: {problem}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_link_and_every_path_leads_somewhere() {
    let problems: Vec<String> = pages()
        .iter()
        .flat_map(|page| {
            let name = page.strip_prefix(root()).unwrap().display().to_string();
            let found = problems(&fs::read_to_string(page).unwrap(), page);
            found.into_iter().map(move |problem| format!("{name} {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn broken_links_and_paths_are_found() {
    let page = root().join("docs/guide/page.md");
    let text = "\
# A page, with `code`

[here](#a-page-with-code), [a place](data.md#downloads), [out](https://example.com/gone.md)
[gone](gone.md), [no heading](#gone), [none there](data.md#gone)
`crates/data/src/lib.rs`, `crates/data/src/gone.rs`, `crates/gone DIR`, `crates/NAME/x`, `and/or`
`crates/gone over
two lines`

```sh
[not a link](gone.md)
```
";
    let there = root().join("docs/guide/data.md");
    let expected = [
        "line 4: there is no gone.md".to_owned(),
        format!("line 4: there is no heading #gone in {}", page.display()),
        format!("line 4: there is no heading #gone in {}", there.display()),
        "line 5: there is no crates/data/src/gone.rs".to_owned(),
        "line 5: there is no crates/gone".to_owned(),
        "line 6: a code span is not closed".to_owned(),
        "line 6: there is no crates/gone".to_owned(),
        "line 7: a code span is not closed".to_owned(),
    ];
    assert_eq!(problems(text, &page), expected);
}

#[test]
fn the_readme_is_short() {
    let length = fs::metadata(root().join("README.md")).unwrap().len();
    assert!(
        length <= README_LIMIT,
        "README.md has {length} bytes, expected at most {README_LIMIT}"
    );
}

/// A book and a code host show the same pages: each has its place in the summary, and no link leads
/// out of the book.
#[test]
fn the_guide_is_a_book() {
    let folder = root().join("docs/guide");
    let summary = fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
    let listed = targets(&summary.replace('\n', " ")).join(" ");
    for page in pages().iter().filter(|page| page.starts_with(&folder)) {
        let name = page.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(page).unwrap();
        assert!(name == "SUMMARY.md" || listed.split(' ').any(|other| other == name), "{name}");
        for (number, line) in prose(&text) {
            let long = line.chars().count() > 100 && !line.starts_with('|') && !line.contains("](");
            assert!(!long, "{name} line {number} is longer than 100 columns");
            let outside = targets(line).into_iter().find(|target| target.starts_with("../"));
            assert_eq!(outside, None, "{name} line {number} leads out of the book");
        }
    }
}
