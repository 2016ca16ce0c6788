//! The order of the folders inside a crate: each imports only those below it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The folders and files at the root of a crate's `src`, from the lowest to the highest. Each may
/// import those before it, by its own path or by a name that `lib.rs` re-exports.
const ORDER: [(&str, &[&str]); 3] = [
    (
        "zunder",
        &[
            "backend", "error", "remote", "threads", "device", "config", "plan", "events",
            "folder", "images", "run", "exchange", "trials", "tools",
        ],
    ),
    (
        "data",
        &[
            "shape",
            "error",
            "testing",
            "text",
            "names",
            "watch",
            "images",
            "split",
            "formats",
            "hash",
            "image_folder",
            "shapes",
            "render",
            "augment",
            "pipeline",
            "loader",
        ],
    ),
    (
        "experiments",
        &[
            "error",
            "config",
            "claim",
            "means",
            "findings",
            "experiment",
            "programs",
            "figures",
            "variants",
            "play",
            "catalogue",
            "controls",
            "write",
        ],
    ),
];

/// The Rust files of a crate by their path below `src`.
type Sources = BTreeMap<String, String>;

fn sources(name: &str) -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src");
    let mut found = Sources::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The code of a file without comments and without its tests, which stand last.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].contains("mod ") && pair[1].ends_with('{')
    });
    let product = &lines[..tests.unwrap_or(lines.len())];
    let code = product.iter().filter(|line| !line.trim_start().starts_with("//"));
    code.copied().collect::<Vec<_>>().join("\n")
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads a path or a group of paths at the start of `text`, as in `a::{b, c::D}`. Adds their
/// segments, each behind `prefix`, and returns the rest.
fn read_paths<'a>(text: &'a str, prefix: &[&'a str], found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        while !rest.trim_start().starts_with('}') && !rest.is_empty() {
            rest = read_paths(rest, prefix, found);
            let end = rest.find([',', '}']).unwrap_or(rest.len());
            rest = rest[end..].strip_prefix(',').unwrap_or(&rest[end..]);
        }
        return rest.trim_start().strip_prefix('}').unwrap_or("");
    }
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let path = [prefix, &[&text[..end]]].concat();
    if let Some(rest) = text[end..].strip_prefix("::") {
        return read_paths(rest, &path, found);
    }
    found.push(path.into_iter().map(str::to_owned).collect());
    &text[end..]
}

/// All paths in the code that begin with a word.
fn paths_from(code: &str, word: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&format!("{word}::")) {
        if !code[..at].ends_with(|c| is_name(c) || c == ':') {
            read_paths(&code[at..], &[], &mut found);
        }
    }
    found
}

/// The first segment below the crate's root of all paths of a file that name its crate.
fn imported(file: &str, code: &str) -> Vec<String> {
    let mut module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    let of_root = paths_from(code, "crate").into_iter().filter_map(|path| path.get(1).cloned());
    let relative = paths_from(code, "super").into_iter().filter_map(|path| {
        let up = path.iter().take_while(|segment| *segment == "super").count();
        let base = module.get(..module.len().checked_sub(up)?)?;
        base.first().map(|segment| (*segment).to_owned()).or_else(|| path.get(up).cloned())
    });
    of_root.chain(relative).collect()
}

/// The folder of each name that `lib.rs` re-exports; none of names of other crates.
fn reexports(lib: &str) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for line in lib.split(';') {
        let Some((_, tree)) = line.split_once("pub use ") else { continue };
        let mut paths = Vec::new();
        read_paths(tree, &[], &mut paths);
        let renamed = tree.rsplit_once(" as ").map(|(_, name)| name.trim().to_owned());
        for path in paths {
            let is_own = path.len() > 1 && !path[0].starts_with("zunder_");
            let folder = is_own.then(|| path[0].clone());
            let name = renamed.clone().or_else(|| path.last().cloned());
            found.extend(name.map(|name| (name, folder)));
        }
    }
    found
}

/// A sentence for each import of a higher folder, each name that is not known and each folder
/// without a place in the order.
fn violations(order: &[&str], sources: &Sources) -> Vec<String> {
    let rank = |name: &str| order.iter().position(|known| *known == name);
    let reexports = reexports(&code(&sources["lib.rs"]));
    let mut found = Vec::new();
    for (file, text) in sources {
        let is_test = file.ends_with("tests.rs") || file.contains("tests/");
        if file == "lib.rs" || is_test {
            continue;
        }
        let own = file.split('/').next().unwrap().trim_end_matches(".rs");
        let Some(own_rank) = rank(own) else {
            found.push(format!("{file}: {own} has no place in the order"));
            continue;
        };
        for name in imported(file, &code(text)) {
            let folder = match reexports.get(&name) {
                _ if rank(&name).is_some() => name.clone(),
                Some(Some(folder)) => folder.clone(),
                Some(None) => continue,
                None => {
                    found.push(format!("{file}: crate::{name} is not known"));
                    continue;
                }
            };
            if rank(&folder).is_none_or(|rank| rank > own_rank) {
                found.push(format!("{file} imports {name} of {folder}, which is above {own}"));
            }
        }
    }
    found
}

#[test]
fn folders_import_only_those_below() {
    for (name, order) in ORDER {
        let sources = sources(name);
        assert!(sources.len() > 10, "{name}: {}", sources.len());
        let found = violations(order, &sources);
        assert!(found.is_empty(), "crates/{name}/src: {found:#?}");
        for folder in order {
            let place =
                |file: &String| file.split('/').next().unwrap().trim_end_matches(".rs") == *folder;
            assert!(sources.keys().any(place), "crates/{name}/src has no {folder}");
        }
    }
}

#[test]
fn an_import_of_a_higher_folder_is_found() {
    let (name, order) = ORDER[0];
    let clean = sources(name);
    for (file, line, expected) in [
        ("config/run.rs", "use crate::tools::preview;", "tools of tools, which is above config"),
        ("config/run.rs", "use crate::{RunError, Sweep as S};", "Sweep of trials"),
        ("images/lineage/parts.rs", "use super::super::super::run::Run;", "run of run"),
        ("threads.rs", "use super::{device::open, error};", "device of device"),
        ("error/hint.rs", "fn f() { crate::doctor(1); }", "doctor of tools"),
        ("device/list.rs", "use crate::nowhere::X;", "crate::nowhere is not known"),
        ("new/mod.rs", "", "new has no place in the order"),
    ] {
        let mut planted = clean.clone();
        let text = planted.entry(file.to_owned()).or_default();
        *text = format!("{line}\n{text}");
        let found = violations(order, &planted);
        assert!(found.len() == 1 && found[0].contains(expected), "{line}: {found:#?}");
    }
    let mut harmless = clean;
    let text = harmless.get_mut("config/run.rs").unwrap();
    *text = format!(
        "// use crate::tools::preview;\n{text}\n\
         #[cfg(test)]\nmod more {{\n    use crate::Sweep;\n}}\n"
    );
    assert_eq!(violations(order, &harmless), Vec::<String>::new());
}
