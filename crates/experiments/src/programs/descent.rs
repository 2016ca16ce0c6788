//! Gradient descent with and without momentum in a long, narrow valley.

use burn::tensor::Device;
use toml::Value;
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, Table, plot};
use zunder_train::SgdConfig;

use super::descend::descend;
use super::number::significant;
use super::valley::{ARRIVED, CURVATURES, Valley, starts};
use crate::claim::{Unit, at_least, between};
use crate::experiment::{Experiment, Program};
use crate::{Claim, Control, ExperimentConfig, ExperimentError, Findings, Watch};

/// Learning rate and momentum of the lecture.
const RATE: f64 = 0.003;
const MOMENTUM: f64 = 0.8;
/// Further momenta, for the table.
const MOMENTA: [f64; 4] = [0.0, 0.5, 0.8, 0.95];

/// Direction of the valley, as an angle to the first axis.
const DIRECTION: f64 = 0.45;

/// Factor by which momentum must converge earlier.
const FACTOR: f64 = 3.0;
const STEPS: usize = 900;
/// Number of steps in the figure.
const SHOWN: usize = 36;

pub(super) const DESCENT: Experiment = Experiment {
    name: "descent",
    title: "Gradient descent against momentum",
    source: "Lecture 6a.3, \"Gradientenabstieg mit Trägheit / Momentum\" and \"Illustration: \
        Gradienten-Abstieg vs Momentum\"",
    question: "What does momentum change where the loss is steep in one direction and flat in \
        another? Both descend the same valley, with the lecture's rate 0.003 and momentum 0.8.",
    kind: &Program {
        run,
        takes: &["optimizer.lr", "optimizer.momentum", "valley."],
        controls: &[
            Control {
                fails: &[1],
                settings: &["valley.along=600"],
                because: "In a round valley the gradient points at the minimum, and momentum only \
                    rolls past it.",
            },
            Control {
                fails: &[2],
                settings: &["optimizer.lr=0.00003"],
                because: "At this rate 100 steps have not brought the steep direction down, so \
                    that the measured share is not that of the flat one.",
            },
        ],
        chance: false,
    },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let (mut rate, mut momentum, mut along) = (RATE, MOMENTUM, CURVATURES[1]);
    for (path, value) in &config.settings {
        let number = value.as_float().or_else(|| value.as_integer().map(|value| value as f64));
        match (path.join(".").as_str(), number) {
            ("optimizer.lr", Some(number)) => rate = number,
            ("optimizer.momentum", Some(number)) => momentum = number,
            ("valley.along", Some(number)) if number > 0.0 && number.is_finite() => along = number,
            _ => return Err(refused(path, value)),
        }
    }
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    compare(rate, momentum, [CURVATURES[0], along], &device, watch)
}

fn refused(path: &[String], value: &Value) -> ExperimentError {
    let got = format!("{} = {value}", path.join("."));
    ExperimentError::Setting {
        setting: "setting",
        got,
        expected: "a number for optimizer.lr or optimizer.momentum, or one above 0 for \
            valley.along, the curvature along the valley"
            .to_owned(),
    }
}

/// The descents with one rate and one momentum, one from each start.
struct Descents {
    valley: Valley,
    rate: f64,
    momentum: f64,
    paths: Vec<Vec<Vec<f64>>>,
}

fn compare(
    rate: f64,
    momentum: f64,
    curvatures: [f64; 2],
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let valley = Valley { curvatures, direction: DIRECTION };
    let mut pairs: Vec<(f64, f64)> = MOMENTA.iter().map(|momentum| (rate, *momentum)).collect();
    for pair in [(rate, momentum), (valley.best_rate(), 0.0)] {
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let mut all = Vec::new();
    for (i, &(rate, momentum)) in pairs.iter().enumerate() {
        watch.progressed(i, pairs.len(), &format!("momentum {momentum}"));
        let config = SgdConfig { lr: rate, momentum, ..SgdConfig::default() };
        let mut paths = Vec::new();
        for start in starts() {
            if watch.interrupt().requested() {
                return Ok(None);
            }
            paths.push(descend(&start, &config, STEPS, device, |w| valley.gradient(w))?);
        }
        all.push(Descents { valley, rate, momentum, paths });
    }
    watch.progressed(pairs.len(), pairs.len(), "pictures");
    let of = |rate: f64, momentum: f64| {
        all.iter().find(|descents| (descents.rate, descents.momentum) == (rate, momentum))
    };
    let (Some(plain), Some(with), Some(best)) =
        (of(rate, 0.0), of(rate, momentum), of(valley.best_rate(), 0.0))
    else {
        return Ok(None);
    };
    Ok(Some(Findings {
        see: vec![
            "Plain gradient descent jumps from one side of the valley to the other and hardly \
             moves along it: the rate that the steep direction allows is far too small for the \
             flat one."
                .to_owned(),
            "With momentum the steps across the valley cancel, those along it add up, and the \
             minimum is reached in a fraction of the steps."
                .to_owned(),
            "Too much momentum rolls past the minimum again and again: 0.95 needs more steps than \
             0.8."
                .to_owned(),
        ],
        claims: claims([plain, best], with),
        figures: vec![paths(plain, with, rate), losses(&all)],
        tables: vec![table(&all)],
        setting: vec![
            (
                "loss".to_owned(),
                format!(
                    "(h1 a² + h2 b²) / 2 with h1 = {}, h2 = {}, a across and b \
                along the valley",
                    curvatures[0], curvatures[1]
                ),
            ),
            ("learning rate".to_owned(), rate.to_string()),
            ("momentum".to_owned(), momentum.to_string()),
            ("starts".to_owned(), format!("{} fixed places at a distance of 1", starts().len())),
            ("chance".to_owned(), "none: the results are the same each time".to_owned()),
        ],
        ..Findings::default()
    }))
}

/// Returns the factor of the slowest direction.
fn slowest(valley: Valley, rate: f64, momentum: f64) -> f64 {
    let left = valley.curvatures.map(|h| left_by_a_step(rate, momentum, h));
    left.into_iter().fold(0.0, f64::max)
}

impl Descents {
    fn name(&self) -> String {
        format!("momentum {}, rate {}", self.momentum, significant(self.rate, 3))
    }

    /// Returns the number of steps until each descent has converged; NaN where it has not.
    fn steps(&self) -> Vec<f64> {
        self.paths.iter().map(|path| self.valley.steps(path)).collect()
    }
}

/// Returns the factor by which each step reduces the distance in a direction of curvature h,
/// asymptotically: the larger absolute value of the roots of `z² - (1 + mu - lr h) z + mu` (Polyak
/// 1964, "Some methods of speeding up the convergence of iteration methods").
fn left_by_a_step(rate: f64, momentum: f64, h: f64) -> f64 {
    let half = f64::midpoint(1.0 + momentum, -rate * h);
    let under = half * half - momentum;
    if under < 0.0 { momentum.sqrt() } else { half.abs() + under.sqrt() }
}

fn claims([plain, best]: [&Descents; 2], with: &Descents) -> Vec<Claim> {
    let factors: Vec<f64> =
        best.steps().iter().zip(with.steps()).map(|(best, with)| best / with).collect();
    let loss = |w: &[f64]| plain.valley.loss(w);
    // Between steps 100 and 200 only the flat direction contributes to the distance.
    let measured: Vec<f64> = plain
        .paths
        .iter()
        .filter(|path| path.len() > 200)
        .map(|path| (loss(&path[200]) / loss(&path[100])).powf(0.005))
        .collect();
    let theory = slowest(plain.valley, plain.rate, 0.0);
    vec![
        at_least(
            &format!(
                "With momentum {} and the rate {} a millionth of the first loss is reached in a \
                 third of the steps that plain descent takes at its own best rate, 2 / (h1 + h2) = \
                 {}, from every start.",
                with.momentum,
                with.rate,
                significant(best.rate, 3)
            ),
            Unit::Plain(1),
            ("steps without / steps with momentum", &factors),
            FACTOR,
        ),
        between(
            "Without momentum a step leaves 1 - rate · curvature of the distance along the valley, \
             as theory says.",
            Unit::Plain(4),
            ("share of the distance that a step leaves", &measured),
            (theory - 5e-4, theory + 5e-4),
        ),
    ]
}

/// Draws the paths from the first start over contour lines of the loss.
fn paths(plain: &Descents, with: &Descents, rate: f64) -> Figure {
    let first = plain.valley.loss(&plain.paths[0][0]);
    let mut series: Vec<Series> =
        (0..7).map(|i| plain.valley.contour(first * 0.35_f64.powi(i))).collect();
    for (name, descents) in
        [("gradient descent".to_owned(), plain), (format!("momentum {}", with.momentum), with)]
    {
        series.push(Series::line(
            name,
            descents.paths[0].iter().take(SHOWN + 1).map(|w| (w[0], w[1])).collect(),
        ));
    }
    series.push(Series::points("minimum", vec![(0.0, 0.0)]));
    let plot = plot(&[Plot {
        x_name: "w1".to_owned(),
        x: Scale::Between(-1.15, 0.3),
        y_name: "w2".to_owned(),
        y: Scale::Between(-0.75, 0.25),
        series,
        ..Plot::default()
    }]);
    Figure {
        name: "paths".to_owned(),
        caption: format!(
            "The first {SHOWN} steps of both from the same start, with the rate {rate}, over lines \
             of equal loss."
        ),
        drawing: Drawing::Svg(plot),
    }
}

fn losses(all: &[Descents]) -> Figure {
    let line = |descents: &Descents| {
        let points = descents.paths[0]
            .iter()
            .enumerate()
            .take(401)
            .map(|(step, w)| (step as f64, descents.valley.loss(w)))
            .collect();
        Series { form: Form::Line, ..Series::line(descents.name(), points) }
    };
    let plot = plot(&[Plot {
        x_name: "step".to_owned(),
        y_name: "loss".to_owned(),
        y: Scale::PowersBetween(1e-6, 1e3),
        series: all.iter().map(line).collect(),
        ..Plot::default()
    }]);
    Figure {
        name: "loss".to_owned(),
        caption: "The loss after each step, from the same start.".to_owned(),
        drawing: Drawing::Svg(plot),
    }
}

fn table(all: &[Descents]) -> Table {
    let row = |descents: &Descents| {
        let steps = descents.steps();
        let listed: Vec<String> = steps
            .iter()
            .map(|steps| if steps.is_nan() { "–".to_owned() } else { steps.to_string() })
            .collect();
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        let left = slowest(descents.valley, descents.rate, descents.momentum);
        vec![
            descents.name(),
            listed.join(", "),
            if mean.is_nan() { "–".to_owned() } else { significant(mean, 3) },
            significant(left, 4),
        ]
    };
    Table {
        caption: format!(
            "Steps to {ARRIVED:.0e} of the first loss, from each of the {} starts (–: not within \
             {STEPS})",
            starts().len()
        ),
        headings: ["descent", "steps", "mean", "left by a step, in theory"]
            .map(str::to_owned)
            .into(),
        rows: all.iter().map(row).collect(),
        ..Table::default()
    }
}

#[cfg(test)]
mod tests;
