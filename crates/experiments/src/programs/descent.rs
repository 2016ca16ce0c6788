//! Gradient descent with and without momentum in a long, narrow valley.

mod theory;

use burn::tensor::Device;
use toml::Value;
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, Table, plot};
use zunder_train::SgdConfig;

use self::theory::{limit, slowest, start};
use super::descend::descend;
use super::number::significant;
use super::valley::{CURVATURES, Valley};
use crate::claim::{Margin, PILOT, Unit, above, between};
use crate::experiment::{Experiment, Program};
use crate::means::mean;
use crate::{Claim, Control, ExperimentConfig, ExperimentError, Findings, Watch};

/// Learning rate and momentum of the lecture.
const RATE: f64 = 0.003;
const MOMENTUM: f64 = 0.8;
/// Further momenta, for the table.
const MOMENTA: [f64; 4] = [0.0, 0.5, 0.8, 0.95];

/// Direction of the valley, as an angle to the first axis.
const DIRECTION: f64 = 0.45;

/// A descent has converged at this share of its first distance to the minimum.
const ARRIVED: f64 = 1e-3;
/// Rates that plain descent tries, as shares of the rate above which it diverges.
const SHARES: [f64; 7] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.997];
/// Steps that momentum saves.
const SAVED: Margin = Margin::pilot_of_program(305.0);
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
        chance: true,
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
    let (seeds, choosing) = (config.seeds_or(10)?, config.choosing_seeds());
    let mut found =
        compare(rate, momentum, [CURVATURES[0], along], &seeds, &choosing, &device, watch)?;
    if let Some(found) = found.as_mut().filter(|_| config.pilot) {
        found.banner = Some(PILOT.to_owned());
    }
    Ok(found)
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
    seeds: &[u64],
    choosing: &[u64],
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let valley = Valley { curvatures, direction: DIRECTION };
    let descents = |rate: f64, momentum: f64, seeds: &[u64]| {
        let config = SgdConfig { lr: rate, momentum, ..SgdConfig::default() };
        let path =
            |seed: &u64| descend(&start(*seed), &config, STEPS, device, |w| valley.gradient(w));
        let paths = seeds.iter().map(path).collect::<Result<_, _>>()?;
        Ok::<_, ExperimentError>(Descents { valley, rate, momentum, paths })
    };
    let mut tried = Vec::new();
    for share in SHARES {
        tried.push(descents(share * limit(valley), 0.0, choosing)?);
    }
    // Without a rate that converges, the rate of the other descents.
    let own = fastest(&tried).unwrap_or(rate);
    let mut pairs: Vec<(f64, f64)> = MOMENTA.iter().map(|momentum| (rate, *momentum)).collect();
    for pair in [(rate, momentum), (own, 0.0)] {
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let mut all = Vec::new();
    for (i, &(rate, momentum)) in pairs.iter().enumerate() {
        watch.progressed(i, pairs.len(), &format!("momentum {momentum}"));
        if watch.interrupt().requested() {
            return Ok(None);
        }
        all.push(descents(rate, momentum, seeds)?);
    }
    watch.progressed(pairs.len(), pairs.len(), "pictures");
    let of = |rate: f64, momentum: f64| {
        all.iter().find(|descents| (descents.rate, descents.momentum) == (rate, momentum))
    };
    let (Some(plain), Some(with), Some(best)) = (of(rate, 0.0), of(rate, momentum), of(own, 0.0))
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
        tables: vec![table(&all), grid(&tried, own, choosing)],
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
            ("starts".to_owned(), "a random place at a distance of 1 for each seed".to_owned()),
            ("seeds".to_owned(), seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        ],
        ..Findings::default()
    }))
}

impl Descents {
    fn name(&self) -> String {
        format!("momentum {}, rate {}", self.momentum, significant(self.rate, 3))
    }

    /// Returns the number of steps until each descent has converged; NaN where it has not.
    fn steps(&self) -> Vec<f64> {
        // The minimum is at 0.
        let distance = |w: &[f64]| w.iter().map(|w| w * w).sum::<f64>().sqrt();
        let arrived = |path: &Vec<Vec<f64>>| {
            path.iter().position(|w| distance(w) <= ARRIVED * distance(&path[0]))
        };
        self.paths.iter().map(|path| arrived(path).map_or(f64::NAN, |steps| steps as f64)).collect()
    }
}

fn claims([plain, best]: [&Descents; 2], with: &Descents) -> Vec<Claim> {
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
        above(
            &format!(
                "With momentum {} and the rate {} a thousandth of the first distance to the \
                 minimum is reached in fewer steps than by plain descent at its own best rate, {}.",
                with.momentum,
                with.rate,
                significant(best.rate, 3)
            ),
            Unit::Plain(0),
            ("plain descent", &best.steps()),
            ("momentum", &with.steps()),
            SAVED,
        ),
        between(
            "An identity, checked: without momentum a step leaves 1 - rate · curvature of the \
             distance along the valley, as theory says.",
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
        x: Scale::Between(-1.1, 1.1),
        y_name: "w2".to_owned(),
        y: Scale::Between(-1.1, 1.1),
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

/// Returns the rate with the fewest steps on average; `None` if none converges from every start.
fn fastest(tried: &[Descents]) -> Option<f64> {
    let known = tried.iter().map(|descents| (mean(&descents.steps()), descents.rate));
    let fewest = known.filter(|(steps, _)| steps.is_finite()).min_by(|a, b| a.0.total_cmp(&b.0));
    fewest.map(|(_, rate)| rate)
}

/// Returns a table of the rates that plain descent tried.
fn grid(tried: &[Descents], own: f64, seeds: &[u64]) -> Table {
    let listed: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let row = |descents: &Descents| {
        let steps = mean(&descents.steps());
        let steps = if steps.is_nan() { "–".to_owned() } else { significant(steps, 3) };
        let mark = if descents.rate == own { " *" } else { "" };
        vec![significant(descents.rate, 3), format!("{steps}{mark}")]
    };
    Table {
        caption: format!(
            "Choice of plain descent's rate: mean steps of the pilot seeds {}; the fewest (*) are \
             used for the reported seeds (–: not within {STEPS} from every start)",
            listed.join(", ")
        ),
        headings: ["rate", "steps"].map(str::to_owned).into(),
        rows: tried.iter().map(row).collect(),
        ..Table::default()
    }
}

fn table(all: &[Descents]) -> Table {
    let row = |descents: &Descents| {
        let steps = descents.steps();
        let listed: Vec<String> = steps
            .iter()
            .map(|steps| if steps.is_nan() { "–".to_owned() } else { steps.to_string() })
            .collect();
        let mean = mean(&steps);
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
            "Steps to {ARRIVED} of the first distance to the minimum, from the start of each seed \
             (–: not within {STEPS})"
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
