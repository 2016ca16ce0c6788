//! Checks `docs/lecture.md` and `docs/vorlesung.md`, the maps from the lecture's ideas to code,
//! tests and experiments. Their relative links are checked by `pages.rs`.

mod names;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use zunder_experiments::Language;

use names::Names;
use page::{Entry, entries, links};

/// The ideas of the lecture in the words of the slides, in order. An entry that is
/// removed from the pages must be removed here too.
const TERMS: &str = include_str!("terms.txt");

/// The shortest and the longest text of an entry, in characters.
const TEXT: std::ops::RangeInclusive<usize> = 25..=520;

/// The ideas that have no place in the code.
const UNLINKED: [&str; 2] = ["Merkmalsvektor", "Biologisches Neuron"];

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The English and the German page.
fn pages() -> [String; 2] {
    ["lecture.md", "vorlesung.md"].map(|name| fs::read_to_string(docs().join(name)).unwrap())
}

/// Returns the names of all experiments.
fn experiments() -> Vec<&'static str> {
    zunder_experiments::experiments().iter().map(|experiment| experiment.name).collect()
}

/// Returns what is wrong with a page; `terms` are the German terms of its entries.
fn problems(page: &str, terms: &[&str]) -> Vec<String> {
    let entries = entries(page);
    let found: Vec<&str> = entries
        .iter()
        .map(
            |entry| {
                if page.contains("[auch auf Deutsch]") { &entry.terms.1 } else { &entry.terms.0 }
            },
        )
        .map(String::as_str)
        .collect();
    let missing = terms.iter().filter(|term| !found.contains(term));
    let unknown = found.iter().filter(|term| !terms.contains(term));
    let mut problems: Vec<String> = missing.map(|term| format!("no entry for {term}")).collect();
    problems.extend(unknown.map(|term| format!("{term} is not in terms.txt")));
    if problems.is_empty() && found != terms {
        problems.push("the entries have another order than terms.txt".to_owned());
    }
    let tests: BTreeSet<(&str, &str)> = entries.iter().flat_map(Entry::tests).collect();
    for (name, target) in links(page).into_iter().collect::<BTreeSet<_>>() {
        let is_test = tests.contains(&(name, target));
        problems.extend(problem_of_link(name, target, is_test));
    }
    for entry in &entries {
        let line = entry.line;
        problems.extend(problems_of_entry(entry).map(|problem| format!("line {line}: {problem}")));
    }
    problems
}

/// Returns true if the page to play with has a part of this name, which its contents then list.
fn is_played(part: &str) -> bool {
    zunder_experiments::play_page().contains(&format!(" {part}Short: ["))
}

fn problem_of_link(name: &str, target: &str, is_test: bool) -> Option<String> {
    let Ok(source) = fs::read_to_string(docs().join(target)) else {
        return Some(format!("{name}: there is no file {target}"));
    };
    let names = match Names::of(&source) {
        Ok(names) => names,
        Err(error) => return Some(format!("{target}: {error}")),
    };
    let (known, what) = if is_test { (names.tests, "test") } else { (names.items, "item") };
    (!known.contains(name)).then(|| format!("{target} has no {what} {name}"))
}

fn problems_of_entry(entry: &Entry) -> impl Iterator<Item = String> {
    let known = experiments();
    let unknown = entry.experiments().into_iter().filter(|name| !known.contains(name));
    let mut problems: Vec<String> =
        unknown.map(|name| format!("there is no experiment {name}")).collect();
    let unknown = entry.played().into_iter().filter(|part| !is_played(part));
    problems.extend(unknown.map(|part| format!("the page to play with has no part {part}")));
    let length = entry.text.chars().count();
    if !TEXT.contains(&length) {
        problems.push(format!("a text of {length} characters, expected {TEXT:?}"));
    }
    if entry.terms.1.is_empty() {
        problems.push("no term of the other language".to_owned());
    }
    let (code, tests) = (entry.code(), entry.tests());
    if entry.text.contains("= ") && entry.formulas() > 0 && (code.is_empty() || tests.is_empty()) {
        problems.push("a formula without code or without a test".to_owned());
    }
    let unlinked = UNLINKED.iter().any(|term| entry.terms.0 == *term || entry.terms.1 == *term);
    if code.is_empty() != unlinked {
        problems.push(format!("{} links to code", code.len()));
    }
    problems.into_iter()
}

#[test]
fn every_idea_has_its_entry_and_every_link_leads_to_what_it_names() {
    let terms: Vec<&str> = TERMS.lines().collect();
    for (page, name) in pages().iter().zip(["lecture.md", "vorlesung.md"]) {
        let problems = problems(page, &terms);
        assert!(problems.is_empty(), "docs/{name} has:\n{}", problems.join("\n"));
    }
}

/// The same terms, code, tests, experiments and pictures, and as many formulas, in both languages.
#[test]
fn both_languages_have_the_same_entries() {
    let [english, german] = pages().map(|page| entries(&page));
    let [en, de] = Language::ALL.map(|(_, name)| name);
    for (english, german) in english.iter().zip(&german) {
        let (term, other) = &german.terms;
        assert_eq!(&english.terms, &(other.clone(), term.clone()));
        assert_eq!(english.links, german.links, "{term}");
        assert_eq!(english.formulas(), german.formulas(), "formulas of {term}");
        let pictures: Vec<String> = english
            .pictures
            .iter()
            .map(|path| path.replace(&format!("figures/{en}/"), &format!("figures/{de}/")))
            .collect();
        assert_eq!(pictures, german.pictures, "{term}");
    }
    assert_eq!(english.len(), german.len());
}

#[test]
fn every_experiment_and_every_picture_has_a_place() {
    let entries = entries(&pages()[0]);
    let played: BTreeSet<&str> = entries.iter().flat_map(Entry::played).collect();
    let parts = ["learn", "neuron", "scores", "threshold", "valley"];
    assert_eq!(played.into_iter().collect::<Vec<_>>(), parts);
    let named: BTreeSet<&str> = entries.iter().flat_map(Entry::experiments).collect();
    let missing: Vec<&str> =
        experiments().into_iter().filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (picture, _) in zunder_experiments::lecture_figures(Language::English) {
        let shown = entries.iter().flat_map(|entry| &entry.pictures);
        assert!(shown.into_iter().any(|path| path.ends_with(&format!("/{picture}"))), "{picture}");
    }
}

#[test]
fn what_is_wrong_with_a_page_is_told() {
    let page = "\
#### Gut · *good*

A text of one line with $x = 1$ in it, long enough.

Code: [`docs`](../tests/tests/flows/lecture/mod.rs) · Test: \
[`what_is_wrong_with_a_page_is_told`](../tests/tests/flows/lecture/mod.rs) · Experiment: `sgd`

#### Schlecht

$x = 1$

Code: [`gone`](../tests/tests/flows/lecture/mod.rs), [`docs`](../nowhere.rs) · \
Experiment: `sdg` · Play: `valey`

#### Fremd · *foreign*

A text of one line, long enough to pass. [`docs`](../tests/tests/flows/main.rs)

Test: [`pages`](../tests/tests/flows/lecture/mod.rs)
";
    let expected = [
        "no entry for Weg",
        "Fremd is not in terms.txt",
        "docs: there is no file ../nowhere.rs",
        "../tests/tests/flows/main.rs has no item docs",
        "../tests/tests/flows/lecture/mod.rs has no item gone",
        "../tests/tests/flows/lecture/mod.rs has no test pages",
        "line 7: there is no experiment sdg",
        "line 7: the page to play with has no part valey",
        "line 7: a text of 8 characters, expected 25..=520",
        "line 7: no term of the other language",
        "line 7: a formula without code or without a test",
        "line 13: 0 links to code",
    ];
    assert_eq!(problems(page, &["Gut", "Schlecht", "Weg"]), expected);
    let [first, second] = UNLINKED;
    let moved = format!(
        "#### {second} · *b*\n\nA text that is long enough, one.\n\n#### {first} · *a*\n\n\
         A text that is long enough, two.\n"
    );
    let expected = ["the entries have another order than terms.txt"];
    assert_eq!(problems(&moved, &UNLINKED), expected);
}
