//! Compares the functions to references in 64 bits, over their whole range.

use super::*;

/// Returns all signs and exponents, and several thousand numbers between 1/64 and 128.
fn arguments() -> impl Iterator<Item = f32> {
    let sizes = (0..255_u32)
        .flat_map(|exponent| [0, 0x12_3456, 0x55_5555, 0x7F_FFFF].map(|m| exponent << 23 | m));
    let usual = (0..30_000_u32).map(|i| 0x3C80_0000 + i * 3637);
    sizes.chain(usual).map(f32::from_bits).flat_map(|x| [x, -x])
}

/// Checks the largest error of `f` in units in the last place, where the result is a normal number.
#[track_caller]
fn check(name: &str, limit: f64, f: impl Fn(f32) -> f32, reference: impl Fn(f64) -> f64) {
    let mut worst = (0.0, 0.0);
    for x in arguments() {
        let (got, expected) = (f(x), reference(f64::from(x)));
        if expected.abs() > f64::from(f32::MAX) {
            assert!(
                got.is_infinite() && f64::from(got).signum() == expected.signum(),
                "{name}({x}) is {got}"
            );
            continue;
        }
        let unit = f64::from(f32::EPSILON)
            * 2.0_f64.powi(expected.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor() as i32);
        let error = (f64::from(got) - expected).abs() / unit;
        if error > worst.0 || error.is_nan() {
            worst = (error, x);
        }
    }
    assert!(worst.0 <= limit, "{name}({}) is wrong by {} units", worst.1, worst.0);
    assert!(f(f32::NAN).is_nan(), "{name}(NaN)");
}

fn logistic_64(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Returns the derivative of the logistic function, without a difference of nearly equal numbers.
fn logistic_slope_64(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    e / (1.0 + e).powi(2)
}

/// Returns the normal distribution function: its series about 0, and the continued fraction of its
/// tail.
fn normal_64(x: f64) -> f64 {
    let t = x.abs();
    let density = (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
    if t < 3.0 {
        let terms = (1..80)
            .scan(t, |term, n| Some(std::mem::replace(term, *term * t * t / f64::from(2 * n + 1))));
        return 0.5 + x.signum() * density * terms.sum::<f64>();
    }
    let tail = density / (1..200).rev().fold(t, |rest, n| t + f64::from(n) / rest);
    if x < 0.0 { tail } else { 1.0 - tail }
}

#[test]
fn references_are_those_of_tables() {
    for (x, expected) in [
        (0.0, 0.5),
        (1.0, 0.841_344_746_068_543),
        (-2.5, 0.006_209_665_325_776),
        (-5.0, 2.866_515_718_791_94e-7),
    ] {
        assert!((normal_64(x) / expected - 1.0).abs() < 1e-12, "{x}: {}", normal_64(x));
    }
    // The two methods agree where they meet.
    assert!((normal_64(-3.0) / normal_64(-2.999_999_999_999) - 1.0).abs() < 1e-10);
}

#[test]
fn functions_are_good_to_a_few_units_of_the_last_place() {
    check("exp", 1.5, exp, f64::exp);
    check("logistic", 3.0, |x| logistic(x).0, logistic_64);
    check("logistic'", 4.0, |x| logistic(x).1, logistic_slope_64);
    check("tanh", 2.0, |x| tanh(x).0, f64::tanh);
    check("tanh'", 4.0, |x| tanh(x).1, |x| 4.0 * logistic_slope_64(2.0 * x));
    check("normal", 5.0, |x| normal(x).0, normal_64);
    check("exp(-x^2/2)", 3.0, |x| normal(x).1, |x| (-0.5 * x * x).exp());
}

#[test]
fn limits_are_exact() {
    assert_eq!((exp(0.0), exp(f32::NEG_INFINITY), exp(f32::INFINITY)), (1.0, 0.0, f32::INFINITY));
    assert_eq!(
        (logistic(0.0), logistic(f32::INFINITY), logistic(f32::NEG_INFINITY)),
        ((0.5, 0.25), (1.0, 0.0), (0.0, 0.0))
    );
    assert_eq!(
        (tanh(0.0), tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)),
        ((0.0, 1.0), (1.0, 0.0), (-1.0, 0.0))
    );
    assert_eq!((normal(f32::INFINITY), normal(f32::NEG_INFINITY)), ((1.0, 0.0), (0.0, 0.0)));
}
