//! A line and polynomials through noisy points, as the experiment `regression` fits them.

use zunder_report::{Form, Plot, Scale, Series, plot};

use super::Language;
use super::curves::sampled;
use crate::programs::regression::{
    HIGHEST, LOW, MODEST, POINTS, Polynomial, fresh, key, of_curve, of_line, risk,
};

/// The seed of the points.
const SEED: u64 = 1;

fn axes(series: Vec<Series>, y: (f64, f64)) -> String {
    plot(&[Plot {
        x_name: "x".to_owned(),
        x: Scale::Between(-1.05, 1.05),
        y_name: "y".to_owned(),
        y: Scale::Between(y.0, y.1),
        series,
        ..Plot::default()
    }])
}

/// The line of least squares, with the error of each point.
pub(super) fn line(language: Language) -> String {
    let points = of_line(POINTS, key(SEED));
    let fitted = Polynomial::fit(&points, 1, 0.0);
    let mut series: Vec<Series> = points
        .iter()
        .map(|&(x, y)| vec![(x, y), (x, fitted.value(x))])
        .map(|error| Series { form: Form::Line, ..Series::line("", error) })
        .collect();
    series.push(Series::points(language.of("measured points", "Messpunkte"), points.clone()));
    series.push(sampled(
        &language.of("regression line", "Ausgleichsgerade"),
        (-1.0, 1.0),
        1,
        |x| fitted.value(x),
    ));
    axes(series, (-2.0, 3.0))
}

/// A polynomial that is too stiff, one that fits, and one that follows the noise.
pub(super) fn fits(language: Language) -> String {
    let points = of_curve(POINTS, key(SEED));
    let fit = |english: &str, german: &str, degree: usize| {
        let fitted = Polynomial::fit(&points, degree, 0.0);
        let name = language
            .of(&format!("degree {degree}: {english}"), &format!("Grad {degree}: {german}"));
        sampled(&name, (-1.0, 1.0), 200, |x| fitted.value(x))
    };
    let series = vec![
        Series::points(language.of("training data", "Trainingsdaten"), points.clone()),
        fit("underfits", "Unteranpassung", LOW),
        fit("fits", "passt", MODEST),
        fit("overfits", "Überanpassung", HIGHEST),
    ];
    axes(series, (-2.2, 2.2))
}

/// Training error and risk by the degree, one sample of points.
pub(super) fn risks(language: Language) -> String {
    let (points, new) = (of_curve(POINTS, key(SEED)), fresh(key(SEED)));
    let (training, fresh): (Vec<_>, Vec<_>) = (0..=HIGHEST)
        .map(|degree| {
            let fitted = Polynomial::fit(&points, degree, 0.0);
            let [training, fresh] = [&points, &new].map(|points| risk(|x| fitted.value(x), points));
            ((degree as f64, training), (degree as f64, fresh))
        })
        .unzip();
    plot(&[Plot {
        x_name: language.of("degree of the polynomial (capacity)", "Grad des Polynoms (Kapazität)"),
        y_name: language.of("mean squared loss", "mittlerer quadratischer Verlust"),
        y: Scale::Powers,
        series: vec![
            Series::line(language.of("training data", "Trainingsdaten"), training),
            Series::line(language.of("new data", "neue Daten"), fresh),
        ],
        ..Plot::default()
    }])
}
