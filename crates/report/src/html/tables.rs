use maud::{Markup, html};
use zunder_eval::TestRecord;

use crate::confusions::{class_name, most_frequent, share};
use crate::format::percent;

/// The most classes whose confusion matrix is shown whole.
const MATRIX: usize = 30;

/// Precision, recall and F1 of each class, with a bar behind each score.
pub(super) fn per_class(test: &TestRecord) -> Markup {
    let score = |value: f64| html! { td .score style=(shade(value)) { (format!("{value:.3}")) } };
    html! {
        section {
            h2 { "Classes" }
            div .scroll tabindex="0" {
                table {
                    thead { tr { th scope="col" { "class" } @for name in ["precision", "recall", "F1", "images"] { th scope="col" { (name) } } } }
                    tbody {
                        @for class in &test.per_class {
                            tr {
                                th scope="row" { (class.class) }
                                (score(class.precision)) (score(class.recall)) (score(class.f1))
                                td { (class.support) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "macro average" }
                            (score(test.macro_precision)) (score(test.macro_recall)) (score(test.macro_f1))
                            td { (test.n) }
                        }
                    }
                }
            }
            p .note {
                "Precision: of the images taken for this class, the share that belongs to it. Recall: of the images of this class, the share that was found. "
                "F1: their harmonic mean."
            }
        }
    }
}

/// The confusion matrix, or the most frequent confusions among very many classes.
pub(super) fn confusion(test: &TestRecord) -> Markup {
    html! {
        section {
            h2 { "Confusion matrix" }
            @if test.confusion.len() > MATRIX { (list(test)) } @else { (matrix(test)) }
        }
    }
}

fn matrix(test: &TestRecord) -> Markup {
    html! {
        p .note { "Rows: true class, columns: predicted class, shaded by the share of the row. The diagonal is right." }
        div .scroll tabindex="0" {
            table .confusion {
                thead {
                    tr {
                        td {}
                        @for class in 0..test.confusion.len() { th scope="col" title=(class_name(test, class)) { span { (class_name(test, class)) } } }
                    }
                }
                tbody {
                    @for (truth, row) in test.confusion.iter().enumerate() {
                        tr {
                            th scope="row" title=(class_name(test, truth)) { (class_name(test, truth)) }
                            @for (predicted, &count) in row.iter().enumerate() {
                                td .right[truth == predicted] .none[count == 0] style=(shade(share(count, row))) { (count) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn list(test: &TestRecord) -> Markup {
    html! {
        p .note { "The " (MATRIX) " most frequent confusions among " (test.confusion.len()) " classes." }
        div .scroll tabindex="0" {
            table .list {
                thead { tr { @for name in ["true class", "taken for", "count", "of the class"] { th scope="col" { (name) } } } }
                tbody {
                    @for confusion in most_frequent(test, MATRIX) {
                        tr {
                            th scope="row" { (confusion.truth) }
                            th { (confusion.predicted) }
                            td { (confusion.count) }
                            td { (percent(confusion.share)) }
                        }
                    }
                }
            }
        }
    }
}

/// The share as a CSS variable, from which the style sheet makes a bar or a shade.
fn shade(share: f64) -> String {
    format!("--share:{share:.3}")
}
