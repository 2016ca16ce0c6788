//! The parts that all pages share: the document, tables, figures and sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::own::PAGE;

/// Returns the whole document.
pub(crate) fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(PAGE))
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body { main { h1 { (title) } (body) } }
        }
    };
    page.into_string()
}

/// Keys and values in a grid.
pub(crate) fn pairs(pairs: &[(String, String)]) -> Markup {
    html! {
        dl {
            @for (key, value) in pairs {
                div { dt { (key) } dd { (value) } }
            }
        }
    }
}

/// Returns an SVG document of this crate, with a text for screen readers.
pub(crate) fn figure(svg: &str, label: &str) -> Markup {
    html! { figure .plot role="img" aria-label=(label) { (PreEscaped(svg)) } }
}

/// Returns a table that scrolls if it is wider than the screen.
pub(crate) fn scroll(table: &Markup) -> Markup {
    html! { div .scroll tabindex="0" { (table) } }
}

/// Returns a name as the heading of a row. Long names are broken into lines, very long ones cut,
/// and shown in full as a tooltip.
pub(crate) fn name(name: &str) -> Markup {
    html! { th scope="row" .name { span title=(name) { (name) } } }
}

/// Returns a row of column headings.
pub(crate) fn headings<S: AsRef<str>>(names: &[S]) -> Markup {
    html! { thead { tr { @for name in names { th scope="col" { (name.as_ref()) } } } } }
}

/// Returns a section that is initially closed.
pub(crate) fn closed(summary: &str, content: &Markup) -> Markup {
    html! { details { summary { (summary) } (content) } }
}
