//! Linear regression on random ReLU features: the weights of least norm among those of least
//! squared error.

use zunder_random::Key;
use zunder_report::{Drawing, Figure, Plot, Scale, Series, Table, plot};
use zunder_train::Interrupt;

use super::super::least_squares::{dot, least_squares};
use super::listed;
use crate::Claim;
use crate::claim::{Margin, Unit, above};
use crate::means::{across, geometric_mean, mean_and_spread};

/// The task is y = b'x + noise for normal x. The model is a linear map of P features max(0, v'x),
/// each v drawn once and not trained.
pub(super) struct RandomFeatures {
    /// Number of training points.
    pub(super) points: usize,
    /// Number of new points that estimate the error.
    pub(super) fresh: usize,
    /// Numbers of features, in ascending order.
    pub(super) features: &'static [usize],
    /// Standard deviation of the noise of the labels; |b| is 1.
    pub(super) noise: f64,
    /// Weight of the penalty on the squared weights; 0 for the solution of least norm.
    pub(super) ridge: f64,
}

/// Margins, in powers of ten.
const RISE: Margin = Margin::pilot_of_program(1.45);
const FALL: Margin = Margin::pilot_of_program(1.69);
const GAIN: Margin = Margin::pilot_of_program(0.151);

/// Standard deviation of the noise of the labels, unless it is set.
pub(super) const NOISE: f64 = 0.5;
/// Number of inputs.
const INPUTS: usize = 20;

/// The errors of one seed.
#[derive(Clone, Debug)]
pub(super) struct Errors {
    /// Mean squared error on the training points, by number of features.
    train: Vec<f64>,
    /// Mean squared error on new points, by number of features.
    fresh: Vec<f64>,
}

impl RandomFeatures {
    pub(super) const FULL: Self = Self {
        points: 100,
        fresh: 1000,
        features: &[
            5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 140, 170, 200, 300, 500, 1000,
            2000,
        ],
        noise: NOISE,
        ridge: 0.0,
    };

    pub(super) const QUICK: Self = Self {
        points: 60,
        fresh: 500,
        features: &[5, 10, 20, 30, 40, 50, 60, 70, 90, 120, 200, 500, 1000],
        noise: NOISE,
        ridge: 0.0,
    };

    /// Returns the task with other noise and a weight decay: `(decay / 2) |w|²` is added to the
    /// mean squared error.
    pub(super) fn with(self, noise: f64, decay: f64) -> Self {
        Self { noise, ridge: self.points as f64 * decay / 2.0, ..self }
    }

    /// Fits each number of features with each seed. Returns `None` if interrupted.
    pub(super) fn run(&self, seeds: &[u64], interrupt: &Interrupt) -> Option<Vec<Errors>> {
        seeds
            .iter()
            .map(|seed| {
                (!interrupt.requested())
                    .then(|| self.errors(Key::new(*seed).named("random features")))
            })
            .collect()
    }

    fn errors(&self, key: Key) -> Errors {
        let most = self.features.iter().copied().max().unwrap_or(0);
        let teacher = normal(INPUTS, &mut key.named("teacher").rng());
        let length = dot(&teacher, &teacher).sqrt();
        let mut rng = key.named("features").rng();
        let directions: Vec<Vec<f64>> = (0..most).map(|_| normal(INPUTS, &mut rng)).collect();
        let sample = |n: usize, name: &str| {
            let mut rng = key.named(name).rng();
            let drawn = (0..n).map(|_| {
                let x = normal(INPUTS, &mut rng);
                let y = dot(&teacher, &x) / length + self.noise * rng.normal();
                (directions.iter().map(|v| dot(v, &x).max(0.0)).collect::<Vec<f64>>(), y)
            });
            drawn.unzip::<Vec<f64>, f64, Vec<_>, Vec<_>>()
        };
        let (train, fresh) = (sample(self.points, "train"), sample(self.fresh, "fresh"));
        let errors = self.features.iter().map(|features| {
            let rows = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
                // Keeps the scale of the outputs independent of the number of features.
                let scale = 1.0 / (*features as f64).sqrt();
                all.iter()
                    .map(|row| row[..*features].iter().map(|value| value * scale).collect())
                    .collect()
            };
            let learnt = rows(&train.0);
            let weights = least_squares(&learnt, &train.1, self.ridge)
                .unwrap_or_else(|| vec![f64::NAN; *features]);
            (
                squared_error(&learnt, &train.1, &weights),
                squared_error(&rows(&fresh.0), &fresh.1, &weights),
            )
        });
        let (train, fresh) = errors.unzip();
        Errors { train, fresh }
    }

    /// Returns the logarithm to base ten of the error of each seed with a number of features.
    fn logarithms(&self, seeds: &[Errors], features: usize) -> Vec<f64> {
        let place = self.features.iter().position(|known| *known == features);
        let of = |errors: &Errors| place.map_or(f64::NAN, |place| errors.fresh[place].log10());
        seeds.iter().map(of).collect()
    }

    pub(super) fn claims(&self, seeds: &[Errors]) -> Vec<Claim> {
        let most = self.features.iter().copied().max().unwrap_or(0);
        let peak = self.logarithms(seeds, self.points);
        let best_before: Vec<f64> = seeds
            .iter()
            .map(|errors| {
                let all = self.features.iter().zip(&errors.fresh);
                let before = all.filter(|(features, _)| **features < self.points);
                before.map(|(_, error)| *error).fold(f64::INFINITY, f64::min).log10()
            })
            .collect();
        vec![
            above(
                "Random features: the error rises first. With as many features as training points \
                 it is higher than with half as many (in powers of ten).",
                Unit::Plain(2),
                ("as many features as points", &peak),
                ("half as many", &self.logarithms(seeds, self.points / 2)),
                RISE,
            ),
            above(
                "Random features: then it falls, down to the most features (in powers of ten).",
                Unit::Plain(2),
                ("as many features as points", &peak),
                ("most features", &self.logarithms(seeds, most)),
                FALL,
            ),
            above(
                "Random features: with the most features the error is lower than with the best \
                 number below that of the points (in powers of ten).",
                Unit::Plain(3),
                ("best below the training points", &best_before),
                ("most features", &self.logarithms(seeds, most)),
                GAIN,
            ),
        ]
    }

    pub(super) fn figure(&self, seeds: &[Errors]) -> Figure {
        let line = |name: &str, list: fn(&Errors) -> &Vec<f64>| {
            let lists: Vec<Vec<f64>> = seeds.iter().map(|errors| list(errors).clone()).collect();
            let means = across(&lists).into_iter().map(|values| geometric_mean(&values));
            Series::line(
                name,
                self.features.iter().map(|features| *features as f64).zip(means).collect(),
            )
        };
        let plot = plot(&[Plot {
            x_name: "features".to_owned(),
            x: Scale::PowersBetween(4.0, 2500.0),
            y_name: "mean squared error".to_owned(),
            y: Scale::PowersBetween(1e-2, 1e3),
            series: vec![
                line("training points", |errors| &errors.train),
                line("fresh points", |errors| &errors.fresh),
            ],
            mark: Some(self.points as f64),
            ..Plot::default()
        }]);
        Figure {
            name: "random-features".to_owned(),
            caption: format!(
                "Random features: the squared error by their number, geometric means over the \
                 seeds; the line marks the {} training points, from which on all of them are met.",
                self.points
            ),
            drawing: Drawing::Svg(plot),
        }
    }

    pub(super) fn table(&self, seeds: &[Errors]) -> Table {
        let row = |i: usize| {
            let of = |list: fn(&Errors) -> &Vec<f64>| {
                mean_and_spread(
                    Unit::Plain(2),
                    seeds.iter().map(|errors| list(errors)[i].log10()).collect(),
                )
            };
            vec![self.features[i].to_string(), of(|errors| &errors.fresh)]
        };
        Table {
            caption: "Random features: the error on fresh points in powers of ten (-1 is 0.1), \
                mean ± standard deviation over the seeds"
                .to_owned(),
            headings: ["features", "error"].map(str::to_owned).into(),
            rows: (0..self.features.len()).map(row).collect(),
            ..Table::default()
        }
    }

    pub(super) fn setting(&self, seeds: &[u64]) -> Vec<(String, String)> {
        let pair = |key: &str, value: String| (key.to_owned(), value);
        vec![
            pair("random features: points", format!("{}, in {INPUTS} dimensions", self.points)),
            pair(
                "random features: labels",
                format!("b'x with |b| = 1, plus N(0, {}²)", self.noise),
            ),
            pair("random features: seeds", listed(seeds)),
        ]
    }
}

fn normal(n: usize, rng: &mut zunder_random::Rng) -> Vec<f64> {
    (0..n).map(|_| rng.normal()).collect()
}

fn squared_error(rows: &[Vec<f64>], y: &[f64], weights: &[f64]) -> f64 {
    rows.iter().zip(y).map(|(row, y)| (dot(row, weights) - y).powi(2)).sum::<f64>()
        / y.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_threshold_on_every_point_is_met() {
        let errors = RandomFeatures::QUICK.errors(Key::new(3));
        for (features, error) in RandomFeatures::QUICK.features.iter().zip(&errors.train) {
            assert_eq!(
                *error < 1e-9,
                *features >= RandomFeatures::QUICK.points,
                "{features}: {error}"
            );
        }
    }
}
