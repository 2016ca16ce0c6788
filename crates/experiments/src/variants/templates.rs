//! The experiment of the linear classifier's templates.

use zunder::Trial;
use zunder_data::Images;
use zunder_report::{ContactSheet, Drawing, Figure, Picture, SheetRow};
use zunder_train::named_tensors;

use super::{Results, Variants};
use crate::claim::{Unit, above};
use crate::experiment::Experiment;
use crate::{ExperimentError, Findings};

/// The weights of the linear classifier as images.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "templates",
    title: "The linear classifier's templates",
    source: "Lecture 6a.2, \"Beispiel: Lineare Bildklassifikation\".",
    question: "Each row of W has a weight for every pixel and so is an image itself. What does it \
        look like?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["model=linear", "data.limit=8000", "optimizer.lr=0.001"],
    settings: &[("without penalty", &[]), ("weight decay 1", &["optimizer.weight_decay=1.0"])],
    judge,
    ..Variants::NONE
};

fn judge(results: &Results) -> Result<Findings, ExperimentError> {
    let penalised = "weight decay 1";
    let Some(config) = results.trials(penalised).first().map(|trial| &trial.plan.config.data)
    else {
        return Ok(Findings::default());
    };
    let means = class_means(&config.load()?.train);
    let [own, others] =
        [true, false].map(|own| results.of(penalised, |trial| likeness(trial, &means, own)));
    let noise = |trial: &Trial| roughness(trial);
    let claims = vec![
        above(
            "A class's template looks like the mean image of the class: it correlates with that \
             more than with those of other classes.",
            Unit::Plain(2),
            ("own class", &own),
            ("other classes", &others),
            0.2,
        ),
        results.above(
            "The penalty makes the templates smoother: neighbouring weights differ less, by their \
             own size.",
            Unit::Plain(2),
            "without penalty",
            penalised,
            0.1,
            &noise,
        ),
    ];
    let mut findings = results.findings(
        [
            "The score of a class is the sum over all pixels of weight times value: the image is \
             laid over the template, and counts where both are bright.",
            "With a penalty on large weights the templates show what the classes have in common; \
             without it, noise of single pixels that fits the training images only.",
            "There is one template a class: a horse looking left and one looking right must share \
             it, which is why one layer is not enough.",
        ],
        claims,
    );
    for name in [penalised, "without penalty"] {
        if let Some(trial) = results.trials(name).first() {
            findings.figures.insert(0, sheet(name, trial, &means));
        }
    }
    Ok(findings)
}

/// Returns the mean image of each class minus the mean of all images.
fn class_means(images: &Images) -> Vec<Vec<f64>> {
    let (size, classes) = (images.shape().len(), images.n_classes());
    let mut sums = vec![vec![0.0; size]; classes];
    let mut counts = vec![0.0_f64; classes];
    for i in 0..images.len() {
        let class = images.label(i) as usize;
        counts[class] += 1.0;
        sums[class]
            .iter_mut()
            .zip(images.image(i))
            .for_each(|(sum, value)| *sum += f64::from(*value));
    }
    for (sum, count) in sums.iter_mut().zip(&counts) {
        for value in sum.iter_mut() {
            *value /= count.max(1.0);
        }
    }
    let all: Vec<f64> =
        (0..size).map(|i| sums.iter().map(|sum| sum[i]).sum::<f64>() / classes as f64).collect();
    for sum in &mut sums {
        for (value, all) in sum.iter_mut().zip(&all) {
            *value -= all;
        }
    }
    sums
}

/// Returns the weights of each class minus their mean over the classes: what all scores share does
/// not change a prediction.
fn templates(trial: &Trial) -> Vec<Vec<f64>> {
    let Some(Ok(tensors)) = trial.model.as_ref().map(named_tensors) else { return Vec::new() };
    let Some(weights) = tensors.into_iter().find(|tensor| tensor.shape.len() == 2) else {
        return Vec::new();
    };
    let classes = weights.shape[1];
    let of_pixel =
        |pixel: &[f32]| pixel.iter().map(|w| f64::from(*w)).sum::<f64>() / classes as f64;
    let class = |class: usize| {
        weights
            .values
            .chunks_exact(classes)
            .map(|pixel| f64::from(pixel[class]) - of_pixel(pixel))
            .collect()
    };
    (0..classes).map(class).collect()
}

/// Returns the mean correlation of the templates with the mean images, of the same class or of all
/// others.
fn likeness(trial: &Trial, means: &[Vec<f64>], own: bool) -> f64 {
    let templates = templates(trial);
    let pairs = templates.iter().enumerate().flat_map(|(i, template)| {
        means.iter().enumerate().map(move |(j, mean)| (i, template, j, mean))
    });
    let values: Vec<f64> = pairs
        .filter(|(i, _, j, _)| (i == j) == own)
        .map(|(_, template, _, mean)| correlation(template, mean))
        .collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |f: &dyn Fn((&f64, &f64)) -> f64| a.iter().zip(b).map(f).sum::<f64>();
    let together = product(&|(a, b)| (a - mean_a) * (b - mean_b));
    together
        / (product(&|(a, _)| (a - mean_a).powi(2)) * product(&|(_, b)| (b - mean_b).powi(2))).sqrt()
}

/// Returns how much adjacent weights differ, relative to the magnitude of the weights, as root mean
/// squares.
fn roughness(trial: &Trial) -> f64 {
    let shape = trial.plan.shape;
    let mean_square = |values: &mut dyn Iterator<Item = f64>| {
        let (n, sum) = values.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value * value));
        sum / n
    };
    let templates = templates(trial);
    let rows = || templates.iter().flat_map(|template| template.chunks_exact(shape.width));
    let steps =
        mean_square(&mut rows().flat_map(|row| row.windows(2).map(|pair| pair[1] - pair[0])));
    (steps / mean_square(&mut rows().flatten().copied())).sqrt()
}

/// Draws mean images and templates, one column per class.
fn sheet(name: &str, trial: &Trial, means: &[Vec<f64>]) -> Figure {
    let shape = trial.plan.shape;
    let picture = |values: &Vec<f64>| {
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let pixel =
            |value: &f64| if largest > 0.0 { (128.0 + 127.0 * value / largest) as u8 } else { 128 };
        Picture {
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            pixels: values.iter().map(pixel).collect(),
        }
    };
    let row = |caption: &str, images: &[Vec<f64>]| SheetRow {
        caption: caption.to_owned(),
        details: String::new(),
        pictures: images.iter().map(picture).collect(),
    };
    let classes: Vec<String> =
        trial.plan.classes.iter().map(|class| class.chars().take(11).collect()).collect();
    Figure {
        name: format!("templates-{}", name.replace(' ', "-")),
        caption: format!(
            "The templates of seed 1, {name}, below the mean image of each class less that of all: \
             grey is 0."
        ),
        drawing: Drawing::Sheet(ContactSheet {
            title: name.to_owned(),
            subtitle: String::new(),
            columns: classes,
            rows: vec![row("mean image", means), row("template", &templates(trial))],
        }),
    }
}
