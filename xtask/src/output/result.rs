//! The results of a test.

use zunder::eval::{LEAKAGE_MARK, Leakage, TestRecord, Wanted};
use zunder::report::text;
use zunder::{ChosenThreshold, Run, RunEvaluation, program};

use crate::args::TrainArgs;
use crate::format::{percent, thousands};
use crate::output::{next, stdout};
use crate::shell;

/// Prints the results of the test and what to do next.
pub fn print_finished(run: &Run, args: &TrainArgs) -> anyhow::Result<()> {
    let Some(test) = run.test()? else { return Ok(()) };
    if args.output.json {
        stdout::json(&serde_json::to_string_pretty(&test)?);
        return Ok(());
    }
    let epochs = run.epochs()?;
    let seconds: f64 = epochs.iter().map(|r| r.seconds).fold(0.0, |sum, seconds| sum + seconds);
    let validation: f64 =
        epochs.iter().map(|r| r.validation_seconds).fold(0.0, |sum, seconds| sum + seconds);
    say!("test accuracy {}{}", with_interval(&test), beside(test.leakage.as_ref()));
    if let Some(leakage) = &test.leakage {
        say!("{LEAKAGE_MARK} {leakage}");
    }
    print_remarks(&test.remarks);
    say!(
        "training {seconds:.1} s, validation {validation:.1} s, {} epoch{}",
        epochs.len(),
        if epochs.len() == 1 { "" } else { "s" }
    );
    if run.environment()?.synthetic {
        say!(
            "note: the synthetic set `shapes` was used, so the accuracy says nothing about CIFAR-10"
        );
    }
    say!("");
    say!("run     {}", run.path().display());
    if !args.output.quiet {
        say!("report  {}", run.folder().report().display());
        say!("");
        next::print(&next::after(run, args.open.open));
    }
    Ok(())
}

/// Prints what is kept after an interrupt, and how to continue.
pub fn print_interrupted(run: &Run) {
    let epochs = run.epochs().map_or(0, |r| r.len());
    complain!(
        "interrupted after {epochs} finished epoch{}; continue with",
        if epochs == 1 { "" } else { "s" }
    );
    complain!("  {} train --resume {}", program(), shell::path(run.path()));
}

/// Prints all results of `evaluate`.
pub fn print_details(evaluation: &RunEvaluation) -> anyhow::Result<()> {
    let RunEvaluation { classes, report, intervals, remarks, chosen, leakage, .. } = evaluation;
    let test = report.record(classes)?;
    let mark = beside(leakage.as_ref());
    if let Some(leakage) = leakage {
        say!("{LEAKAGE_MARK} {leakage}");
        say!("");
    }
    say!("{} test images{mark}", thousands(report.n));
    table(&text::scores_table(report, Some(intervals)));
    table(&text::per_class_table(&test));
    match (&report.binary, classes.as_slice()) {
        (Some(binary), [negative, positive]) => {
            if let Some(ChosenThreshold { wanted, on_validation, .. }) = chosen {
                let (name, share) = match wanted {
                    Wanted::Sensitivity(share) => ("sensitivity", share),
                    Wanted::Specificity(share) => ("specificity", share),
                };
                let shown = |rate: Option<f64>| {
                    rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.4}"))
                };
                let (found, kept) = (
                    shown(on_validation.counts.true_positive_rate()),
                    shown(on_validation.counts.specificity()),
                );
                say!("");
                say!(
                    "threshold for a {name} of {share}, chosen on the validation images: \
                     sensitivity {found}, specificity {kept} on these"
                );
            }
            table(&text::binary_table(binary, report.score_kind, [negative, positive]));
        }
        _ => table(&text::confusion_table(&test)),
    }
    print_remarks(remarks);
    Ok(())
}

/// Prints a table after an empty line.
fn table(text: &str) {
    say!("");
    stdout::text(text.trim_end());
}

/// Returns the mark for a figure that a leakage affects.
fn beside(leakage: Option<&Leakage>) -> String {
    leakage.map_or_else(String::new, |_| format!(" {LEAKAGE_MARK}"))
}

fn with_interval(test: &TestRecord) -> String {
    let [accuracy, low, high] = [test.accuracy, test.accuracy_low, test.accuracy_high].map(percent);
    format!("{accuracy} (95 % interval {low} to {high})")
}

/// Prints why scores are undefined.
fn print_remarks(remarks: &[String]) {
    for remark in remarks {
        say!("note: {remark}");
    }
}
