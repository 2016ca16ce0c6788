//! The page of an experiment: what it asks, what came out, and whether that is what was claimed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, PreEscaped, html};

use crate::curves::WIDTH;
use crate::html::shell::{figure, headings, page, pairs, scroll};
use crate::svg::width;
use crate::{ContactSheet, ReportError, png};

/// What an experiment found.
#[derive(Clone, Debug, Default)]
pub struct Study<'a> {
    /// Its title.
    pub title: &'a str,
    /// What it asks, in a sentence or two.
    pub question: &'a str,
    /// Where the idea comes from.
    pub source: &'a str,
    /// What is to be known about the data, such as that they are synthetic; shown above everything.
    pub banner: Option<&'a str>,
    /// What it ran with, as keys and values.
    pub setting: Vec<(String, String)>,
    /// What to see, a sentence each.
    pub see: &'a [String],
    /// What was claimed.
    pub claims: &'a [StudyClaim],
    /// Pictures, in their order.
    pub figures: &'a [Figure],
    /// Tables, in their order.
    pub tables: &'a [Table],
    /// The command that repeats it.
    pub reproduce: &'a str,
}

/// A claim and what was measured of it.
#[derive(Clone, Debug)]
pub struct StudyClaim {
    /// What is claimed, as a sentence.
    pub statement: String,
    /// What was measured, with its spread.
    pub evidence: String,
    /// Whether the measurement bears it out.
    pub holds: bool,
}

/// A picture with its caption.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name of its file, without an ending.
    pub name: String,
    /// What it shows.
    pub caption: String,
    /// What is drawn.
    pub drawing: Drawing,
}

/// What a [`Figure`] is made of.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// An SVG document that this crate drew; it is put into the page as it is.
    Svg(String),
    /// Pictures side by side.
    Sheet(ContactSheet),
}

/// Rows under headings; the first column names the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The columns' names.
    pub headings: Vec<String>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Whether the cells are words and not figures, and so begin on the left and are broken into
    /// lines.
    pub words: bool,
}

impl Figure {
    /// The picture as a PNG file.
    ///
    /// # Errors
    ///
    /// [`ReportError::Plot`] for text that is no SVG, and those of [`ContactSheet::png`].
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        match &self.drawing {
            Drawing::Svg(svg) => png(svg),
            Drawing::Sheet(sheet) => sheet.png(),
        }
    }

    /// Whether it is too wide to stand beside another one.
    fn is_wide(&self) -> bool {
        match &self.drawing {
            Drawing::Svg(svg) => width(svg).is_some_and(|width| width > WIDTH),
            Drawing::Sheet(_) => true,
        }
    }

    fn html(&self) -> Result<Markup, ReportError> {
        Ok(html! {
            section .study-figure .wide[self.is_wide()] {
                @match &self.drawing {
                    Drawing::Svg(svg) => @if self.is_wide() { (scroll(&figure(svg, &self.caption))) } @else { (figure(svg, &self.caption)) },
                    Drawing::Sheet(_) => figure {
                        img .sheet alt=(self.caption) src={ "data:image/png;base64," (PreEscaped(BASE64_STANDARD.encode(self.png()?))) };
                    },
                }
                p .note { (self.caption) }
            }
        })
    }
}

impl Table {
    /// The table for a terminal.
    pub fn text(&self) -> String {
        crate::text::table(
            self.headings.iter().cloned(),
            self.rows.iter().cloned(),
            if self.words { usize::MAX } else { 1 },
        )
    }

    fn html(&self) -> Markup {
        html! {
            section {
                h2 { (self.caption) }
                (scroll(&html! {
                    table .(if self.words { "settings" } else { "sticky" }) {
                        (headings(&self.headings))
                        tbody {
                            @for row in &self.rows {
                                tr {
                                    @for (i, cell) in row.iter().enumerate() {
                                        @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

/// Writes an experiment's page: one HTML document that needs no other file, no network and no
/// script. What to see comes first, then the pictures, whether the claims hold, and tables.
///
/// # Errors
///
/// [`ReportError`] for pictures that cannot be drawn.
///
/// ```
/// use zunder_report::{Drawing, Figure, Plot, Study, plot, study};
///
/// let figures = [Figure { name: "line".into(), caption: "A line.".into(), drawing: Drawing::Svg(plot(&[Plot::default()])) }];
/// let page = study(&Study { title: "Lines & points", see: &["It is straight.".into()], figures: &figures, ..Study::default() })?;
/// assert!(page.contains("Lines &amp; points") && page.contains("It is straight.") && page.contains("<svg"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn study(study: &Study<'_>) -> Result<String, ReportError> {
    let figures: Vec<Markup> = study.figures.iter().map(Figure::html).collect::<Result<_, _>>()?;
    let body = html! {
        @if let Some(banner) = study.banner { p .banner { (banner) } }
        p { (study.question) }
        p .note { (study.source) }
        @if !study.see.is_empty() {
            section { h2 { "What to see" } ul { @for sentence in study.see { li { (sentence) } } } }
        }
        @if !figures.is_empty() { section { h2 { "Pictures" } div .two { @for figure in &figures { (figure) } } } }
        @if !study.claims.is_empty() {
            section {
                h2 { "Does it appear?" }
                @for claim in study.claims { (claim.html()) }
            }
        }
        @for table in study.tables { (table.html()) }
        @if !study.setting.is_empty() { section { h2 { "Setting" } (pairs(&study.setting)) } }
        @if !study.reproduce.is_empty() { section { h2 { "How to \
            reproduce" } pre { (study.reproduce) } } }
    };
    Ok(page(study.title, &body))
}

/// A line of [`study_index`].
#[derive(Clone, Debug)]
pub struct IndexEntry<'a> {
    /// The page, relative to the index.
    pub page: String,
    /// Its title.
    pub title: &'a str,
    /// What it asks.
    pub question: &'a str,
    /// Claims that hold, and all of them.
    pub held: (usize, usize),
}

/// Writes a page that leads to the pages of several experiments, with how many of their claims
/// hold.
pub fn study_index(title: &str, entries: &[IndexEntry<'_>]) -> String {
    let body = html! {
        @for entry in entries {
            @let (held, all) = entry.held;
            div .claim .(if held == all { "right" } else { "wrong" }) {
                p { a href=(entry.page) { strong { (entry.title) } } }
                p { (entry.question) }
                p .note { @if held == all { "✓ " } @else { "✗ " } (held) " of " (all) " claims \
                    appear" }
            }
        }
    };
    page(title, &body)
}

impl StudyClaim {
    fn html(&self) -> Markup {
        let (class, verdict) =
            if self.holds { ("right", "✓ yes: ") } else { ("wrong", "✗ not here: ") };
        html! {
            div .claim .(class) {
                p { strong { (verdict) } (self.statement) }
                p .note { (self.evidence) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Picture, SheetRow};

    #[test]
    fn everything_is_on_the_page_and_escaped() {
        let picture = Picture { channels: 1, height: 1, width: 1, pixels: vec![7] };
        let row =
            SheetRow { caption: "a".to_owned(), details: String::new(), pictures: vec![picture] };
        let sheet = ContactSheet {
            title: "t".to_owned(),
            subtitle: String::new(),
            columns: Vec::new(),
            rows: vec![row],
        };
        let figures = [Figure {
            name: "sheet".to_owned(),
            caption: "<one>".to_owned(),
            drawing: Drawing::Sheet(sheet),
        }];
        let claim = |holds| StudyClaim {
            statement: "a < b".to_owned(),
            evidence: "1 & 2".to_owned(),
            holds,
        };
        let tables = [Table {
            caption: "T".to_owned(),
            headings: vec!["x".into(), "y".into()],
            rows: vec![vec!["r".into(), "2".into()]],
            words: false,
        }];
        let claims = [claim(true), claim(false)];
        let made = study(&Study {
            title: "T",
            claims: &claims,
            figures: &figures,
            tables: &tables,
            banner: Some("B"),
            ..Study::default()
        })
        .unwrap();
        for part in [
            "✓ yes: ",
            "✗ not here: ",
            "a &lt; b",
            "1 &amp; 2",
            "&lt;one&gt;",
            "data:image/png;base64,",
            "<th scope=\"row\">r</th><td>2</td>",
        ] {
            assert!(made.contains(part), "{part}: {made}");
        }
        assert!(figures[0].png().unwrap().starts_with(b"\x89PNG"));
    }
}
