//! The ROC curve of two normal distributions of scores.

use zunder_report::{Form, Plot, Scale, Series, plot};

use super::Language;
use super::curves::sampled;

/// The scores from the lowest to the highest, in steps of 1 / `PER_UNIT`.
const ENDS: (f64, f64) = (-5.0, 8.0);
const PER_UNIT: f64 = 20.0;
/// The threshold that is marked.
const THRESHOLD: f64 = 1.5;
/// The distances between the means of both classes; the first is that of the distributions drawn.
const DISTANCES: [f64; 3] = [2.0, 1.0, 0.0];

/// The density of the normal distribution with mean `mean` and deviation 1.
fn density(x: f64, mean: f64) -> f64 {
    (-(x - mean).powi(2) / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

/// Returns the share above each threshold, from the highest threshold to the lowest, by the
/// trapezoidal rule.
fn shares_above(mean: f64) -> Vec<(f64, f64)> {
    let steps = ((ENDS.1 - ENDS.0) * PER_UNIT).round() as usize;
    let at = |i: usize| ENDS.1 - i as f64 / PER_UNIT;
    let mut share = 0.0;
    let mut shares = vec![(ENDS.1, 0.0)];
    for i in 0..steps {
        share += f64::midpoint(density(at(i), mean), density(at(i + 1), mean)) / PER_UNIT;
        shares.push((at(i + 1), share));
    }
    shares
}

/// Returns the ROC curve for classes whose means are `distance` apart: false positive rate and true
/// positive rate of each threshold.
pub(super) fn curve(distance: f64) -> Vec<(f64, f64)> {
    let pairs = shares_above(0.0).into_iter().zip(shares_above(distance));
    pairs.map(|((_, false_positive), (_, true_positive))| (false_positive, true_positive)).collect()
}

/// Returns the area under a curve, by the trapezoidal rule.
pub(super) fn area(curve: &[(f64, f64)]) -> f64 {
    curve.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0).sum()
}

pub(super) fn roc(language: Language) -> String {
    let [negative, positive] =
        [language.of("negative", "Negativ"), language.of("positive", "Positiv")];
    let ends = (-4.0, 6.0);
    let densities = Plot {
        x_name: language.of("score; the line is a threshold", "Bewertung; Linie: Schwellenwert"),
        x: Scale::Between(ends.0, ends.1),
        y_name: language.of("density", "Dichte"),
        y: Scale::Between(0.0, 0.45),
        series: vec![
            sampled(&negative, ends, 200, |x| density(x, 0.0)),
            sampled(&positive, ends, 200, |x| density(x, DISTANCES[0])),
        ],
        mark: Some(THRESHOLD),
        ..Plot::default()
    };
    let mut series: Vec<Series> = DISTANCES
        .iter()
        .map(|distance| {
            let points = curve(*distance);
            let name = language.of("means apart by", "Abstand der Mittelwerte");
            let name = format!("{name} {distance}: AUC {:.2}", area(&points));
            Series { form: Form::Line, ..Series::line(name, points) }
        })
        .collect();
    let above = |mean: f64| shares_above(mean).into_iter().find(|(at, _)| *at <= THRESHOLD);
    if let (Some((_, x)), Some((_, y))) = (above(0.0), above(DISTANCES[0])) {
        let name = language.of("this threshold", "dieser Schwellenwert");
        series.push(Series::points(name, vec![(x, y)]));
    }
    let curves = Plot {
        x_name: language.of("false positive rate", "Falsch-Positiv-Rate"),
        x: Scale::Shares,
        y_name: language.of("true positive rate", "Richtig-Positiv-Rate"),
        y: Scale::Shares,
        series,
        ..Plot::default()
    };
    plot(&[densities, curves])
}
