//! The commands that README and the guide show, held against the parser and the configuration.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, FromArgMatches};

use crate::args::RecipeArgs;
use crate::command;

/// The commands whose flags give a whole configuration.
const RECIPES: [&str; 7] =
    ["train-cifar", "train", "doctor", "find-lr", "sweep", "bench", "config"];

/// README, the guide, and all other pages for users.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let within = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let crates = within(root.join("crates")).map(|folder| folder.join("README.md"));
    let docs = ["docs", "docs/guide", "docs/decisions"].map(|folder| root.join(folder));
    let others = ["README.md", "CONTRIBUTING.md", "datasets/README.md"].map(|page| root.join(page));
    docs.into_iter()
        .flat_map(within)
        .chain(crates)
        .chain(others)
        .filter(|page| page.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

/// The commands of a page, each with its line: lines of code blocks of a shell, and code in prose.
fn commands(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut language = None;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(name) = line.trim_start().strip_prefix("```") {
            language = if language.is_some() { None } else { Some(name) };
            continue;
        }
        let candidates: Vec<&str> = match language {
            None => line.split('`').skip(1).step_by(2).collect(),
            Some("sh") => vec![line],
            Some(_) => Vec::new(),
        };
        found.extend(candidates.into_iter().filter_map(|text| Some((number, arguments(text)?))));
    }
    found
}

/// The arguments of a command of Zunder, with the program's name as the first; none of another one.
/// What a shell takes for itself ends it: a pipe, a redirection, a comment.
fn arguments(text: &str) -> Option<Vec<String>> {
    let text = text.trim_start();
    let text = match text.strip_prefix("cargo xtask") {
        Some(rest) if rest.starts_with('-') => rest.split_once(' ')?.1,
        Some(rest) => rest.strip_prefix(' ')?,
        None => text.strip_prefix("zunder ")?,
    };
    let (mut words, mut quote, mut word) = (vec!["zunder".to_owned()], None, None::<String>);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(mark), letter) if mark == letter => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '|' | '>' | '&' | ';') => break,
            (None, '#') if word.is_none() => break,
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

/// Parses a command, and resolves its configuration if it has one. Files of settings are not there,
/// and a resumed run has its own.
fn check(arguments: &[String]) -> Result<(), String> {
    let matches = match command().try_get_matches_from(arguments) {
        Err(error) if error.use_stderr() => return Err(error.to_string()),
        Err(_) => return Ok(()), // a help
        Ok(matches) => matches,
    };
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let text = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
    let has_path = |id: &str| matches.try_get_one::<PathBuf>(id).is_ok_and(|path| path.is_some());
    if name == "experiment" {
        return experiment(&text("name").unwrap_or_default());
    }
    if !RECIPES.contains(&name) || has_path("config") || has_path("resume") {
        return Ok(());
    }
    configuration(matches)
}

fn experiment(name: &str) -> Result<(), String> {
    let placeholder = name.chars().all(|c| c.is_ascii_uppercase());
    if placeholder || ["list", "all", "play"].contains(&name) {
        return Ok(());
    }
    zunder_experiments::experiment(name).map(drop).map_err(|error| error.to_string())
}

fn configuration(matches: &ArgMatches) -> Result<(), String> {
    let recipe = RecipeArgs::from_arg_matches(matches).map_err(|error| error.to_string())?;
    recipe.config().map(drop).map_err(|error| error.to_string())
}

#[test]
fn every_command_of_the_pages_is_accepted() {
    let (mut problems, mut count) = (Vec::new(), 0);
    for page in pages() {
        for (line, arguments) in commands(&fs::read_to_string(&page).unwrap()) {
            count += 1;
            if let Err(problem) = check(&arguments) {
                let words = arguments.join(" ");
                problems.push(format!("{} line {line}: {words}: {problem}", page.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 100, "{count} commands were found");
}

#[test]
fn wrong_commands_are_found() {
    let page = "\
A flag of `zunder train --gone`, a name of `zunder experiment gone`.

```sh
cargo xtask train-cifar --optimizer \"adam\" | head -1
cargo xtask-wgpu devices                     # --gone
cargo xtask config --preset mlp > my.toml
cargo xtask train-cifar --optimizer gone
cargo xtask sweep --vary optimizer.lr=0.1 --set gone=1
cargo xtask predict
cargo test --gone
```

```toml
zunder = 1
```
";
    let wrong: Vec<usize> = commands(page)
        .iter()
        .filter(|(_, arguments)| check(arguments).is_err())
        .map(|(line, _)| *line)
        .collect();
    assert_eq!(wrong, [1, 1, 7, 8, 9]);
    assert_eq!(commands(page).len(), 8);
}
