//! Curves of formulas: losses, activations, schedules, and the way of gradient descent.

use zunder_report::{Form, Plot, Scale, Series, plot};
use zunder_train::{ExponentialConfig, LinearConfig, Schedule, ScheduleKind, StepConfig};

use super::Language;

/// Samples a function at `n + 1` points of a range.
pub(super) fn sampled(
    name: &str,
    (from, to): (f64, f64),
    n: u32,
    f: impl Fn(f64) -> f64,
) -> Series {
    let at = |i: u32| from + (to - from) * f64::from(i) / f64::from(n);
    let points = (0..=n).map(at).map(|x| (x, f(x))).collect();
    Series { form: Form::Line, ..Series::line(name, points) }
}

/// Draws a line through points without dots.
fn way(name: &str, points: Vec<(f64, f64)>) -> Series {
    Series { form: Form::Line, ..Series::line(name, points) }
}

/// The losses of a prediction y' where y = 1 is right. The zero-one loss is that of the sign.
pub(super) const HINGE: fn(f64) -> f64 = |prediction| (1.0 - prediction).max(0.0);
pub(super) const SQUARED: fn(f64) -> f64 = |prediction| (1.0 - prediction).powi(2);
pub(super) const ZERO_ONE: fn(f64) -> f64 = |prediction| f64::from(u8::from(prediction <= 0.0));

pub(super) fn losses(language: Language) -> String {
    let zero_one = language.of("zero-one loss", "Null-Eins-Verlust");
    let ends = (-2.0, 3.0);
    let series = vec![
        sampled(&language.of("hinge loss", "Scharnier-Verlust"), ends, 100, HINGE),
        // In two parts, since it jumps.
        sampled(&zero_one, (ends.0, 0.0), 1, ZERO_ONE),
        sampled(&zero_one, (1e-9, ends.1), 1, ZERO_ONE),
        sampled(&language.of("squared loss", "Quadratischer Verlust"), ends, 100, SQUARED),
    ];
    plot(&[Plot {
        x_name: language.of("prediction y′, where y = 1", "Vorhersage y′, wenn y = 1"),
        x: Scale::Between(ends.0, ends.1),
        y_name: language.of("loss L(y, y′)", "Verlust L(y, y′)"),
        y: Scale::Between(0.0, 4.0),
        series,
        ..Plot::default()
    }])
}

/// An activation function with its derivative.
pub(super) struct Curve {
    /// The file of the picture: the name in Zunder's configurations, with `.svg`.
    pub(super) file: &'static str,
    pub(super) f: fn(f64) -> f64,
    pub(super) derivative: fn(f64) -> f64,
    /// The ends of the vertical axis.
    y: (f64, f64),
    /// Where f or its derivative jumps, if anywhere.
    jump: Option<f64>,
}

fn logistic(a: f64) -> f64 {
    1.0 / (1.0 + (-a).exp())
}

fn rectified(a: f64, slope: f64) -> f64 {
    if a > 0.0 { a } else { slope * a }
}

fn slope(a: f64, below: f64) -> f64 {
    if a > 0.0 { 1.0 } else { below }
}

/// The activation functions of the slides, and tanh.
pub(super) const ACTIVATIONS: [Curve; 7] = [
    Curve {
        file: "step.svg",
        f: |a| slope(a, 0.0),
        derivative: |_| 0.0,
        y: (-0.2, 1.2),
        jump: Some(0.0),
    },
    Curve {
        file: "logistic.svg",
        f: logistic,
        derivative: |a| logistic(a) * (1.0 - logistic(a)),
        y: (-0.2, 1.2),
        jump: None,
    },
    Curve {
        file: "tanh.svg",
        f: f64::tanh,
        derivative: |a| 1.0 - a.tanh().powi(2),
        y: (-1.2, 1.2),
        jump: None,
    },
    Curve {
        file: "relu.svg",
        f: |a| rectified(a, 0.0),
        derivative: |a| slope(a, 0.0),
        y: (-0.5, 4.0),
        jump: Some(0.0),
    },
    Curve {
        file: "leaky-relu.svg",
        f: |a| rectified(a, 0.01),
        derivative: |a| slope(a, 0.01),
        y: (-0.5, 4.0),
        jump: Some(0.0),
    },
    Curve {
        file: "prelu.svg",
        f: |a| rectified(a, 0.25),
        derivative: |a| slope(a, 0.25),
        y: (-1.5, 4.0),
        jump: Some(0.0),
    },
    Curve {
        file: "swish.svg",
        f: |a| a * logistic(a),
        derivative: |a| logistic(a) * (1.0 + a * (1.0 - logistic(a))),
        y: (-0.5, 4.0),
        jump: None,
    },
];

pub(super) fn activations() -> impl Iterator<Item = (&'static str, String)> {
    ACTIVATIONS.iter().map(|curve| (curve.file, curve.picture()))
}

impl Curve {
    fn picture(&self) -> String {
        const ENDS: (f64, f64) = (-5.0, 5.0);
        let parts = |name: &str, f: fn(f64) -> f64| match self.jump {
            Some(at) => {
                vec![sampled(name, (ENDS.0, at), 40, f), sampled(name, (at + 1e-9, ENDS.1), 40, f)]
            }
            None => vec![sampled(name, ENDS, 200, f)],
        };
        plot(&[Plot {
            x_name: "α".to_owned(),
            x: Scale::Between(ENDS.0, ENDS.1),
            y: Scale::Between(self.y.0, self.y.1),
            series: [parts("f(α)", self.f), parts("f′(α)", self.derivative)].concat(),
            ..Plot::default()
        }])
    }
}

/// The line that divides the outputs 0 and 1 of a step unit, with points of two classes.
pub(super) fn boundary(language: Language) -> String {
    const WEIGHTS: (f64, f64) = (1.0, 2.0);
    const BIAS: f64 = -1.0;
    // Points of a lattice, moved so that they do not look like one.
    let points: Vec<(f64, f64)> = (0..40)
        .map(|i| (f64::from(i % 8), f64::from(i / 8)))
        .map(|(i, j)| (-1.8 + 0.5 * i + 0.2 * (j - 2.0), -1.6 + 0.8 * j + 0.11 * (i - 4.0)))
        .collect();
    let sum = |(x, y): (f64, f64)| WEIGHTS.0 * x + WEIGHTS.1 * y + BIAS;
    let of = |fires: bool| {
        let chosen = points.iter().copied().filter(|point| (sum(*point) > 0.0) == fires);
        chosen.filter(|point| sum(*point).abs() > 0.25).collect()
    };
    let line = |x: f64| -(BIAS + WEIGHTS.0 * x) / WEIGHTS.1;
    let series = vec![
        Series::points(language.of("output 0", "Ausgabe 0"), of(false)),
        Series::points(language.of("output 1", "Ausgabe 1"), of(true)),
        sampled("x₁ + 2x₂ − 1 = 0", (-2.4, 2.4), 1, line),
    ];
    plot(&[Plot {
        x_name: "x₁".to_owned(),
        x: Scale::Between(-2.5, 2.5),
        y_name: "x₂".to_owned(),
        y: Scale::Between(-2.5, 2.5),
        series,
        ..Plot::default()
    }])
}

/// The ways of gradient descent without and with momentum in a valley.
pub(super) fn momentum(language: Language) -> String {
    /// The curvatures along and across the valley.
    const CURVATURES: [f64; 2] = [1.0, 20.0];
    const RATE: f64 = 0.085;
    const START: [f64; 2] = [-4.0, 1.0];
    let path = |momentum: f64, updates: usize| {
        let (mut w, mut v) = (START, [0.0; 2]);
        let mut points = vec![(w[0], w[1])];
        for _ in 0..updates {
            for i in 0..2 {
                v[i] = momentum * v[i] + CURVATURES[i] * w[i];
                w[i] -= RATE * v[i];
            }
            points.push((w[0], w[1]));
        }
        points
    };
    let mut series: Vec<Series> = [0.5, 2.0, 5.0, 9.0]
        .iter()
        .map(|level| {
            let turn = |i: u32| std::f64::consts::TAU * f64::from(i) / 120.0;
            let at = |angle: f64| {
                let [a, b] = CURVATURES.map(|curvature: f64| (2.0 * level / curvature).sqrt());
                (a * angle.cos(), b * angle.sin())
            };
            way("", (0..=120).map(turn).map(at).collect())
        })
        .collect();
    let name = |english: &str, german: &str| language.of(english, german);
    series.push(Series::line(name("gradient descent", "Gradientenabstieg"), path(0.0, 15)));
    series.push(Series::line(name("with momentum 0.5", "mit Momentum 0.5"), path(0.5, 15)));
    plot(&[Plot {
        x_name: "w₁".to_owned(),
        x: Scale::Between(-4.5, 2.0),
        y_name: "w₂".to_owned(),
        y: Scale::Between(-1.25, 1.25),
        series,
        ..Plot::default()
    }])
}

/// The learning rates of the lecture's schedules over 30 epochs of 10 updates.
pub(super) fn schedules(language: Language) -> String {
    const EPOCHS: usize = 30;
    const UPDATES: usize = 10;
    let of = |english: &str, german: &str, kind: ScheduleKind| {
        let rates = Schedule::from(kind).learning_rate(0.1, UPDATES, EPOCHS);
        let at = |update: usize| (update as f64 / UPDATES as f64, rates.at(update));
        way(&language.of(english, german), (0..=EPOCHS * UPDATES).map(at).collect())
    };
    let exponential = ExponentialConfig { end_factor: Some(0.02), ..ExponentialConfig::default() };
    plot(&[Plot {
        x_name: language.of("epoch", "Epoche"),
        x: Scale::Between(0.0, EPOCHS as f64),
        y_name: language.of("learning rate λ", "Lernrate λ"),
        y: Scale::FromZero,
        series: vec![
            of("step", "schrittweise", ScheduleKind::Step(StepConfig { factor: 0.3, every: 10 })),
            of("linear", "linear", ScheduleKind::Linear(LinearConfig::default())),
            of("exponential", "exponentiell", ScheduleKind::Exponential(exponential)),
        ],
        ..Plot::default()
    }])
}
