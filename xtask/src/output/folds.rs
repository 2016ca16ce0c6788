//! The output of a cross-validation.

use zunder::eval::{LEAKAGE_MARK, Spread};
use zunder::{CrossValidation, CrossValidationRecord, program};

use crate::args::OutputArgs;
use crate::format::percent;
use crate::output::stdout;
use crate::shell;

/// Prints which fold begins.
pub fn print_fold(fold: usize, folds: usize, args: &OutputArgs) {
    if !(args.quiet || args.json) {
        say!("fold    {fold} of {folds}");
    }
}

/// Prints how to continue after an interrupt.
pub fn print_interrupted(validation: &CrossValidation) {
    let done = (1..=validation.folds()).filter(|fold| validation.is_finished(*fold)).count();
    complain!("interrupted after {done} of {} folds; continue with", validation.folds());
    complain!("  {} train --resume {}", program(), shell::path(validation.path()));
}

/// Prints the metrics of each fold, their mean and their deviation.
pub fn print_finished(
    validation: &CrossValidation,
    record: &CrossValidationRecord,
    args: &OutputArgs,
) -> anyhow::Result<()> {
    if args.json {
        stdout::json(&serde_json::to_string_pretty(record)?);
        return Ok(());
    }
    let (on_fold, on_test) = (&record.validation_accuracy, &record.test_accuracy);
    let mark = if record.leakage.is_empty() { String::new() } else { format!(" {LEAKAGE_MARK}") };
    say!("");
    say!("{:<9}  {:>10}  {:>10}", "fold", "validation", "test");
    for (i, (fold, test)) in on_fold.values.iter().zip(&on_test.values).enumerate() {
        say!("{:<9}  {:>10}  {:>10}{mark}", i + 1, percent(*fold), percent(*test));
    }
    let shown = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), percent);
    let line = |name: &str, of: &dyn Fn(&Spread) -> Option<f64>| {
        say!("{name:<9}  {:>10}  {:>10}{mark}", shown(of(on_fold)), shown(of(on_test)));
    };
    line("mean", &|spread| Some(spread.mean));
    line("deviation", &|spread| spread.deviation);
    for leakage in &record.leakage {
        say!("{LEAKAGE_MARK} {leakage}");
    }
    say!("");
    say!("runs    {} (one folder per fold)", validation.path().display());
    Ok(())
}

/// Reports that a fold has failed; its error is printed afterwards.
pub fn print_stopped(fold: usize, folds: usize) {
    complain!("fold {fold} of {folds} has no result, so there is no mean of the folds");
}
