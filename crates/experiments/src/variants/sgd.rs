//! The experiment of batch sizes in stochastic gradient descent.

use zunder::Trial;
use zunder_report::{Drawing, Figure, Plot, Scale, Series, plot};

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Batch sizes from a few images to the whole training set.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "sgd",
    title: "Stochastic gradient descent: how many images make a gradient",
    source: "Lecture 6a.3, \"Stochastischer Gradientenabstieg\".",
    question: "A gradient from a few images points less surely downhill than one from all of them, \
        and costs a fraction. Which gets farther in the same number of passes?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["optimizer.momentum=0.0", "optimizer.lr=0.1", "schedule=constant"],
    settings: &[
        ("batch 16", &["batch_size=16"]),
        ("batch 64", &["batch_size=64"]),
        ("batch 256", &["batch_size=256"]),
        ("all", &["batch_size=all"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.above(
            "In the same number of passes, small batches get farther downhill than the whole set: \
             the training loss ends lower.",
            Unit::Plain(3),
            "all",
            "batch 64",
            0.3,
            &|trial| trial.epochs.last().map_or(f64::NAN, |record| record.train_loss),
        ),
        results.above(
            "The loss of single steps scatters more, the smaller the batch.",
            Unit::Plain(3),
            "batch 16",
            "batch 256",
            0.02,
            &scatter,
        ),
    ];
    let mut findings = results.findings(
        [
            "With all images in a step there is one update a pass, and the curve is smooth but \
             hardly falls; small batches make hundreds of updates out of the same images.",
            "The loss of single steps scatters more, the fewer images it is the mean of: its \
             deviation is about one over the root of the batch size.",
            "The smallest batch is not the fastest by the clock: a processor multiplies large \
             matrices better than many small ones, so the seconds in the table rise.",
        ],
        claims,
    );
    findings.figures.insert(0, steps(results));
    findings
}

/// Returns the standard deviation of the differences of successive step losses in the last quarter
/// of the training; slow trends cancel out.
fn scatter(trial: &Trial) -> f64 {
    let losses = &trial.losses[trial.losses.len() * 3 / 4..];
    let squares: Vec<f64> =
        losses.windows(2).map(|pair| (pair[1] - pair[0]).powi(2) / 2.0).collect();
    if squares.is_empty() {
        0.0
    } else {
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    }
}

fn steps(results: &Results) -> Figure {
    let series = results.variants.iter().filter_map(|variant| {
        let trial = variant.trials.first()?;
        let image = |step: usize| {
            ((step + 1) * trial.plan.batch_size) as f64 / trial.plan.train_images as f64
        };
        Some(Series {
            form: zunder_report::Form::Line,
            ..Series::line(
                &variant.name,
                trial.losses.iter().enumerate().map(|(step, loss)| (image(step), *loss)).collect(),
            )
        })
    });
    let chart = Plot {
        x_name: "passes over the training images".to_owned(),
        y_name: "loss of the step's batch".to_owned(),
        y: Scale::Between(0.0, 3.0),
        series: series.collect(),
        ..Plot::default()
    };
    Figure {
        name: "steps".to_owned(),
        caption: "The loss of every single step of seed 1, before its update.".to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}
