//! The page of a comparison.

use maud::{Markup, html};
use zunder_eval::Interval;

use super::curves::validation_curves;
use super::{Comparison, Difference, Outcome};
use crate::ReportError;
use crate::format::{count, defined, p_value, percent};
use crate::html::leakage_banner;
use crate::html::shell::{figure, headings, name, page, scroll};

impl Comparison<'_> {
    /// Draws validation accuracy and loss of all runs over the epochs, as an SVG document. Rings
    /// mark the best epochs.
    ///
    /// # Errors
    ///
    /// Returns an error if no run has an epoch.
    pub fn curves(&self) -> Result<String, ReportError> {
        validation_curves(self.runs).ok_or(ReportError::NoEpochs)
    }

    /// Returns the comparison as a page: self-contained, light and dark, all text escaped.
    pub fn html(&self) -> String {
        let body = html! {
            @for note in &self.notes { (leakage_banner(note)) }
            (self.results())
            (self.tests())
            @if let Some(svg) = validation_curves(self.runs) {
                section {
                    h2 { "Learning curves" }
                    (figure(&svg, "Validation accuracy and loss of the runs over the epochs"))
                    p .note { "On the validation set; rings mark the epochs whose weights are \
                        kept." }
                }
            }
            (self.settings())
        };
        page(&format!("Comparison of {} runs", self.runs.len()), &body)
    }

    fn results(&self) -> Markup {
        html! {
            section {
                h2 { "Results" }
                (scroll(&html! {
                    table .sticky {
                        (headings(&["run", "test accuracy", "95 % interval", "log loss", "test \
                            images", "validation accuracy", "epochs", "training time"]))
                        tbody {
                            @for run in self.runs {
                                tr {
                                    (name(run.name))
                                    @match run.test {
                                        Some(test) => {
                                            td { strong { (percent(test.accuracy)) } }
                                            td {
                                        (percent(test.accuracy_low)) " – "
                                        (percent(test.accuracy_high))
                                    }
                                            td { (defined(test.loss, |loss| format!("{loss:.4}"))) }
                                            td { (count(test.n)) }
                                        }
                                        None => { td { "–" } td { "–" } td { "–" } td { "–" } }
                                    }
                                    td {
                                    (run.best_validation()
                                        .map_or_else(|| "–".to_owned(), percent))
                                }
                                    td { (run.epochs.len()) }
                                    td { (run.training_time()) }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }

    fn tests(&self) -> Markup {
        let run = |i: usize| self.runs.get(i).map_or("?", |run| run.name);
        let points = |interval: Interval| {
            format!("{:+.2} to {:+.2}", 100.0 * interval.low, 100.0 * interval.high)
        };
        html! {
            section {
                h2 { "Do they differ?" }
                ul { @for pair in &self.pairs { li { (pair.sentence(self.runs)) } } }
                @if self.pairs.iter().any(|pair| matches!(pair.outcome, Outcome::Tested { .. })) {
                    (scroll(&html! {
                        table .names {
                            (headings(&["A", "B", "B - A in points", "interval", "p (Holm)", "p \
                                (McNemar)", "only A right", "only B right"]))
                            tbody {
                                @for pair in &self.pairs {
                                    @if let Outcome::Tested { mcnemar, adjusted_p, accuracy } =
                                        &pair.outcome
                                    {
                                        tr {
                                            (name(run(pair.a)))
                                            (name(run(pair.b)))
                                            td { (format!("{:+.2}", 100.0 * accuracy.difference)) }
                                            td { (points(accuracy.interval)) }
                                            td { (p_value(*adjusted_p)) }
                                            td { (p_value(mcnemar.p_value)) }
                                            td { (count(mcnemar.only_a as usize)) }
                                            td { (count(mcnemar.only_b as usize)) }
                                        }
                                    }
                                }
                            }
                        }
                    }))
                    p .note {
                        "On the same test images. Interval: paired bootstrap of the difference in \
                         accuracy. p: probability of at least such a difference if the models \
                         were equally good "
                        "(McNemar's exact test); Holm: adjusted for the number of pairs. The \
                         tests concern these trained models: with another seed a small difference \
                         may change its sign."
                    }
                }
            }
        }
    }

    fn settings(&self) -> Markup {
        let row = |difference: &Difference| {
            html! {
                tr {
                    th scope="row" { (difference.key) }
                    @for value in &difference.values {
                        td { @if let Some(value) = value { code { (value) } } @else { "–" } }
                    }
                }
            }
        };
        let names: Vec<&str> =
            std::iter::once("setting").chain(self.runs.iter().map(|run| run.name)).collect();
        html! {
            section {
                h2 { "Differences in configuration" }
                @if self.differences.is_empty() {
                    p { "The configurations are the same." }
                } @else {
                    (scroll(&html! {
                        table .settings {
                            (headings(&names))
                            tbody { @for difference in &self.differences { (row(difference)) } }
                        }
                    }))
                }
            }
        }
    }
}

impl super::ComparedRun<'_> {
    /// Returns the validation accuracy of the best epoch.
    pub(super) fn best_validation(&self) -> Option<f64> {
        self.epochs
            .iter()
            .find(|record| Some(record.epoch) == self.best_epoch)
            .map(|best| best.validation_accuracy)
    }

    /// Returns the sum over the epochs.
    pub(super) fn training_time(&self) -> String {
        crate::format::duration(
            self.epochs.iter().map(|record| record.seconds).fold(0.0, |sum, seconds| sum + seconds),
        )
    }
}
