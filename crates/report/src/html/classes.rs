use maud::{Markup, html};
use zunder_eval::{ClassReport, ClassificationReport, TestRecord};

use crate::format::count;
use crate::html::shell::{closed, headings, name, scroll};

/// With more classes than this, the table of all is closed at first...
const OPEN: usize = 30;
/// ... and so many of the weakest are shown above it.
const WEAKEST: usize = 10;

/// Precision, recall, F1 and what else is known of each class, with a bar behind each score.
pub(super) fn section(test: &TestRecord, metrics: Option<&ClassificationReport>) -> Markup {
    let all: Vec<usize> = (0..test.per_class.len()).collect();
    let n = all.len();
    html! {
        section {
            h2 { "Classes" }
            @if n > OPEN {
                p .note { "The " (WEAKEST) " classes with the lowest F1 of " (n) "." }
                (table(test, metrics, &weakest(test)))
                (closed(&format!("All {n} classes"), &table(test, metrics, &all)))
            } @else {
                (table(test, metrics, &all))
            }
            p .note {
                "Precision: of the images taken for this class, the share that belongs to it. Recall: of the images of this class, the share that was found. "
                "F1: their harmonic mean."
                @if metrics.is_some() { " AUC, AP: the areas under its ROC and its precision-recall curve, at all thresholds." }
            }
        }
    }
}

fn weakest(test: &TestRecord) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..test.per_class.len()).collect();
    classes.sort_by(|&a, &b| test.per_class[a].f1.total_cmp(&test.per_class[b].f1));
    classes.truncate(WEAKEST);
    classes
}

fn table(test: &TestRecord, metrics: Option<&ClassificationReport>, classes: &[usize]) -> Markup {
    let score = |value: f64| html! { td .score style=(super::confusion::shade(value)) { (format!("{value:.3}")) } };
    let area = |value: Option<f64>| html! { @if let Some(value) = value { (score(value)) } @else { td { "–" } } };
    let of = |class: usize| metrics.and_then(|metrics| metrics.per_class.get(class));
    let mut names = vec!["class", "precision", "recall", "F1", "images"];
    if metrics.is_some() {
        names.extend(["AUC", "AP"]);
    }
    let areas = |report: Option<&ClassReport>| {
        html! { @if metrics.is_some() { (area(report.and_then(|r| r.auc))) (area(report.and_then(|r| r.average_precision))) } }
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
