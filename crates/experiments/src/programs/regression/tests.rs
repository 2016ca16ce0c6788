//! Tests of the regression experiment.

use super::*;

#[test]
fn everything_appears_and_with_many_points_nothing_overfits() {
    let seeds: Vec<u64> = (1..=6).collect();
    let claims = |n: usize| fit(&seeds, n, &Device::flex(), &mut ()).unwrap().unwrap().claims;
    let held = claims(POINTS);
    assert!(held.iter().all(|claim| claim.holds), "{held:?}");
    let off: Vec<bool> = claims(600).iter().map(|claim| claim.holds).collect();
    assert_eq!(off, [true, false, false, false]);
}

#[test]
fn the_gradient_is_that_of_the_mean_squared_loss() {
    let points = vec![(0.5, 1.0), (-1.0, 2.0), (0.25, -0.5)];
    let loss = |a: f64, b: f64| risk(|x| a + b * x, &points);
    let h = 1e-6;
    let [a, b] = [0.3, -0.7];
    let differences = [
        (loss(a + h, b) - loss(a - h, b)) / (2.0 * h),
        (loss(a, b + h) - loss(a, b - h)) / (2.0 * h),
    ];
    let gradient = SquaredLoss::of(&points, &Device::flex()).gradient(&[a, b]);
    for (ours, difference) in gradient.iter().zip(differences) {
        assert!((ours - difference).abs() < 1e-5, "{gradient:?}, {differences:?}");
    }
}
