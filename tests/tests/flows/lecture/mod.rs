//! Checks `docs/lecture.md`, the map from the lecture's ideas to code and tests: every link leads
//! to what it names, every formula has a test, and no idea is missing.

mod map;
mod resolve;

use std::path::Path;

use map::{HEADER, Link, Row, parse};

/// Returns the names of all experiments.
fn experiments() -> Vec<&'static str> {
    zunder_experiments::experiments().iter().map(|experiment| experiment.name).collect()
}

/// Returns the problems of a map, each with its line.
fn problems(text: &str, folder: &Path) -> Vec<String> {
    let (links, rows) = parse(text);
    let anchors = anchors(text);
    let of_links = links.iter().filter_map(|link| {
        problem_of_link(link, folder, &anchors).map(|problem| (link.line, problem))
    });
    let of_rows = rows
        .iter()
        .flat_map(|row| problems_of_row(row).into_iter().map(|problem| (row.line, problem)));
    of_links.chain(of_rows).map(|(line, problem)| format!("line {line}: {problem}")).collect()
}

/// Returns the anchors of its headings, as GitHub creates them.
fn anchors(text: &str) -> Vec<String> {
    let kept =
        |c: char| if c == ' ' { Some('-') } else { (c.is_alphanumeric() || c == '-').then_some(c) };
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches(['#', ' ']).to_lowercase().chars().filter_map(kept).collect()
        })
        .collect()
}

fn problem_of_link(
    Link { item, target, is_test, .. }: &Link,
    folder: &Path,
    anchors: &[String],
) -> Option<String> {
    if let Some(anchor) = target.strip_prefix('#') {
        return (!anchors.iter().any(|known| known == anchor))
            .then(|| format!("there is no heading {target}"));
    }
    let path = folder.join(target);
    if item.is_empty() {
        return (!path.exists()).then(|| format!("there is no {target}"));
    }
    let Ok(source) = std::fs::read_to_string(path) else {
        return Some(format!("there is no file {target}"));
    };
    if *is_test {
        return (!resolve::is_test(&source, item)).then(|| format!("{target} has no test {item}"));
    }
    (!resolve::defines(&source, item)).then(|| format!("{target} defines no {item}"))
}

fn problems_of_row(row: &Row) -> Vec<String> {
    let [term, short, _] = &row.cells[..] else {
        return vec![format!("a row of {} cells, expected {}", row.cells.len(), HEADER.len())];
    };
    let known = experiments();
    let unknown = row.experiments().into_iter().filter(|name| !known.contains(name));
    let mut problems: Vec<String> =
        unknown.map(|name| format!("there is no experiment {name}")).collect();
    if (term.contains('$') || short.contains('$')) && !row.has_code_and_test() {
        problems.push(format!("the formula of {term} has no code or no test"));
    }
    if row.cells.iter().any(String::is_empty) {
        problems.push(format!("a cell of {term} is empty"));
    }
    problems
}

fn the_map() -> String {
    std::fs::read_to_string(docs().join("lecture.md")).unwrap()
}

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

#[test]
fn every_link_leads_to_what_it_names_and_every_formula_to_a_test() {
    let problems = problems(&the_map(), &docs());
    assert!(problems.is_empty(), "docs/lecture.md has:\n{}", problems.join("\n"));
}

#[test]
fn every_experiment_has_a_place() {
    let (_, rows) = parse(&the_map());
    let named: Vec<&str> = rows.iter().flat_map(Row::experiments).collect();
    let missing: Vec<&str> =
        experiments().into_iter().filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The ideas of the lecture, by the words of the slides, in their order.
const TERMS: &str = include_str!("terms.txt");

#[test]
fn no_idea_is_missing() {
    let (_, rows) = parse(&the_map());
    let missing: Vec<&str> = TERMS
        .lines()
        .filter(|term| !term.is_empty() && !rows.iter().any(|row| row.cells[0].contains(term)))
        .collect();
    assert!(missing.is_empty(), "docs/lecture.md has no row for {missing:?}");
    assert!(TERMS.lines().count() > 100, "the list itself is whole");
    for (i, row) in rows.iter().enumerate() {
        assert!(
            rows[..i].iter().all(|other| other.cells[0] != row.cells[0]),
            "two rows for {}",
            row.cells[0]
        );
    }
}

#[test]
fn broken_links_are_told_with_their_line() {
    let map = "\
| Begriff, *term* | in short | code, test, experiment |
|---|---|---|
| Gut, *good* | $x$ | [`docs`](../tests/tests/flows/lecture/mod.rs)<br>test \
[`no_idea_is_missing`](../tests/tests/flows/lecture/mod.rs)<br>experiment `sgd` |
| a | b | [`gone`](../tests/tests/flows/lecture/mod.rs) |
| c | d | [`docs`](../nowhere.rs)<br>test \
[`docs`](../tests/tests/flows/lecture/mod.rs)<br>experiment `sdg` |
| e | $f$ | – |
| g | $h$ | [`docs`](../tests/tests/flows/lecture/mod.rs) |
| i | | – | – |
| j | | – |

And [a page](gone.md), [a good one](../README.md), [a place](#of-6a1), [none](#nowhere).

## Of 6a.1
";
    let expected = [
        "line 4: ../tests/tests/flows/lecture/mod.rs defines no gone",
        "line 5: there is no file ../nowhere.rs",
        "line 5: ../tests/tests/flows/lecture/mod.rs has no test docs",
        "line 11: there is no gone.md",
        "line 11: there is no heading #nowhere",
        "line 5: there is no experiment sdg",
        "line 6: the formula of e has no code or no test",
        "line 7: the formula of g has no code or no test",
        "line 8: a row of 4 cells, expected 3",
        "line 9: a cell of j is empty",
    ];
    assert_eq!(problems(map, &docs()), expected);
}
