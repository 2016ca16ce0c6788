//! Parses the lecture's pages: one entry for each idea.

/// An idea of the lecture: a heading of level 4 with what stands below it.
#[derive(Debug, Default, PartialEq)]
pub struct Entry {
    /// The line of the heading, from 1.
    pub line: usize,
    /// The term before the dot, and the one of the other language after it.
    pub terms: (String, String),
    /// What it says, without pictures, tables and the links below it.
    pub text: String,
    /// The files of its pictures.
    pub pictures: Vec<String>,
    /// The line with its code, tests, experiments and parts of the page to play with; empty if
    /// there is none.
    pub links: String,
}

impl Entry {
    /// Returns the parts of its links that begin with a word, such as `Test`.
    fn parts(&self, word: &'static str) -> impl Iterator<Item = &str> {
        self.links.split(" · ").filter_map(move |part| part.strip_prefix(word)?.strip_prefix(": "))
    }

    /// Returns the links to its code: names and files.
    pub fn code(&self) -> Vec<(&str, &str)> {
        self.parts("Code").flat_map(links).collect()
    }

    /// Returns the links to its tests: names and files.
    pub fn tests(&self) -> Vec<(&str, &str)> {
        self.parts("Test").flat_map(links).collect()
    }

    /// Returns the names of its experiments.
    pub fn experiments(&self) -> Vec<&str> {
        self.names("Experiment")
    }

    /// Returns the names of its parts of the page to play with.
    pub fn played(&self) -> Vec<&str> {
        self.names("Play")
    }

    fn names(&self, word: &'static str) -> Vec<&str> {
        self.parts(word).flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
    }

    /// Returns the number of its formulas.
    pub fn formulas(&self) -> usize {
        self.text.matches('$').count() / 2
    }
}

/// Returns the entries of a page.
pub fn entries(page: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut inside = false;
    for (line, content) in (1..).zip(page.lines()) {
        if let Some(heading) = content.strip_prefix("#### ") {
            let (term, other) = heading.split_once(" · ").unwrap_or((heading, ""));
            let terms = (term.to_owned(), other.trim_matches('*').to_owned());
            entries.push(Entry { line, terms, ..Entry::default() });
            inside = true;
        } else if content.starts_with('#') {
            inside = false;
        }
        let Some(entry) = entries.last_mut().filter(|_| inside && !content.starts_with('#')) else {
            continue;
        };
        if let Some(picture) = content.strip_prefix("![") {
            let path = picture.split_once("](").map(|(_, path)| path.trim_end_matches(')'));
            entry.pictures.extend(path.map(str::to_owned));
        } else if ["Code: ", "Test: ", "Experiment: "].iter().any(|w| content.starts_with(w)) {
            content.clone_into(&mut entry.links);
        } else if !content.is_empty() && !content.starts_with('|') {
            entry.text.push_str(content);
            entry.text.push(' ');
        }
    }
    entries
}

/// Returns the links whose text is code, as names and targets.
pub fn links(text: &str) -> Vec<(&str, &str)> {
    text.split("[`")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("`](")?;
            Some((name, rest.split_once(')')?.0))
        })
        .collect()
}

#[test]
fn entries_have_terms_texts_pictures_and_links() {
    let page = "\
# Page

#### loss · *Verlust*

It is $L$,
in two lines, see [`other`](o.rs).

![loss (L)](figures/en/losses.svg)

Code: [`B::c`](z.rs) · Test: [`d`](t.rs), [`e`](u.rs) · Experiment: `sgd`, `roc` · Play: `learn`

## Next

#### risk · *Risiko*

Nothing.
";
    let found = entries(page);
    let [loss, risk] = &found[..] else { panic!("{found:?}") };
    assert_eq!((loss.line, risk.line), (3, 14));
    assert_eq!(loss.terms, ("loss".to_owned(), "Verlust".to_owned()));
    assert_eq!(loss.text, "It is $L$, in two lines, see [`other`](o.rs). ");
    assert_eq!(
        (loss.formulas(), &loss.pictures[..]),
        (1, &["figures/en/losses.svg".to_owned()][..])
    );
    assert_eq!(
        (loss.code(), loss.tests()),
        (vec![("B::c", "z.rs")], vec![("d", "t.rs"), ("e", "u.rs")])
    );
    assert_eq!((loss.experiments(), loss.played()), (vec!["sgd", "roc"], vec!["learn"]));
    assert_eq!(
        (risk.code().len(), risk.experiments().len(), risk.text.as_str()),
        (0, 0, "Nothing. ")
    );
    assert_eq!(links(page).len(), 4);
}
