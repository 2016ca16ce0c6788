//! Gradient descent with and without momentum in a long, narrow valley.

use burn::tensor::Device;
use toml::Value;
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, Table, plot};
use zunder_train::SgdConfig;

use super::descend::descend;
use super::number::significant;
use crate::claim::{Unit, at_least, between};
use crate::experiment::{Experiment, Program};
use crate::{Claim, ExperimentConfig, ExperimentError, Findings, Watch};

/// Learning rate and momentum of the lecture.
const RATE: f64 = 0.003;
const MOMENTUM: f64 = 0.8;
/// Further momenta, for the table.
const MOMENTA: [f64; 4] = [0.0, 0.5, 0.8, 0.95];

/// Curvatures across and along the valley, its direction, and the start points, at a distance of 1.
const CURVATURES: [f64; 2] = [600.0, 5.0];
const DIRECTION: f64 = 0.45;
const STARTS: [f64; 6] = [3.4, 0.8, 1.7, 2.5, 4.4, 5.6];

/// A descent has converged at this share of its first loss.
const ARRIVED: f64 = 1e-6;
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
        takes: &["optimizer.lr", "optimizer.momentum"],
        controls: &[],
        chance: false,
    },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let (mut rate, mut momentum) = (RATE, MOMENTUM);
    for (path, value) in &config.settings {
        let number = value.as_float().or_else(|| value.as_integer().map(|value| value as f64));
        match (path.join(".").as_str(), number) {
            ("optimizer.lr", Some(number)) => rate = number,
            ("optimizer.momentum", Some(number)) => momentum = number,
            _ => return Err(refused(path, value)),
        }
    }
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    compare(rate, momentum, &device, watch)
}

fn refused(path: &[String], value: &Value) -> ExperimentError {
    let got = format!("{} = {value}", path.join("."));
    ExperimentError::Setting {
        setting: "setting",
        got,
        expected: "a number for optimizer.lr or optimizer.momentum".to_owned(),
    }
}

/// The descents with one momentum, one from each start.
struct Descents {
    momentum: f64,
    paths: Vec<Vec<Vec<f64>>>,
}

fn compare(
    rate: f64,
    momentum: f64,
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let mut momenta = MOMENTA.to_vec();
    if !momenta.contains(&momentum) {
        momenta.push(momentum);
    }
    let mut all = Vec::new();
    for (i, momentum) in momenta.iter().enumerate() {
        watch.progressed(i, momenta.len(), &format!("momentum {momentum}"));
        let config = SgdConfig { lr: rate, momentum: *momentum, ..SgdConfig::default() };
        let mut paths = Vec::new();
        for start in STARTS {
            if watch.interrupt().requested() {
                return Ok(None);
            }
            paths.push(descend(&[start.cos(), start.sin()], &config, STEPS, device, gradient)?);
        }
        all.push(Descents { momentum: *momentum, paths });
    }
    watch.progressed(momenta.len(), momenta.len(), "pictures");
    let of = |momentum: f64| all.iter().find(|descents| descents.momentum == momentum);
    let (Some(plain), Some(with)) = (of(0.0), of(momentum)) else { return Ok(None) };
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
        claims: claims(rate, plain, with),
        figures: vec![paths(plain, with, rate), losses(&all)],
        tables: vec![table(rate, &all)],
        setting: vec![
            (
                "loss".to_owned(),
                format!(
                    "(h1 a² + h2 b²) / 2 with h1 = {}, h2 = {}, a across and b \
                along the valley",
                    CURVATURES[0], CURVATURES[1]
                ),
            ),
            ("learning rate".to_owned(), rate.to_string()),
            ("momentum".to_owned(), momentum.to_string()),
            ("starts".to_owned(), format!("{} fixed places at a distance of 1", STARTS.len())),
            ("chance".to_owned(), "none: the results are the same each time".to_owned()),
        ],
        ..Findings::default()
    }))
}

/// Returns the coordinates across and along the valley.
fn in_valley(w: &[f64]) -> [f64; 2] {
    let (sin, cos) = DIRECTION.sin_cos();
    [cos * w[1] - sin * w[0], cos * w[0] + sin * w[1]]
}

fn loss(w: &[f64]) -> f64 {
    let place = in_valley(w);
    0.5 * (CURVATURES[0] * place[0] * place[0] + CURVATURES[1] * place[1] * place[1])
}

fn gradient(w: &[f64]) -> Vec<f64> {
    let (sin, cos) = DIRECTION.sin_cos();
    let place = in_valley(w);
    let slope = [CURVATURES[0] * place[0], CURVATURES[1] * place[1]];
    vec![cos * slope[1] - sin * slope[0], cos * slope[0] + sin * slope[1]]
}

impl Descents {
    /// Returns the number of steps until each descent has converged; NaN where it has not.
    fn steps(&self) -> Vec<f64> {
        let arrived =
            |path: &Vec<Vec<f64>>| path.iter().position(|w| loss(w) <= ARRIVED * loss(&path[0]));
        self.paths.iter().map(|path| arrived(path).map_or(f64::NAN, |steps| steps as f64)).collect()
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

/// Returns the factor of the slowest direction.
fn slowest(rate: f64, momentum: f64) -> f64 {
    CURVATURES.map(|h| left_by_a_step(rate, momentum, h)).into_iter().fold(0.0, f64::max)
}

fn claims(rate: f64, plain: &Descents, with: &Descents) -> Vec<Claim> {
    let factors: Vec<f64> =
        plain.steps().iter().zip(with.steps()).map(|(plain, with)| plain / with).collect();
    // Between steps 100 and 200 only the flat direction contributes to the distance.
    let measured: Vec<f64> = plain
        .paths
        .iter()
        .filter(|path| path.len() > 200)
        .map(|path| (loss(&path[200]) / loss(&path[100])).powf(0.005))
        .collect();
    let theory = slowest(rate, 0.0);
    vec![
        at_least(
            &format!(
                "With momentum {} a millionth of the first loss is reached in a third of the \
                 steps, from every start.",
                with.momentum
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
    let first = loss(&plain.paths[0][0]);
    let mut series: Vec<Series> = (0..7).map(|i| contour(first * 0.35_f64.powi(i))).collect();
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

/// Returns the ellipse of points with this loss.
fn contour(loss: f64) -> Series {
    let (sin, cos) = DIRECTION.sin_cos();
    let radii = CURVATURES.map(|h| (2.0 * loss / h).sqrt());
    let at = |i: u32| {
        let angle = std::f64::consts::TAU * f64::from(i) / 720.0;
        let (across, along) = (radii[0] * angle.sin(), radii[1] * angle.cos());
        (cos * along - sin * across, cos * across + sin * along)
    };
    Series { form: Form::Line, ..Series::line("", (0..=720).map(at).collect()) }
}

fn losses(all: &[Descents]) -> Figure {
    let line = |descents: &Descents| {
        let points = descents.paths[0]
            .iter()
            .enumerate()
            .take(401)
            .map(|(step, w)| (step as f64, loss(w)))
            .collect();
        Series {
            form: Form::Line,
            ..Series::line(format!("momentum {}", descents.momentum), points)
        }
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

fn table(rate: f64, all: &[Descents]) -> Table {
    let row = |descents: &Descents| {
        let steps = descents.steps();
        let listed: Vec<String> = steps
            .iter()
            .map(|steps| if steps.is_nan() { "–".to_owned() } else { steps.to_string() })
            .collect();
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        let left = slowest(rate, descents.momentum);
        vec![
            descents.momentum.to_string(),
            listed.join(", "),
            if mean.is_nan() { "–".to_owned() } else { significant(mean, 3) },
            significant(left, 4),
        ]
    };
    Table {
        caption: format!(
            "Steps to {ARRIVED:.0e} of the first loss, from each of the {} starts (–: not within \
             {STEPS})",
            STARTS.len()
        ),
        headings: ["momentum", "steps", "mean", "left by a step, in theory"]
            .map(str::to_owned)
            .into(),
        rows: all.iter().map(row).collect(),
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rate: f64, momentum: f64) -> Findings {
        compare(rate, momentum, &Device::flex(), &mut ()).unwrap().unwrap()
    }

    #[test]
    fn the_lecture_s_momentum_is_faster_and_none_is_not() {
        assert!(found(RATE, MOMENTUM).all_hold());
        let off = found(RATE, 0.0).claims;
        assert!(!off[0].holds && off[1].holds, "{off:?}");
        assert!(!found(0.01, MOMENTUM).claims[0].holds, "this rate diverges");
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let w = [0.3, -0.8];
        let h = 1e-6;
        for i in 0..2 {
            let moved = |by: f64| {
                loss(&[w[0] + if i == 0 { by } else { 0.0 }, w[1] + if i == 1 { by } else { 0.0 }])
            };
            let difference = (moved(h) - moved(-h)) / (2.0 * h);
            assert!((gradient(&w)[i] - difference).abs() < 1e-5);
        }
    }

    /// Compares with the recurrence itself after many steps.
    #[test]
    fn theory_s_rate_is_that_of_the_recurrence() {
        for (momentum, h) in [(0.0, 5.0), (0.5, 5.0), (0.5, 600.0), (0.8, 5.0), (0.95, 600.0)] {
            let (mut w, mut v, mut largest) = (1.0_f64, 0.0, 0.0_f64);
            for step in 0..400 {
                v = momentum * v + h * w;
                w -= RATE * v;
                // The value may pass through 0, so the largest of several steps is used.
                largest = if step < 380 { 0.0 } else { largest.max(w.abs()) };
            }
            let measured = (largest.ln() / 390.0).exp();
            assert!(
                (measured / left_by_a_step(RATE, momentum, h) - 1.0).abs() < 0.02,
                "{momentum} {h}: {measured}"
            );
        }
    }

    #[test]
    fn other_settings_are_refused() {
        let settings =
            vec![(vec!["optimizer".to_owned(), "lr".to_owned()], Value::String("fast".to_owned()))];
        let message = run(&ExperimentConfig { settings, ..ExperimentConfig::default() }, &mut ())
            .unwrap_err()
            .to_string();
        assert!(message.contains("optimizer.lr = \"fast\""), "{message}");
    }
}
