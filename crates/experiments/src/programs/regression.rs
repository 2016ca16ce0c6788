//! Linear regression on noisy points, and polynomials that overfit the noise.

mod polynomial;
mod sample;

use burn::tensor::{Device, Tensor, TensorData};
use zunder_random::Key;
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, Table, plot};
use zunder_train::{Loss, SgdConfig, Targets};

pub(crate) use self::polynomial::Polynomial;
pub(crate) use self::sample::{FRESH, POINTS, Sample, fresh, key, of_curve, of_line, risk};
use self::sample::{NOISE, curve};
use super::descend::descend;
use crate::claim::{Unit, above, at_most};
use crate::experiment::{Experiment, Program};
use crate::means::{across, geometric_mean, mean, mean_and_spread};
use crate::{Claim, ExperimentConfig, ExperimentError, Findings, Watch};

/// The highest degree, the degree that fits best, and one that is too low.
pub(crate) const HIGHEST: usize = 11;
pub(crate) const MODEST: usize = 3;
pub(crate) const LOW: usize = 1;
/// Nu, the weight of the penalty.
const NU: f64 = 0.01;
const NUS: [f64; 9] = [1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 1.0, 10.0];

pub(super) const REGRESSION: Experiment = Experiment {
    name: "regression",
    title: "A line, and too much freedom",
    source: "Lecture 6a.1, \"Verlust und Risiko\" and \"Training als Optimierungsproblem\" \
        (Ausgleichsgerade, empirisches Risiko, Regularisierung)",
    question: "Does gradient descent find the line of least squares? And what becomes of the risk \
        when the function is so flexible that it can follow every point?",
    kind: &Program { run, takes: &[], controls: &[], chance: true },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let seeds = config.seeds_or(if config.quick { 10 } else { 20 })?;
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    fit(&seeds, POINTS, &device, watch)
}

/// Results of one seed.
#[derive(Default)]
struct Outcome {
    points: Sample,
    by_descent: [f64; 2],
    in_closed_form: [f64; 2],
    /// Empirical risk and risk of each degree, without the penalty and with it.
    plain: Vec<(f64, f64)>,
    penalised: Vec<(f64, f64)>,
    /// Empirical risk and risk of the highest degree for each nu.
    by_nu: Vec<(f64, f64)>,
}

fn fit(
    seeds: &[u64],
    n: usize,
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let mut outcomes = Vec::new();
    let mut first: Option<Sample> = None;
    for (i, seed) in seeds.iter().enumerate() {
        watch.progressed(i, seeds.len(), &format!("seed {seed}"));
        if watch.interrupt().requested() {
            return Ok(None);
        }
        let key = key(*seed);
        let train = of_curve(n, key);
        outcomes.push(outcome(key, n, &train, device)?);
        first.get_or_insert(train);
    }
    watch.progressed(seeds.len(), seeds.len(), "pictures");
    let (Some(lines), Some(points)) = (outcomes.first(), first) else { return Ok(None) };
    Ok(Some(Findings {
        see: vec![
            "Gradient descent on the squared loss ends in the same line as the closed form: the \
             minimum is one, and the descent finds it."
                .to_owned(),
            "With each degree the loss on the training points (the empirical risk) falls, but \
             beyond a few degrees the loss on fresh points (the risk) rises: the polynomial bends \
             to the noise."
                .to_owned(),
            "A penalty on the squared coefficients keeps the highest degree tame: a little worse \
             on the training points, far better on fresh ones."
                .to_owned(),
        ],
        claims: claims(&outcomes),
        figures: vec![
            line_picture(lines),
            curves_picture(&points),
            by_degree(&outcomes),
            by_nu(&outcomes),
        ],
        tables: vec![table(&outcomes)],
        setting: vec![
            ("training points".to_owned(), n.to_string()),
            ("fresh points".to_owned(), FRESH.to_string()),
            ("line".to_owned(), "y = 0.5 + 1.5 x + noise".to_owned()),
            ("curve".to_owned(), "y = sin(3 x) + noise".to_owned()),
            ("noise".to_owned(), format!("N(0, {NOISE}²)")),
            (
                "penalty".to_owned(),
                format!(
                    "nu = {NU} times the sum of the squared coefficients of \
                Legendre polynomials, beside the mean loss"
                ),
            ),
            ("seeds".to_owned(), format!("1 to {}, each with its own points", seeds.len())),
        ],
        ..Findings::default()
    }))
}

fn outcome(
    key: Key,
    n: usize,
    train: &Sample,
    device: &Device,
) -> Result<Outcome, ExperimentError> {
    let points = of_line(n, key);
    let closed = Polynomial::fit(&points, 1, 0.0);
    let config = SgdConfig { lr: 0.3, momentum: 0.0, ..SgdConfig::default() };
    let loss = SquaredLoss::of(&points, device);
    let path = descend(&[0.0, 0.0], &config, 300, device, |line| loss.gradient(line))?;
    let last = path.last().map_or([f64::NAN; 2], |w| [w[0], w[1]]);
    let fresh = fresh(key);
    let risks = |degree: usize, nu: f64| {
        let f = Polynomial::fit(train, degree, nu);
        (risk(|x| f.value(x), train), risk(|x| f.value(x), &fresh))
    };
    Ok(Outcome {
        points,
        by_descent: last,
        in_closed_form: [closed.value(0.0), closed.value(1.0) - closed.value(0.0)],
        plain: (0..=HIGHEST).map(|degree| risks(degree, 0.0)).collect(),
        penalised: (0..=HIGHEST).map(|degree| risks(degree, NU)).collect(),
        by_nu: NUS.map(|nu| risks(HIGHEST, nu)).into(),
    })
}

/// The squared loss of lines on points, with the loss function that also trains networks.
struct SquaredLoss {
    /// Rows of 1 and x, `[N, 2]`.
    inputs: Tensor<2>,
    /// `[N, 1]`.
    y: Tensor<2>,
}

impl SquaredLoss {
    fn of(points: &Sample, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let tensor = |values: Vec<f32>, columns: usize| {
            Tensor::from_data(TensorData::new(values, [points.len(), columns]), &device)
        };
        Self {
            inputs: tensor(points.iter().flat_map(|(x, _)| [1.0, *x as f32]).collect(), 2),
            y: tensor(points.iter().map(|(_, y)| *y as f32).collect(), 1),
        }
    }

    /// Returns the gradient of the mean of (a + b x - y)² with respect to a and b; NaN if the
    /// device cannot return its numbers.
    fn gradient(&self, line: &[f64]) -> Vec<f64> {
        let line: Vec<f32> = line.iter().map(|value| *value as f32).collect();
        let device = self.inputs.device();
        let line = Tensor::from_data(TensorData::new(line, [2, 1]), &device).require_grad();
        let scores = self.inputs.clone().matmul(line.clone());
        let gradient = Loss::SquaredError {}
            .forward(scores, Targets::Soft(self.y.clone()))
            .ok()
            .and_then(|loss| line.grad(&loss.backward()))
            .and_then(|gradient| gradient.try_into_vec_as::<f32>().ok());
        gradient.map_or(vec![f64::NAN; 2], |values| values.into_iter().map(f64::from).collect())
    }
}

/// Returns the logarithms to base ten: one risk may be a thousand times another.
fn exponents(outcomes: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> Vec<f64> {
    outcomes.iter().map(|outcome| figure(outcome).log10()).collect()
}

fn claims(outcomes: &[Outcome]) -> Vec<Claim> {
    let apart = |outcome: &Outcome| {
        let [a, b] = [0, 1].map(|i| (outcome.by_descent[i] - outcome.in_closed_form[i]).abs());
        // NaN stays NaN.
        a + b
    };
    let differences: Vec<f64> = outcomes.iter().map(apart).collect();
    let (high, modest) = (format!("degree {HIGHEST}"), format!("degree {MODEST}"));
    let empirical = |degree: usize| exponents(outcomes, |outcome| outcome.plain[degree].0);
    let true_risk = |degree: usize| exponents(outcomes, |outcome| outcome.plain[degree].1);
    let tamed = exponents(outcomes, |outcome| outcome.penalised[HIGHEST].1);
    let powers = Unit::Plain(2);
    vec![
        at_most(
            "Gradient descent ends in the line that the closed form gives.",
            Unit::Power,
            ("differences of both coefficients, on average over the seeds", &[mean(&differences)]),
            1e-5,
        ),
        above(
            "The empirical risk falls with the degree, by more than a third (in powers of ten).",
            powers,
            (&modest, &empirical(MODEST)),
            (&high, &empirical(HIGHEST)),
            0.2,
        ),
        above(
            "The risk rises meanwhile, to more than three times (in powers of ten).",
            powers,
            (&high, &true_risk(HIGHEST)),
            (&modest, &true_risk(MODEST)),
            0.5,
        ),
        above(
            "With the penalty the highest degree has less than half of that risk (in powers of \
             ten).",
            powers,
            (&high, &true_risk(HIGHEST)),
            ("with the penalty", &tamed),
            0.3,
        ),
    ]
}

/// Returns a function as a series to plot.
fn drawn(name: &str, f: impl Fn(f64) -> f64) -> Series {
    let points = (-400..=400).map(|i| f64::from(i) / 400.0).map(|x| (x, f(x))).collect();
    Series { form: Form::Line, ..Series::line(name, points) }
}

fn picture(name: &str, caption: &str, series: Vec<Series>, y: Scale) -> Figure {
    let plot = plot(&[Plot {
        x_name: "x".to_owned(),
        x: Scale::Between(-1.05, 1.05),
        y_name: "y".to_owned(),
        y,
        series,
        ..Plot::default()
    }]);
    Figure { name: name.to_owned(), caption: caption.to_owned(), drawing: Drawing::Svg(plot) }
}

fn line_picture(outcome: &Outcome) -> Figure {
    let [a, b] = outcome.by_descent;
    let [c, d] = outcome.in_closed_form;
    let series = vec![
        Series::points("points", outcome.points.clone()),
        drawn("gradient descent", |x| a + b * x),
        // The points are few, so that both lines stay visible.
        Series::points(
            "closed form",
            (-4..=4).map(|i| f64::from(i) / 4.0).map(|x| (x, c + d * x)).collect(),
        ),
    ];
    picture(
        "line",
        "The line of least squares through the points of seed 1, by gradient descent and in closed \
         form.",
        series,
        Scale::Values,
    )
}

fn curves_picture(points: &Sample) -> Figure {
    let fitted = |degree, nu| {
        let f = Polynomial::fit(points, degree, nu);
        move |x: f64| f.value(x)
    };
    let series = vec![
        Series::points("points", points.clone()),
        drawn(&format!("degree {LOW}"), fitted(LOW, 0.0)),
        drawn(&format!("degree {HIGHEST}"), fitted(HIGHEST, 0.0)),
        drawn(&format!("degree {HIGHEST} with penalty"), fitted(HIGHEST, NU)),
        drawn("truth", curve),
    ];
    let caption = format!(
        "Polynomials through the points of seed 1: degree {LOW} underfits, degree {HIGHEST} \
         overfits, and with the penalty (nu = {NU}) degree {HIGHEST} comes near the truth."
    );
    picture("polynomials", &caption, series, Scale::Between(-2.2, 2.2))
}

fn risks_picture(
    name: &str,
    caption: &str,
    (x_name, x): (&str, Scale),
    series: Vec<Series>,
) -> Figure {
    let plot = plot(&[Plot {
        x_name: x_name.to_owned(),
        x,
        y_name: "mean squared loss".to_owned(),
        y: Scale::PowersBetween(1e-4, 1e4),
        series,
        ..Plot::default()
    }]);
    Figure { name: name.to_owned(), caption: caption.to_owned(), drawing: Drawing::Svg(plot) }
}

/// Returns the geometric mean over the seeds of the values that a list of each outcome holds.
fn averaged(
    name: &str,
    x: impl Fn(usize) -> f64,
    outcomes: &[Outcome],
    list: impl Fn(&Outcome) -> Vec<f64>,
) -> Series {
    let lists: Vec<Vec<f64>> = outcomes.iter().map(list).collect();
    let means = across(&lists).into_iter().map(|values| geometric_mean(&values));
    Series::line(name, means.enumerate().map(|(i, y)| (x(i), y)).collect())
}

fn by_degree(outcomes: &[Outcome]) -> Figure {
    let of = |name: &str, list: fn(&Outcome) -> Vec<f64>| {
        averaged(name, |degree| degree as f64, outcomes, list)
    };
    let series = vec![
        of("empirical risk", |outcome| outcome.plain.iter().map(|risks| risks.0).collect()),
        of("risk", |outcome| outcome.plain.iter().map(|risks| risks.1).collect()),
        of("risk with penalty", |outcome| outcome.penalised.iter().map(|risks| risks.1).collect()),
        noise_floor((0.0, HIGHEST as f64)),
    ];
    let caption = "The loss on the training points and on fresh ones, by degree: geometric means \
        over the seeds. The grey line is the risk of the true function.";
    risks_picture("degrees", caption, ("degree", Scale::Values), series)
}

fn by_nu(outcomes: &[Outcome]) -> Figure {
    let of =
        |name: &str, list: fn(&Outcome) -> Vec<f64>| averaged(name, |i| NUS[i], outcomes, list);
    let series = vec![
        of("empirical risk", |outcome| outcome.by_nu.iter().map(|risks| risks.0).collect()),
        of("risk", |outcome| outcome.by_nu.iter().map(|risks| risks.1).collect()),
        noise_floor((NUS[0], NUS[NUS.len() - 1])),
    ];
    let caption = format!(
        "Degree {HIGHEST} with penalties of several weights: too little follows the noise, too \
         much follows nothing."
    );
    risks_picture("penalty", &caption, ("nu", Scale::Powers), series)
}

fn noise_floor((low, high): (f64, f64)) -> Series {
    Series::line("", vec![(low, NOISE * NOISE), (high, NOISE * NOISE)])
}

fn table(outcomes: &[Outcome]) -> Table {
    let cell = |figure: &dyn Fn(&Outcome) -> f64| {
        mean_and_spread(Unit::Plain(2), exponents(outcomes, figure))
    };
    let row = |degree: usize| {
        vec![
            degree.to_string(),
            cell(&|outcome| outcome.plain[degree].0),
            cell(&|outcome| outcome.plain[degree].1),
            cell(&|outcome| outcome.penalised[degree].0),
            cell(&|outcome| outcome.penalised[degree].1),
        ]
    };
    Table {
        caption:
            "Risks by degree in powers of ten (-1 is 0.1), mean ± standard deviation over the seeds"
                .to_owned(),
        headings: [
            "degree",
            "empirical risk",
            "risk",
            "empirical risk with penalty",
            "risk with penalty",
        ]
        .map(str::to_owned)
        .into(),
        rows: (0..=HIGHEST).map(row).collect(),
        ..Table::default()
    }
}

#[cfg(test)]
mod tests;
