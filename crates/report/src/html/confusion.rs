//! The confusion matrix on the page.

use maud::{Markup, html};
use resvg::tiny_skia::{ColorU8, PremultipliedColorU8};
use zunder_eval::TestRecord;

use crate::ReportError;
use crate::confusions::{Confusion, class_name, most_frequent, truth_sums};
use crate::format::{count, percent};
use crate::html::shell::{closed, headings, name, scroll};
use crate::picture::data_uri;

/// The largest number of classes whose confusion matrix is shown in numbers.
const MATRIX: usize = 30;
/// The number of confusions that are listed for more classes.
const LISTED: usize = 30;
/// The number of these that are initially shown.
const OPEN: usize = 10;
/// The largest number of classes whose confusion matrix is shown as a picture.
const PICTURE: usize = 1000;

/// Returns the section with the confusion matrix. For many classes it has a picture and the most
/// frequent confusions.
pub(super) fn section(test: &TestRecord) -> Result<Markup, ReportError> {
    let n = test.confusion.n_classes();
    Ok(html! {
        section {
            h2 { "Confusion matrix" }
            @if n > MATRIX {
                @if n <= PICTURE { (picture(test)?) }
                (list(test))
            } @else {
                (matrix(test))
            }
        }
    })
}

/// Returns the share as a CSS variable, which the style sheet draws as a bar or a shade.
pub(super) fn shade(share: f64) -> String {
    format!("--share:{share:.3}")
}

fn matrix(test: &TestRecord) -> Markup {
    let (n, sums) = (test.confusion.n_classes(), truth_sums(test));
    // A class without images has no shares.
    let share =
        |count: u64, truth: usize| if count == 0 { 0.0 } else { count as f64 / sums[truth] as f64 };
    html! {
        p .note { "Rows: true class, columns: predicted class, shaded by the share of the row. The \
            diagonal is right." }
        (scroll(&html! {
            table .confusion {
                thead {
                    tr {
                        td {}
                    @for class in 0..n {
                        th scope="col" title=(class_name(test, class)) {
                            span { (class_name(test, class)) }
                        }
                    }
                    }
                }
                tbody {
                    @for (truth, row) in test.confusion.rows().into_iter().enumerate() {
                        tr {
                        th scope="row" title=(class_name(test, truth)) {
                            (class_name(test, truth))
                        }
                            @for (predicted, count) in row.into_iter().enumerate() {
                            td .right[truth == predicted] .none[count == 0]
                                style=(shade(share(count, truth))) { (count) }
                            }
                        }
                    }
                }
            }
        }))
    }
}

/// Draws the matrix with one pixel per cell. Empty cells are transparent, to suit light and dark.
fn picture(test: &TestRecord) -> Result<Markup, ReportError> {
    let (n, sums) = (test.confusion.n_classes(), truth_sums(test));
    let mut pixels = vec![PremultipliedColorU8::TRANSPARENT; n * n];
    for &(truth, predicted, count) in test.confusion.cells() {
        let share = count as f64 / sums[truth as usize] as f64;
        pixels[truth as usize * n + predicted as usize] = colour(share, truth == predicted);
    }
    let uri = data_uri(n, n, pixels.into_iter())?;
    Ok(html! {
        p .note {
            "One cell a pair of " (n) " classes, in the order of their numbers; rows: true class, \
                columns: predicted class. "
            "The stronger the colour, the larger the share of the row; the diagonal is right."
        }
        figure { img .heat src=(uri) width=(n) height=(n) alt="The confusion matrix as a picture"; }
    })
}

/// Blue on the diagonal, vermilion off it. The square root makes small shares visible.
fn colour(share: f64, right: bool) -> PremultipliedColorU8 {
    let alpha = (255.0 * share.clamp(0.0, 1.0).sqrt()).round() as u8;
    let (r, g, b) = if right { (0x2A, 0x8F, 0xCF) } else { (0xE0, 0x70, 0x18) };
    ColorU8::from_rgba(r, g, b, alpha).premultiply()
}

fn list(test: &TestRecord) -> Markup {
    let all = most_frequent(test, LISTED);
    let open = all.len().min(OPEN);
    html! {
        p .note { "The most frequent confusions \
            among " (count(test.confusion.n_classes())) " classes." }
        (confusions(&all[..open]))
        @if all.len() > open { (closed(&format!("{} \
            more", all.len() - open), &confusions(&all[open..]))) }
    }
}

fn confusions(confusions: &[Confusion<'_>]) -> Markup {
    scroll(&html! {
        table .names {
            (headings(&["true class", "predicted class", "count", "of the class"]))
            tbody {
                @for confusion in confusions {
                tr {
                    (name(confusion.truth))
                    (name(confusion.predicted))
                    td { (count(confusion.count as usize)) }
                    td { (percent(confusion.share)) }
                }
                }
            }
        }
    })
}
