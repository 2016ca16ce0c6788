//! Tests of the losses in host memory.

use rayon::ThreadPoolBuilder;
use zunder_random::Key;

use super::*;

const COSTS: [Cost; 4] = [Cost::CrossEntropy, Cost::Hinge, Cost::SquaredHinge, Cost::SquaredError];

/// Returns scores in steps of 1/32, plus k/512 for class k. With at most 9 classes, no two scores
/// then differ by 1 up to 1/512, where a hinge loss has its kink.
fn scores(samples: usize, classes: usize) -> Vec<f32> {
    let mut rng = Key::new(3).rng();
    let score = |i: usize| (rng.f64() * 128.0).floor() as f32 / 32.0 + (i % classes) as f32 / 512.0;
    (0..samples * classes).map(score).collect()
}

/// Returns one class for each sample, and mixed targets with shares of two classes each.
fn targets(samples: usize, classes: usize) -> [HostTargets; 2] {
    let labels: Vec<usize> = (0..samples).map(|i| (i * 7 + i / 3) % classes).collect();
    let mut shares = vec![0.0; samples * classes];
    for (row, label) in shares.chunks_mut(classes).zip(&labels) {
        row[*label] += 0.75;
        row[(label + 1) % classes] += 0.25;
    }
    [HostTargets::Classes(labels), HostTargets::Soft(shares)]
}

fn weights(classes: usize) -> Vec<f64> {
    (0..classes).map(|k| 0.25 + k as f64).collect()
}

/// Calls a test with every loss, with and without class weights and smoothing if it supports them.
fn for_each_loss(weights: &[f64], mut test: impl FnMut(MeanLoss<'_>)) {
    for cost in COSTS {
        for weights in [None, Some(weights)] {
            for smoothing in [0.0, 0.1] {
                let smooth = matches!(cost, Cost::CrossEntropy) || smoothing == 0.0;
                let weigh = !matches!(cost, Cost::SquaredError) || weights.is_none();
                if smooth && weigh {
                    test(MeanLoss { cost, smoothing, weights });
                }
            }
        }
    }
}

#[test]
fn gradients_are_central_differences() {
    const H: f32 = 1.0 / 4096.0;
    for (samples, classes) in [(1, 2), (5, 2), (1, 9), (4, 9)] {
        let scores = scores(samples, classes);
        for targets in targets(samples, classes) {
            for_each_loss(&weights(classes), |loss| {
                let (_, gradient) = loss.mean_and_gradient(&scores, classes, &targets);
                for (i, got) in gradient.iter().enumerate() {
                    let at = |h: f32| {
                        let mut moved = scores.clone();
                        moved[i] += h;
                        loss.mean_and_gradient(&moved, classes, &targets).0
                    };
                    let expected = (at(H) - at(-H)) / (2.0 * f64::from(H));
                    let near = (f64::from(*got) - expected).abs() <= 1e-6 * expected.abs().max(1.0);
                    assert!(near, "{samples} x {classes}, score {i}: {got}, expected {expected}");
                }
            });
        }
    }
}

/// The mean over a batch is the mean over its single samples, also at the boundary between two
/// tasks.
#[test]
fn a_batch_is_the_mean_of_its_samples() {
    for classes in [2, 10, 1000, TASK + 1] {
        let rows = (TASK / classes).max(1);
        for samples in [1, rows.saturating_sub(1).max(1), rows, rows + 1, 2 * rows + 1] {
            let scores = scores(samples, classes);
            for targets in targets(samples, classes) {
                let weights = weights(classes);
                for_each_loss(&weights, |loss| {
                    let (mean, gradient) = loss.mean_and_gradient(&scores, classes, &targets);
                    let (mut sum, mut divisor, mut gradients) = (0.0, 0.0, Vec::new());
                    for (i, scores) in scores.chunks(classes).enumerate() {
                        let target = match &targets {
                            HostTargets::Classes(labels) => HostTargets::Classes(vec![labels[i]]),
                            HostTargets::Soft(shares) => {
                                HostTargets::Soft(shares[i * classes..][..classes].to_vec())
                            }
                        };
                        let weight = loss.divisor(classes, &target);
                        let (mean, gradient) = loss.mean_and_gradient(scores, classes, &target);
                        sum += mean * weight;
                        divisor += weight;
                        gradients.extend(gradient.iter().map(|g| f64::from(*g) * weight));
                    }
                    assert!(
                        (mean - sum / divisor).abs() <= 1e-12 * mean.abs(),
                        "{samples} x {classes}"
                    );
                    for (got, expected) in gradient.iter().zip(gradients) {
                        let expected = expected / divisor;
                        assert!(
                            (f64::from(*got) - expected).abs() <= 2e-7 * expected.abs(),
                            "{got}, {expected}"
                        );
                    }
                });
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (samples, classes) = (1234, 10);
    let scores = scores(samples, classes);
    for targets in targets(samples, classes) {
        for_each_loss(&weights(classes), |loss| {
            let bits = |threads: usize| {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let (mean, gradient) =
                    pool.install(|| loss.mean_and_gradient(&scores, classes, &targets));
                (mean.to_bits(), gradient.into_iter().map(f32::to_bits).collect::<Vec<_>>())
            };
            assert!(bits(1) == bits(2) && bits(1) == bits(5));
        });
    }
}
