//! Plain descent, AdaGrad and Adam in a valley whose axes are those of the parameters.

use burn::tensor::Device;
use toml::Value;
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, Table, plot};
use zunder_train::{AdaGradConfig, AdamConfig, OptimizerConfig, SgdConfig, TrainError};

use super::descend::optimize;
use super::number::significant;
use super::valley::{ARRIVED, CURVATURES, Valley, starts};
use crate::claim::{Unit, at_least, at_most, between};
use crate::experiment::{Experiment, Program};
use crate::means::mean;
use crate::{Claim, Control, ExperimentConfig, ExperimentError, Findings, Watch};

/// Rates that are tried; for plain descent also the best one in theory.
const PLAIN: [f64; 4] = [0.002, 0.003, 0.0032, 0.004];
const ADAGRAD: [f64; 4] = [0.1, 0.3, 1.0, 3.0];
const ADAM: [f64; 4] = [0.03, 0.1, 0.3, 1.0];

const PLAIN_DESCENT: &str = "plain descent";

const STEPS: usize = 1000;
/// Number of steps in the figure.
const SHOWN: usize = 60;
/// Factor by which AdaGrad must converge earlier.
const FACTOR: f64 = 3.0;
/// Curvatures along the valley, as multiples of the set one, for which the largest rate is sought.
const FLATTER: [f64; 3] = [1.0, 0.3, 0.1];
/// Halvings of the interval in that search.
const HALVINGS: usize = 12;
/// Largest distance of two points that count as the same.
const SAME: f64 = 1e-3;

pub(super) const ADAPTIVE: Experiment = Experiment {
    name: "adaptive",
    title: "Adaptive rates in a valley with unequal axes",
    source: "Lecture 6a.3, \"Adaptive Lernraten: AdaGrad und Adam\".",
    question: "The loss is 120 times as sensitive to one parameter as to the other. What does \
        that do to a single learning rate, and what do AdaGrad and Adam do about it?",
    kind: &Program {
        run,
        takes: &["valley."],
        controls: &[
            Control {
                fails: &[1],
                settings: &["valley.along=12000"],
                because: "The parameter along the valley is the more sensitive one then, and \
                    bounds the rate instead.",
            },
            Control {
                fails: &[2, 3],
                settings: &["valley.turn=45"],
                because: "In a valley across the axes both parameters are equally sensitive, so \
                    that a rate for each brings nothing.",
            },
            Control {
                fails: &[2],
                settings: &["valley.along=600"],
                because: "In a round valley one rate suits both parameters: plain descent arrives \
                    in one step.",
            },
        ],
        chance: false,
    },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let mut valley = Valley { curvatures: CURVATURES, direction: 0.0 };
    for (path, value) in &config.settings {
        let number = value.as_float().or_else(|| value.as_integer().map(|value| value as f64));
        match (path.join(".").as_str(), number) {
            ("valley.along", Some(number)) if number > 0.0 && number.is_finite() => {
                valley.curvatures[1] = number;
            }
            ("valley.turn", Some(degrees)) if degrees.is_finite() => {
                valley.direction = degrees.to_radians();
            }
            _ => return Err(refused(path, value)),
        }
    }
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    let Some(methods) = Method::all(valley, &device, watch)? else { return Ok(None) };
    let bounds = FLATTER.map(|factor| {
        let [across, along] = valley.curvatures;
        let valley = Valley { curvatures: [across, factor * along], ..valley };
        largest_rate(valley, &device).map(|rate| rate * across)
    });
    let bounds = bounds.into_iter().collect::<Result<Vec<f64>, TrainError>>()?;
    let round = Valley { curvatures: [valley.curvatures[0]; 2], ..valley };
    let Some(round) = Method::all(round, &device, watch)? else { return Ok(None) };
    watch.progressed(methods.len(), methods.len(), "pictures");
    Ok(Some(findings(valley, &methods, &distances(&methods, &round), &bounds)))
}

fn refused(path: &[String], value: &Value) -> ExperimentError {
    let got = format!("{} = {value}", path.join("."));
    ExperimentError::Setting {
        setting: "setting",
        got,
        expected: "a number above 0 for valley.along, the curvature along the valley, or an angle \
            in degrees for valley.turn"
            .to_owned(),
    }
}

/// Returns an optimizer's configuration with a rate.
type WithRate = fn(f64) -> OptimizerConfig;

/// A method with the rates that were tried.
struct Method {
    name: &'static str,
    tried: Vec<Descents>,
}

/// The descents with one rate, one from each start.
struct Descents {
    rate: f64,
    paths: Vec<Vec<Vec<f64>>>,
    steps: Vec<f64>,
}

impl Method {
    /// Runs all methods with all rates. Returns `None` if interrupted.
    fn all(
        valley: Valley,
        device: &Device,
        watch: &mut dyn Watch,
    ) -> Result<Option<Vec<Self>>, TrainError> {
        let mut plain = PLAIN.to_vec();
        plain.push(valley.best_rate());
        plain.sort_by(f64::total_cmp);
        let methods: [(&str, Vec<f64>, WithRate); 3] = [
            (PLAIN_DESCENT, plain, plain_descent),
            ("AdaGrad", ADAGRAD.to_vec(), |lr| {
                OptimizerConfig::AdaGrad(AdaGradConfig { lr, ..AdaGradConfig::default() })
            }),
            ("Adam", ADAM.to_vec(), |lr| {
                OptimizerConfig::Adam(AdamConfig { lr, ..AdamConfig::default() })
            }),
        ];
        let mut all = Vec::new();
        for (i, (name, rates, config)) in methods.iter().enumerate() {
            watch.progressed(i, methods.len(), name);
            let mut tried = Vec::new();
            for &rate in rates {
                if watch.interrupt().requested() {
                    return Ok(None);
                }
                let descend = |start: [f64; 2]| {
                    optimize(&start, &config(rate), STEPS, device, |w| valley.gradient(w))
                };
                let paths =
                    starts().into_iter().map(descend).collect::<Result<Vec<_>, TrainError>>()?;
                let steps = paths.iter().map(|path| valley.steps(path)).collect();
                tried.push(Descents { rate, paths, steps });
            }
            all.push(Self { name, tried });
        }
        Ok(Some(all))
    }

    /// Returns the descents that converge first in the mean over the starts. A rate with which one
    /// of them does not converge is not chosen, unless there is no other.
    fn best(&self) -> Option<&Descents> {
        let order = |descents: &&Descents| {
            let steps = mean(&descents.steps);
            if steps.is_nan() { f64::INFINITY } else { steps }
        };
        self.tried.iter().min_by(|a, b| order(a).total_cmp(&order(b)))
    }
}

fn plain_descent(lr: f64) -> OptimizerConfig {
    OptimizerConfig::Sgd(SgdConfig { lr, momentum: 0.0, ..SgdConfig::default() })
}

/// Returns the largest rate with which plain descent comes nearer to the minimum, by bisection.
fn largest_rate(valley: Valley, device: &Device) -> Result<f64, TrainError> {
    let nearer = |rate: f64| {
        let start = starts()[0];
        let path = optimize(&start, &plain_descent(rate), 300, device, |w| valley.gradient(w))?;
        let last = path.last().map_or(f64::NAN, |w| valley.loss(w));
        Ok(path.len() == 301 && last < valley.loss(&start))
    };
    let steepest = valley.curvatures.into_iter().fold(0.0, f64::max);
    let (mut low, mut high) = (0.5 / steepest, 8.0 / steepest);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if nearer(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(f64::midpoint(low, high))
}

/// Returns for AdaGrad and Adam, each start and rate, the largest distance of a point of the path
/// in the valley from that in the round one.
fn distances(methods: &[Method], round: &[Method]) -> Vec<f64> {
    let adaptive = methods.iter().zip(round).filter(|(method, _)| method.name != PLAIN_DESCENT);
    let tried = adaptive.flat_map(|(method, round)| method.tried.iter().zip(&round.tried));
    let paths = tried.flat_map(|(descents, round)| descents.paths.iter().zip(&round.paths));
    let farthest = |(path, round): (&Vec<Vec<f64>>, &Vec<Vec<f64>>)| {
        let apart = path.iter().zip(round).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]));
        apart.fold(0.0, f64::max)
    };
    paths.map(farthest).collect()
}

fn findings(valley: Valley, methods: &[Method], distances: &[f64], bounds: &[f64]) -> Findings {
    let [across, along] = valley.curvatures;
    Findings {
        see: vec![
            "Plain descent has one rate for both parameters. Beyond 2 / h1 it diverges along the \
             steep axis, and below it crawls along the flat one: the most sensitive parameter \
             bounds the rate of all."
                .to_owned(),
            "AdaGrad and Adam divide each parameter's derivative by the size of its own earlier \
             ones, so that the curvature cancels: both parameters move at the same pace, and the \
             paths are those of a round valley. Adam rolls past the minimum on its momentum, and \
             so gains less than AdaGrad here."
                .to_owned(),
            "This holds for axes that are those of the parameters. In a valley across the axes \
             both derivatives are about as large, and a rate for each parameter has nothing to \
             divide out (--set valley.turn=45); momentum, which Adam has too, still helps."
                .to_owned(),
        ],
        claims: claims(methods, distances, bounds),
        figures: [paths(valley, methods), losses(valley, methods)].into(),
        tables: vec![table(methods)],
        setting: vec![
            ("loss".to_owned(), format!("(h1 a² + h2 b²) / 2 with h1 = {across}, h2 = {along}")),
            ("starts".to_owned(), format!("{} fixed places at a distance of 1", starts().len())),
            ("chance".to_owned(), "none: the results are the same each time".to_owned()),
        ],
        ..Findings::default()
    }
}

fn claims(methods: &[Method], distances: &[f64], bounds: &[f64]) -> Vec<Claim> {
    let steps = |name: &str| {
        let method = methods.iter().find(|method| method.name == name);
        method.and_then(Method::best).map_or(&[][..], |best| &best.steps)
    };
    let factors = |name: &str| -> Vec<f64> {
        steps(PLAIN_DESCENT).iter().zip(steps(name)).map(|(plain, own)| plain / own).collect()
    };
    vec![
        between(
            "The most sensitive parameter bounds the rate: plain descent converges up to 2 / h1, \
             however flat the other direction is.",
            Unit::Plain(3),
            ("largest rate · h1, with the curvature h2, 0.3 h2 and 0.1 h2", bounds),
            (1.98, 2.02),
        ),
        at_least(
            "With a rate for each parameter, AdaGrad needs a third of the steps of plain descent \
             or less, from every start, each at its own best rate.",
            Unit::Plain(1),
            ("steps of plain descent / steps of AdaGrad", &factors("AdaGrad")),
            FACTOR,
        ),
        at_most(
            "An identity, checked: the paths of AdaGrad and Adam are the same, to a thousandth, as \
             in a round valley, from every start and at every rate of the table.",
            Unit::Power,
            ("largest distance", &[distances.iter().copied().fold(0.0, f64::max)]),
            SAME,
        ),
    ]
}

/// Returns the paths of the three methods from the first start: plain descent at its best rate, the
/// others at the lowest rate that was tried, at which their direction is seen.
fn paths(valley: Valley, methods: &[Method]) -> Figure {
    let first = valley.loss(&starts()[0]);
    let mut series: Vec<Series> =
        (0..7).map(|i| valley.contour(first * 3.0 * 0.35_f64.powi(i))).collect();
    for method in methods {
        let plain = method.name == PLAIN_DESCENT;
        let shown = if plain { method.best() } else { method.tried.first() };
        let path = shown.and_then(|shown| Some((shown.rate, shown.paths.first()?)));
        series.extend(path.map(|(rate, path)| {
            let points = path.iter().take(SHOWN + 1).map(|w| (w[0], w[1])).collect();
            Series::line(format!("{}, rate {}", method.name, significant(rate, 3)), points)
        }));
    }
    series.push(Series::points("minimum", vec![(0.0, 0.0)]));
    let chart = Plot {
        x_name: "w1 (flat)".to_owned(),
        x: Scale::Between(-1.1, 0.4),
        y_name: "w2 (steep)".to_owned(),
        y: Scale::Between(-0.35, 0.35),
        series,
        ..Plot::default()
    };
    Figure {
        name: "valley".to_owned(),
        caption: format!(
            "The first {SHOWN} steps from the same start over lines of equal loss: plain descent \
             at its best rate, AdaGrad and Adam at a low one, at which their direction is seen. \
             w2 is {} times as sensitive as w1.",
            significant(valley.curvatures[0] / valley.curvatures[1], 3)
        ),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}

fn losses(valley: Valley, methods: &[Method]) -> Figure {
    let line = |method: &Method| {
        let path = method.best()?.paths.first()?;
        let points = path.iter().enumerate().take(401);
        let points = points.map(|(step, w)| (step as f64, valley.loss(w))).collect();
        Some(Series { form: Form::Line, ..Series::line(method.name, points) })
    };
    let chart = Plot {
        x_name: "step".to_owned(),
        y_name: "loss".to_owned(),
        y: Scale::PowersBetween(1e-6, 1e2),
        series: methods.iter().filter_map(line).collect(),
        ..Plot::default()
    };
    Figure {
        name: "loss".to_owned(),
        caption: "The loss after each step, from the same start.".to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}

fn table(methods: &[Method]) -> Table {
    let rows = methods.iter().flat_map(|method| {
        let best = method.best().map(|best| best.rate);
        method.tried.iter().map(move |descents| {
            let mark = if best == Some(descents.rate) { " *" } else { "" };
            let steps = mean(&descents.steps);
            let listed: Vec<String> = descents.steps.iter().map(|steps| count(*steps)).collect();
            vec![
                method.name.to_owned(),
                significant(descents.rate, 3),
                listed.join(", "),
                format!(
                    "{}{mark}",
                    if steps.is_nan() { "–".to_owned() } else { significant(steps, 3) }
                ),
            ]
        })
    });
    Table {
        caption: format!(
            "Steps to {ARRIVED:.0e} of the first loss, from each of the {} starts (–: not within \
             {STEPS}); the lowest mean (*) is compared",
            starts().len()
        ),
        headings: ["method", "rate", "steps", "mean"].map(str::to_owned).into(),
        rows: rows.collect(),
        ..Table::default()
    }
}

fn count(steps: f64) -> String {
    if steps.is_nan() { "–".to_owned() } else { steps.to_string() }
}

/// Returns the picture of the paths in the valley along the axes.
pub(crate) fn picture(device: &Device) -> Result<Option<Figure>, TrainError> {
    let valley = Valley { curvatures: CURVATURES, direction: 0.0 };
    Ok(Method::all(valley, device, &mut ())?.map(|methods| paths(valley, &methods)))
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::controls::controls! {
        adaptive: "adaptive", &[], &[];
    }

    #[test]
    fn other_settings_are_refused() {
        for setting in ["valley.along=0", "valley.turn=\"left\"", "valley.across=1"] {
            let settings = vec![zunder::parse_setting(setting).unwrap()];
            let config = ExperimentConfig { settings, ..ExperimentConfig::default() };
            let message = run(&config, &mut ()).unwrap_err().to_string();
            let key = setting.split('=').next().unwrap();
            assert!(message.contains(key) && message.contains("valley.turn"), "{message}");
        }
    }
}
