//! The page of an experiment: question, results, and whether its claims hold.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, PreEscaped, html};

use crate::curves::WIDTH;
use crate::html::shell::{figure, headings, page, pairs, scroll};
use crate::svg::width;
use crate::{ContactSheet, ReportError, png};

/// The results of an experiment.
#[derive(Clone, Debug, Default)]
pub struct Study<'a> {
    /// The title.
    pub title: &'a str,
    /// The question, in one or two sentences.
    pub question: &'a str,
    /// The source of the idea.
    pub source: &'a str,
    /// A note on the data, such as that they are synthetic, shown at the top.
    pub banner: Option<&'a str>,
    /// The settings, as keys and values.
    pub setting: Vec<(String, String)>,
    /// Observations, one sentence each.
    pub see: &'a [String],
    /// The claims.
    pub claims: &'a [StudyClaim],
    /// The pictures, in order.
    pub figures: &'a [Figure],
    /// The tables, in order.
    pub tables: &'a [Table],
    /// The command that repeats the experiment.
    pub reproduce: &'a str,
}

/// A claim with the evidence.
#[derive(Clone, Debug)]
pub struct StudyClaim {
    /// The claim, as a sentence.
    pub statement: String,
    /// The measurement, with its spread.
    pub evidence: String,
    /// Whether the measurement supports the claim.
    pub holds: bool,
}

/// A picture with its caption.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name of its file, without extension.
    pub name: String,
    /// The caption.
    pub caption: String,
    /// The drawing.
    pub drawing: Drawing,
}

/// The content of a [`Figure`].
#[derive(Clone, Debug)]
pub enum Drawing {
    /// An SVG document of this crate, which is embedded unchanged.
    Svg(String),
    /// A contact sheet.
    Sheet(ContactSheet),
}

/// Rows below headings. The first column names the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The caption.
    pub caption: String,
    /// The headings of the columns.
    pub headings: Vec<String>,
    /// The rows, with one cell per column.
    pub rows: Vec<Vec<String>>,
    /// Whether the cells are text, which is left-aligned and wrapped, rather than numbers.
    pub words: bool,
    /// Whether the table is only for the page, because its rows are too long for a terminal.
    pub page_only: bool,
}

impl Figure {
    /// Returns the picture as a PNG file.
    ///
    /// # Errors
    ///
    /// Returns [`ReportError::Plot`] if the text is not an SVG document, and the errors of
    /// [`ContactSheet::png`].
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        match &self.drawing {
            Drawing::Svg(svg) => png(svg),
            Drawing::Sheet(sheet) => sheet.png(),
        }
    }

    /// Returns whether the picture is too wide to be placed beside another one.
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
                Drawing::Svg(svg) => @if self.is_wide() {
                    (scroll(&figure(svg, &self.caption)))
                } @else {
                    (figure(svg, &self.caption))
                },
                    Drawing::Sheet(_) => figure {
                    img .sheet alt=(self.caption)
                        src={
                            "data:image/png;base64,"
                            (PreEscaped(BASE64_STANDARD.encode(self.png()?)))
                        };
                    },
                }
                p .note { (self.caption) }
            }
        })
    }
}

impl Table {
    /// Returns the table for a terminal.
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
                                        @if i == 0 {
                                            th scope="row" { (cell) }
                                        } @else {
                                            td { (cell) }
                                        }
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
/// scripts. Observations come first, then the pictures, the claims, and the tables.
///
/// # Errors
///
/// Returns [`ReportError`] if a picture cannot be drawn.
///
/// ```
/// use zunder_report::{Drawing, Figure, Plot, Study, plot, study};
///
/// let figures = [Figure {
///     name: "line".into(),
///     caption: "A line.".into(),
///     drawing: Drawing::Svg(plot(&[Plot::default()])),
/// }];
/// let page = study(&Study {
///     title: "Lines & points",
///     see: &["It is straight.".into()],
///     figures: &figures,
///     ..Study::default()
/// })?;
/// assert!(
///     page.contains("Lines &amp; points")
///         && page.contains("It is straight.")
///         && page.contains("<svg")
/// );
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn study(study: &Study<'_>) -> Result<String, ReportError> {
    let figures: Vec<Markup> = study.figures.iter().map(Figure::html).collect::<Result<_, _>>()?;
    let body = html! {
        @if let Some(banner) = study.banner { p .banner { (banner) } }
        p { (study.question) }
        p .note { (study.source) }
        @if !study.see.is_empty() {
            section {
                    h2 { "Observations" }
                    ul { @for sentence in study.see { li { (sentence) } } }
                }
        }
            @if !figures.is_empty() {
                section { h2 { "Pictures" } div .two { @for figure in &figures { (figure) } } }
            }
        @if !study.claims.is_empty() {
            section {
                h2 { "Do the claims hold?" }
                @for (i, claim) in study.claims.iter().enumerate() { (claim.html(i + 1)) }
            }
        }
        @for table in study.tables { (table.html()) }
        @if !study.setting.is_empty() { section { h2 { "Setting" } (pairs(&study.setting)) } }
        @if !study.reproduce.is_empty() { section { h2 { "How to \
            reproduce" } pre { (study.reproduce) } } }
    };
    Ok(page(study.title, &body))
}

/// An entry of [`study_index`].
#[derive(Clone, Debug)]
pub struct IndexEntry<'a> {
    /// The page, relative to the index.
    pub page: String,
    /// The title.
    pub title: &'a str,
    /// The question.
    pub question: &'a str,
    /// The number of claims that hold, and the number of all claims. `None` for a page that claims
    /// nothing.
    pub held: Option<(usize, usize)>,
}

/// Writes an index page of several experiments, with the number of their claims that hold.
pub fn study_index(title: &str, entries: &[IndexEntry<'_>]) -> String {
    let body = html! {
        @for entry in entries {
            @let all_hold = entry.held.is_none_or(|(held, all)| held == all);
            div .claim .(if all_hold { "right" } else { "wrong" }) {
                p { a href=(entry.page) { strong { (entry.title) } } }
                p { (entry.question) }
                @if let Some((held, all)) = entry.held {
                    p .note { @if all_hold { "✓ " } @else { "✗ " } (held) " of " (all) " claims \
                        hold" }
                }
            }
        }
    };
    page(title, &body)
}

impl StudyClaim {
    fn html(&self, number: usize) -> Markup {
        let (class, verdict) =
            if self.holds { ("right", "✓ yes: ") } else { ("wrong", "✗ no: ") };
        html! {
            div .claim .(class) {
                p { strong { (number) " " (verdict) } (self.statement) }
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
            ..Table::default()
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
            "1 ✓ yes: ",
            "2 ✗ no: ",
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

    #[test]
    fn an_index_counts_claims_where_there_are_any() {
        let entry = |page: &str, held| IndexEntry {
            page: page.to_owned(),
            title: "t",
            question: "a < b",
            held,
        };
        let index = |entry| study_index("Index", &[entry]);
        let some = index(entry("a/index.html", Some((1, 2))));
        assert!(some.contains("href=\"a/index.html\"") && some.contains("✗ 1 of 2 claims hold"));
        assert!(index(entry("b", Some((2, 2)))).contains("✓ 2 of 2 claims hold"));
        let none = index(entry("c", None));
        assert!(!none.contains("claims") && none.contains("a &lt; b"), "{none}");
    }
}
