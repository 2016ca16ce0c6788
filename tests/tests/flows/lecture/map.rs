//! Parses the tables of the lecture map.

/// The header of the tables that are checked. Others are treated as prose.
pub const HEADER: [&str; 3] = ["Begriff, *term*", "in short", "code, test, experiment"];

/// A link, whose text is prose or code.
#[derive(Debug, PartialEq)]
pub struct Link {
    /// The line, from 1.
    pub line: usize,
    /// The code in its text; empty if there is none.
    pub item: String,
    pub target: String,
    /// Whether it names a test.
    pub is_test: bool,
}

/// A row of a table with the columns of [`HEADER`].
#[derive(Debug, PartialEq)]
pub struct Row {
    /// The line, from 1.
    pub line: usize,
    pub cells: Vec<String>,
}

impl Row {
    /// Returns the names of its experiments.
    pub fn experiments(&self) -> Vec<&str> {
        self.parts("experiment ").flat_map(code).collect()
    }

    /// Returns whether it names a test and also code.
    pub fn has_code_and_test(&self) -> bool {
        self.parts("test ").any(|part| part.contains("](")) && self.parts("[").next().is_some()
    }

    /// Returns the parts of its last cell that begin with `start`.
    fn parts(&self, start: &'static str) -> impl Iterator<Item = &str> {
        self.cells
            .last()
            .into_iter()
            .flat_map(|cell| cell.split("<br>"))
            .filter(move |part| part.starts_with(start))
    }
}

/// Returns all links and all rows, in order.
pub fn parse(text: &str) -> (Vec<Link>, Vec<Row>) {
    let (mut links, mut rows, mut in_table) = (Vec::new(), Vec::new(), false);
    for (line, content) in (1..).zip(text.lines()) {
        let cells = cells(content);
        in_table = cells.as_deref().is_some_and(|cells| in_table || cells == HEADER);
        for part in content.split("<br>") {
            collect(part, line, in_table && part.starts_with("test "), &mut links);
        }
        rows.extend(
            cells
                .filter(|cells| in_table && cells != &HEADER && !content.starts_with("|--"))
                .map(|cells| Row { line, cells }),
        );
    }
    (links, rows)
}

/// Returns the text between backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}

/// Collects every `[text](target)` in a piece of a line.
fn collect(text: &str, line: usize, is_test: bool, into: &mut Vec<Link>) {
    for (end, _) in text.match_indices("](") {
        let (before, after) = (&text[..end], &text[end + 2..]);
        let (Some(start), Some((target, _))) = (before.rfind('['), after.split_once(')')) else {
            continue;
        };
        let item = code(&before[start..]).first().map_or(String::new(), |code| (*code).to_owned());
        into.push(Link { line, item, target: target.to_owned(), is_test });
    }
}

#[test]
fn links_and_rows_are_found_with_their_lines() {
    let text = "\
See [`a`](x.rs) and [text](y.md).

| Begriff, *term* | in short | code, test, experiment |
|---|---|---|
| Eins, *one* | $1$ | [`B::c`](z.rs)<br>test [`d`](t.rs), [`e`](t.rs)<br>experiment `sgd`, `roc` |
| Zwei, *two* | | [`B`](z.rs) |

| other | table |
|---|---|
| [`f`](u.rs) | |
";
    let (links, rows) = parse(text);
    let found: Vec<_> = links
        .iter()
        .map(|link| (link.line, link.item.as_str(), link.target.as_str(), link.is_test))
        .collect();
    let expected = [
        (1, "a", "x.rs", false),
        (1, "", "y.md", false),
        (5, "B::c", "z.rs", false),
        (5, "d", "t.rs", true),
        (5, "e", "t.rs", true),
        (6, "B", "z.rs", false),
        (10, "f", "u.rs", false),
    ];
    assert_eq!(found, expected);
    assert_eq!(
        rows.iter().map(|row| (row.line, row.has_code_and_test())).collect::<Vec<_>>(),
        [(5, true), (6, false)]
    );
    assert_eq!(
        (rows[0].cells[0].as_str(), rows[0].experiments(), rows[1].experiments()),
        ("Eins, *one*", vec!["sgd", "roc"], vec![])
    );
}
