//! Tests of the experiment `descent`.

use super::theory::left_by_a_step;
use super::*;

fn found(rate: f64, momentum: f64) -> Findings {
    compare(rate, momentum, CURVATURES, &[1, 2, 3], &[101], &Device::flex(), &mut ())
        .unwrap()
        .unwrap()
}

#[test]
fn the_lecture_s_momentum_is_faster() {
    assert!(found(RATE, MOMENTUM).all_hold());
    assert!(!found(0.01, MOMENTUM).claims[0].holds, "this rate diverges");
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

crate::controls::controls! {
    descent: "descent", &[], &[];
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
