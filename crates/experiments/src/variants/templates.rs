//! The experiment of the linear classifier's templates.

use zunder::{Model, Plan, Trial};
use zunder_data::Images;
use zunder_report::{ContactSheet, Drawing, Figure, Picture, SheetRow};
use zunder_train::{Key, named_tensors};

use super::{Results, Variants};
use crate::claim::{Margin, Unit, above, at_least};
use crate::experiment::Experiment;
use crate::{Control, ExperimentError, Findings};

/// The weights of the linear classifier as images.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "templates",
    title: "The linear classifier's templates",
    source: "Lecture 6a.2, \"Beispiel: Lineare Bildklassifikation\".",
    question: "Each row of W has a weight for every pixel and so is an image itself. What does it \
        show: what the images of a class have in common, or the weights that training began with?",
    kind: &VARIANTS,
};

const RANDOM: &str = "from random weights";
const ZEROS: &str = "from zeros";
const PENALTY: &str = "from zeros, weight decay 1";
const FIRST: &str = "from zeros, first step";

/// Margins.
const START: Margin = Margin::pilot(0.47, 0.77);
const OWN_CLASS: Margin = Margin::pilot(0.62, 0.31);
const SMOOTHER: Margin = Margin::pilot(0.34, 0.26);

const VARIANTS: Variants = Variants {
    base: &["model=linear", "data.limit=8000", "optimizer.lr=0.001"],
    settings: &[
        (RANDOM, &["model.initializer=xavier"]),
        (ZEROS, &["model.initializer=zeros"]),
        (PENALTY, &["model.initializer=zeros", "optimizer.weight_decay=1.0"]),
        (FIRST, &["model.initializer=zeros", "batch_size=all", "epochs=1"]),
    ],
    controls: &[
        Control {
            fails: &[1],
            settings: &["optimizer.lr=0.1"],
            because: "At this rate training moves the weights so far that little of their start is \
                left.",
        },
        Control {
            fails: &[2, 4],
            settings: &["model.initializer=xavier", "optimizer.lr=1e-9"],
            because: "The weights stay as they were drawn, so they show nothing of the classes.",
        },
        Control {
            fails: &[3],
            settings: &["optimizer.lr=1e-5"],
            because: "Without a penalty too the weights hardly leave the first step at this rate, \
                so there is nothing for a penalty to keep small.",
        },
    ],
    judge,
    ..Variants::NONE
};

fn judge(results: &Results) -> Result<Findings, ExperimentError> {
    let mut trials = results.variants.iter().flat_map(|variant| &variant.trials);
    let Some(trial) = trials.next() else { return Ok(Findings::default()) };
    let pool = trial.plan.config.pool;
    if pool != 1 {
        let expected = "1: a template is compared with whole images".to_owned();
        return Err(ExperimentError::Setting { setting: "pool", got: pool.to_string(), expected });
    }
    let means = class_means(&trial.plan.config.data.load()?.train);
    let (mut starts, mut of_start) = (Vec::new(), Vec::new());
    for trial in results.trials(RANDOM) {
        let start = start(trial)?;
        of_start.push(likeness(&templates(trial), &start, true));
        starts.push(start);
    }
    let of_means = |variant: &str, own: bool| {
        results.of(variant, |trial| likeness(&templates(trial), &means, own))
    };
    let claims = vec![
        above(
            "From random weights the templates still show mostly those: they correlate more with \
             their start than with the mean images of their classes.",
            Unit::Plain(2),
            ("correlation with the start", &of_start),
            ("with the mean image", &of_means(RANDOM, true)),
            START,
        ),
        above(
            "From zeros, without a penalty, they show what the images of a class have in common: \
             they correlate with the mean image of their own class more than with those of others.",
            Unit::Plain(2),
            ("correlation with the own class", &of_means(ZEROS, true)),
            ("with other classes", &of_means(ZEROS, false)),
            OWN_CLASS,
        ),
        results.above(
            "A penalty on large weights keeps them nearer to that: they are smoother, their \
             neighbouring weights differ less by their own size.",
            Unit::Plain(2),
            ZEROS,
            PENALTY,
            SMOOTHER,
            &roughness,
        ),
        at_least(
            "An identity, checked: the first step from zeros is the class's mean image, less that \
             of all images.",
            Unit::Plain(2),
            ("correlation after one step", &of_means(FIRST, true)),
            0.75,
        ),
    ];
    let class = trial.plan.classes.first().map_or("a class", String::as_str);
    let one = format!(
        "There is one template for each class: all images of \"{class}\" share it, however they \
         differ, and a single layer has no second one for them."
    );
    let mut findings = results.findings(
        [
            "The score of a class is the sum over all pixels of weight times value: the image is \
             laid over the template, and counts where both are bright or both are dark.",
            "The first step from zeros is the mean image of the class by arithmetic: all classes \
             have the same probability then, and the gradient adds up the images of the class and \
             subtracts all. A large penalty keeps the weights near this step; further training \
             without one adds what tells the classes apart.",
            &one,
        ],
        claims,
    );
    findings.figures.insert(0, sheet(results, &trial.plan, &means, &starts));
    Ok(findings)
}

/// Returns the templates of a trial before its training.
fn start(trial: &Trial) -> Result<Vec<Vec<f64>>, ExperimentError> {
    let plan = &trial.plan;
    let device = zunder::device(&plan.config.device)?;
    let key = Key::new(plan.config.seed).named("model");
    let model = plan.config.init_model(plan.shape, plan.classes.len(), key, &device)?;
    Ok(templates_of(&model))
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

fn templates(trial: &Trial) -> Vec<Vec<f64>> {
    trial.model.as_ref().map_or_else(Vec::new, templates_of)
}

/// Returns the weights of each class minus their mean over the classes: what all scores share does
/// not change a prediction.
fn templates_of(model: &Model) -> Vec<Vec<f64>> {
    let Ok(tensors) = named_tensors(model) else { return Vec::new() };
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

/// Returns the mean correlation of templates with other images, of the same class or of all others.
fn likeness(templates: &[Vec<f64>], images: &[Vec<f64>], own: bool) -> f64 {
    let pairs = templates.iter().enumerate().flat_map(|(i, template)| {
        images.iter().enumerate().map(move |(j, image)| (i, template, j, image))
    });
    let values: Vec<f64> = pairs
        .filter(|(i, _, j, _)| (i == j) == own)
        .map(|(_, template, _, image)| correlation(template, image))
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

/// Draws mean images, the random start and the templates of the first seed, one column per class.
fn sheet(results: &Results, plan: &Plan, means: &[Vec<f64>], starts: &[Vec<Vec<f64>>]) -> Figure {
    let picture = |values: &Vec<f64>| {
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let pixel =
            |value: &f64| if largest > 0.0 { (128.0 + 127.0 * value / largest) as u8 } else { 128 };
        Picture {
            channels: plan.shape.channels,
            height: plan.shape.height,
            width: plan.shape.width,
            pixels: values.iter().map(pixel).collect(),
        }
    };
    let row = |caption: &str, images: &[Vec<f64>]| SheetRow {
        caption: caption.to_owned(),
        details: String::new(),
        pictures: images.iter().map(picture).collect(),
    };
    let trained = |variant: &str| results.trials(variant).first().map(templates);
    let mut rows = vec![row("mean image", means)];
    rows.extend(starts.first().map(|start| row("random start", start)));
    for variant in [RANDOM, FIRST, ZEROS, PENALTY] {
        rows.extend(trained(variant).map(|templates| row(variant, &templates)));
    }
    Figure {
        name: "templates".to_owned(),
        caption: "The mean image of each class less that of all images, and the templates of the \
            first seed, less their mean: grey is 0."
            .to_owned(),
        drawing: Drawing::Sheet(ContactSheet {
            title: "Templates".to_owned(),
            subtitle: String::new(),
            columns: plan.classes.iter().map(|class| class.chars().take(11).collect()).collect(),
            rows,
        }),
    }
}
