//! What every page is made of.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::own::PAGE;

/// The whole document.
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

/// An SVG document that this crate drew, with words for those who cannot see it.
pub(crate) fn figure(svg: &str, label: &str) -> Markup {
    html! { figure .plot role="img" aria-label=(label) { (PreEscaped(svg)) } }
}

/// A table that scrolls by itself where it is wider than the screen.
pub(crate) fn scroll(table: &Markup) -> Markup {
    html! { div .scroll tabindex="0" { (table) } }
}

/// A user's name as the heading of a row: long ones are broken into lines, very long ones cut, and
/// shown whole under the pointer.
pub(crate) fn name(name: &str) -> Markup {
    html! { th scope="row" .name { span title=(name) { (name) } } }
}

/// A row of column headings.
pub(crate) fn headings<S: AsRef<str>>(names: &[S]) -> Markup {
    html! { thead { tr { @for name in names { th scope="col" { (name.as_ref()) } } } } }
}

/// A section that is closed at first.
pub(crate) fn closed(summary: &str, content: &Markup) -> Markup {
    html! { details { summary { (summary) } (content) } }
}
