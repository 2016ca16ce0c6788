//! The scores of each class on the page.

use maud::{Markup, html};
use zunder_eval::{ClassReport, ClassificationReport, TestRecord};

use crate::format::count;
use crate::html::shell::{closed, headings, name, scroll};

/// The largest number of classes whose table is open; for more it is initially closed.
const OPEN: usize = 30;
/// The number of weakest classes that are shown above a closed table.
const WEAKEST: usize = 10;
/// The largest number of classes in the table; for more it has only the weakest.
const ALL: usize = 1000;
const MANY: usize = 100;

/// Returns the section with precision, recall, F1 and the areas of each class, with a bar behind
/// each score.
pub(super) fn section(test: &TestRecord, metrics: Option<&ClassificationReport>) -> Markup {
    let all: Vec<usize> = (0..test.per_class.len()).collect();
    let n = all.len();
    html! {
        section {
            h2 { "Classes" }
            @if n > OPEN {
                p .note { "The " (WEAKEST) " classes with the lowest F1 of " (count(n)) "." }
                (table(test, metrics, &weakest(test, WEAKEST)))
                @if n > ALL {
                    (closed(&format!("The {MANY} classes with the lowest \
                        F1"), &table(test, metrics, &weakest(test, MANY))))
                    p .note { "The scores of all classes are in test.json." }
                } @else {
                    (closed(&format!("All {n} classes"), &table(test, metrics, &all)))
                }
            } @else {
                (table(test, metrics, &all))
            }
            p .note {
                "Precision: the share of the images predicted as this class that belong to it. \
                 Recall: the share of the images of this class that are predicted as it. "
                "F1: their harmonic mean. –: undefined, without images of the class or without \
                 images predicted as it. "
                @if metrics.is_some() { "AUC, AP: the areas under its ROC and its precision-recall \
                    curve, at all thresholds." }
            }
        }
    }
}

fn weakest(test: &TestRecord, n: usize) -> Vec<usize> {
    crate::confusions::weakest(test).into_iter().take(n).collect()
}

fn table(test: &TestRecord, metrics: Option<&ClassificationReport>, classes: &[usize]) -> Markup {
    let score = |value: Option<f64>| {
        html! {
            @if let Some(value) = value {
                td .score style=(super::confusion::shade(value)) { (format!("{value:.3}")) }
            } @else {
                td { "–" }
            }
        }
    };
    let of = |class: usize| metrics.and_then(|metrics| metrics.per_class.get(class));
    let mut names = vec!["class", "precision", "recall", "F1", "images"];
    if metrics.is_some() {
        names.extend(["AUC", "AP"]);
    }
    let areas = |report: Option<&ClassReport>| {
        html! {
            @if metrics.is_some() {
                (score(report.and_then(|r| r.auc)))
                (score(report.and_then(|r| r.average_precision)))
            }
        }
    };
    scroll(&html! {
        table .sticky {
            (headings(&names))
            tbody {
                @for (number, class) in
                        classes.iter().filter_map(|&i| Some((i, test.per_class.get(i)?)))
                    {
                    tr {
                        (name(&class.class))
                        (score(class.precision)) (score(class.recall)) (score(class.f1))
                        td { (count(class.support as usize)) }
                        (areas(of(number)))
                    }
                }
            }
            tfoot {
                tr {
                    th scope="row" { "macro average" }
                    (score(test.macro_precision)) (score(test.macro_recall)) (score(test.macro_f1))
                    td { (count(test.n)) }
                    @if let Some(metrics) = metrics {
                        (score(metrics.one_vs_rest.macro_auc))
                        (score(metrics.one_vs_rest.macro_average_precision))
                    }
                }
            }
        }
    })
}
