//! The scores of each class on the page.

use maud::{Markup, html};
use zunder_eval::{ClassReport, ClassificationReport, TestRecord};

use crate::format::count;
use crate::html::shell::{closed, headings, name, scroll};

/// With more classes than this, the table of all is closed at first...
const OPEN: usize = 30;
/// ... and so many of the weakest are shown above it.
const WEAKEST: usize = 10;
/// Classes in the table; if there are more, it has the weakest ones.
const ALL: usize = 1000;
const MANY: usize = 100;

/// Precision, recall, F1 and what else is known of each class, with a bar behind each score.
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
                    p .note { "The scores of all classes stand in test.json." }
                } @else {
                    (closed(&format!("All {n} classes"), &table(test, metrics, &all)))
                }
            } @else {
                (table(test, metrics, &all))
            }
            p .note {
                "Precision: of the images taken for this class, the share that belongs to it. \
                 Recall: of the images of this class, the share that was found. "
                "F1: their harmonic mean. –: not defined, without images of the class or without \
                 any taken for it. "
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
            @if let Some(value) = value { td .score style=(super::confusion::shade(value)) { (format!("{value:.3}")) } } @else { td { "–" } }
        }
    };
    let of = |class: usize| metrics.and_then(|metrics| metrics.per_class.get(class));
    let mut names = vec!["class", "precision", "recall", "F1", "images"];
    if metrics.is_some() {
        names.extend(["AUC", "AP"]);
    }
    let areas = |report: Option<&ClassReport>| {
        html! { @if metrics.is_some() { (score(report.and_then(|r| r.auc))) (score(report.and_then(|r| r.average_precision))) } }
    };
    scroll(&html! {
        table .sticky {
            (headings(&names))
            tbody {
                @for (number, class) in classes.iter().filter_map(|&number| Some((number, test.per_class.get(number)?))) {
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
                    @if let Some(metrics) = metrics { (score(metrics.one_vs_rest.macro_auc)) (score(metrics.one_vs_rest.macro_average_precision)) }
                }
            }
        }
    })
}
