//! The experiment of batch sizes in stochastic gradient descent.

use zunder::Trial;
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, plot};

use super::gradients::{IMAGES, Sample, untrained};
use super::{Criterion, Grid, Results, VariantTrials, Variants};
use crate::claim::{Margin, Unit, above};
use crate::experiment::Experiment;
use crate::means::{across, mean};
use crate::{Control, ExperimentError, Findings};

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
    base: &["data.limit=1000", "optimizer.momentum=0.0", "schedule=constant", "epochs=8"],
    settings: &[
        ("batch 16", &["batch_size=16"]),
        ("batch 64", &["batch_size=64"]),
        ("batch 256", &["batch_size=256"]),
        ("all", &["batch_size=all"]),
    ],
    grids: &[Grid { of: &[], key: "optimizer.lr", values: &["0.01", "0.03", "0.1", "0.3", "1"] }],
    criteria: &[Criterion::TRAINING_LOSS],
    controls: &[
        Control {
            fails: &[1],
            settings: &["steps_per_epoch=2"],
            because: "With the same number of updates for all, the small batches have seen fewer \
                images and have no lead.",
        },
        Control {
            fails: &[2],
            settings: &["model.initializer=zeros"],
            because: "With all weights zero only the output's bias has a gradient, and in a batch \
                it says which classes happen to be in it, which says nothing about other images.",
        },
    ],
    judge,
    ..Variants::NONE
};

/// Batch sizes whose gradients are compared with that of other images.
const SIZES: [usize; 6] = [4, 16, 64, 128, 256, 512];
/// Number of images over which the plotted losses are averaged.
const SMOOTHED: usize = 128;
/// Place of 64 among them.
const SHOWN: usize = 2;
/// Margins.
const FARTHER: Margin = Margin::pilot(0.929, 0.836);
const RELIABLE: Margin = Margin::pilot(0.40, 0.47);

fn judge(results: &Results) -> Result<Findings, ExperimentError> {
    let trials = results.trials("batch 64");
    let Some(config) = trials.first().map(|trial| &trial.plan.config) else {
        return Ok(Findings::default());
    };
    let device = zunder::device(&config.device)?;
    let images = config.data.load()?.train;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for trial in trials {
        let sample = Sample::draw(&images, trial.plan.config.seed)?;
        before.push(sample.cosines(&untrained(trial, &device)?, &SIZES, &device)?);
        if let Some(model) = &trial.model {
            after.push(sample.cosines(model, &SIZES, &device)?);
        }
    }
    let of_shown = |cosines: &[Vec<f64>]| cosines.iter().map(|of| of[SHOWN]).collect::<Vec<f64>>();
    let claims = vec![
        results.above(
            "In the same number of passes, small batches get farther downhill than the whole set, \
             each at its own best rate: the training loss ends lower.",
            Unit::Plain(3),
            "all",
            "batch 64",
            FARTHER,
            &Criterion::TRAINING_LOSS.figure,
        ),
        above(
            "At the start the gradient of 64 images points the way of that of other images: the \
             cosine of the angle between the two is above 0, that of a right angle.",
            Unit::Plain(2),
            ("cosine", &of_shown(&before)),
            ("right angle", &vec![0.0; before.len()]),
            RELIABLE,
        ),
    ];
    let mut findings = results.findings(
        [
            "With all images in a step there is one update a pass, and the curve is smooth but \
             falls little; small batches make hundreds of updates out of the same images.",
            "The gradient of a batch is the true one plus noise whose variance falls as one over \
             the batch size: a few dozen images give most of the direction.",
            "The smallest batch is not the fastest by the clock: a processor multiplies large \
             matrices better than many small ones, so the seconds in the table rise.",
        ],
        claims,
    );
    findings.figures.insert(0, steps(results));
    findings.figures.insert(0, reliability(&before, &after));
    Ok(findings)
}

/// Plots the cosine of a batch's gradient to that of other images over the batch size.
fn reliability(before: &[Vec<f64>], after: &[Vec<f64>]) -> Figure {
    let line = |name: &str, cosines: &[Vec<f64>]| {
        let means = across(cosines).into_iter().map(|of| mean(&of));
        Series::line(
            name,
            SIZES.iter().zip(means).map(|(size, cosine)| ((*size as f64).log2(), cosine)).collect(),
        )
    };
    let chart = Plot {
        x_name: "log2 of the batch size".to_owned(),
        y_name: "cosine to the gradient of others".to_owned(),
        y: Scale::Between(0.0, 1.0),
        series: vec![line("before training", before), line("after training", after)],
        ..Plot::default()
    };
    Figure {
        name: "reliability".to_owned(),
        caption: format!(
            "How reliable the direction of a batch's gradient is: the cosine of its angle to the \
             gradient of {IMAGES} images, mean over batches and seeds. 1 is the same direction, 0 \
             a right angle."
        ),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}

/// Plots the loss over the images seen, and over the updates.
fn steps(results: &Results) -> Figure {
    let plot_of = |x_name: &str, x: Scale, place: fn(f64, f64) -> f64| Plot {
        x_name: x_name.to_owned(),
        x,
        y_name: "loss of the batches".to_owned(),
        y: Scale::Between(0.0, 3.0),
        series: results.variants.iter().filter_map(|variant| smoothed(variant, place)).collect(),
        ..Plot::default()
    };
    let plots = [
        plot_of("images seen", Scale::FromZero, |updates, size| updates * size),
        plot_of("updates", Scale::Powers, |updates, _| updates),
    ];
    Figure {
        name: "steps".to_owned(),
        caption: format!(
            "The loss of the batches, before their update, by the images seen and by the number of \
             updates: mean over the seeds and over {SMOOTHED} images. With as many images the \
             small batches get farther, with as many updates the large ones."
        ),
        drawing: Drawing::Svg(plot(&plots)),
    }
}

/// Returns a variant's loss; `place` computes a point's place from the number of updates and the
/// batch size.
fn smoothed(variant: &VariantTrials, place: fn(f64, f64) -> f64) -> Option<Series> {
    let size = variant.trials.first()?.plan.batch_size;
    let steps = (SMOOTHED / size).max(1);
    let of_trial = |trial: &Trial| trial.losses.chunks(steps).map(mean).collect::<Vec<f64>>();
    let losses: Vec<Vec<f64>> = variant.trials.iter().map(of_trial).collect();
    let points = across(&losses).into_iter().enumerate().map(|(i, losses)| {
        let updates = ((i + 1) * steps) as f64;
        (place(updates, size as f64), mean(&losses))
    });
    Some(Series { form: Form::Line, ..Series::line(&variant.name, points.collect()) })
}
