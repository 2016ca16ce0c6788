//! Compares the single operation with Burn's tensor operations.

use burn::tensor::{Device, Tensor, TensorData};
use zunder_random::Key;

use crate::{ClassWeights, CrossEntropyConfig, Loss, Targets};

/// Returns every loss for this number of classes, with and without class weights and smoothing.
fn losses(classes: usize) -> Vec<Loss> {
    let values = ClassWeights::Values((0..classes).map(|k| 0.5 + (k % 7) as f64).collect());
    let mut losses = vec![Loss::SquaredError {}];
    for class_weights in [ClassWeights::None, values] {
        for label_smoothing in [0.0, 0.1] {
            let class_weights = class_weights.clone();
            losses.push(Loss::CrossEntropy(CrossEntropyConfig { label_smoothing, class_weights }));
        }
        losses.push(Loss::Hinge { class_weights: class_weights.clone() });
        losses.push(Loss::SquaredHinge { class_weights: class_weights.clone() });
        if classes == 2 {
            losses.push(Loss::BinaryHinge { class_weights: class_weights.clone() });
            losses.push(Loss::Logistic { class_weights });
        }
    }
    losses
}

/// Scores, and labels or shares.
#[derive(Clone)]
struct Batch {
    classes: usize,
    scores: Vec<f32>,
    labels: Vec<i32>,
    shares: Option<Vec<f32>>,
}

impl Batch {
    fn draw(samples: usize, classes: usize) -> [Self; 2] {
        let mut rng = Key::new(8).rng();
        let scores = (0..samples * classes).map(|_| 2.0 * rng.normal() as f32).collect();
        let labels: Vec<i32> = (0..samples).map(|i| ((i * 5 + 1) % classes) as i32).collect();
        let mut shares: Vec<f32> = (0..samples * classes).map(|_| rng.f64() as f32).collect();
        for row in shares.chunks_mut(classes) {
            let sum: f32 = row.iter().sum();
            for share in row {
                *share /= sum;
            }
        }
        let hard = Self { classes, scores, labels, shares: None };
        [Self { shares: Some(shares), ..hard.clone() }, hard]
    }

    fn tensor(&self, values: &[f32], device: &Device) -> Tensor<2> {
        Tensor::from_data(
            TensorData::new(values.to_vec(), [self.labels.len(), self.classes]),
            device,
        )
    }

    fn targets(&self, device: &Device) -> Targets {
        match &self.shares {
            None => Targets::Classes(Tensor::from_data(
                TensorData::new(self.labels.clone(), [self.labels.len()]),
                device,
            )),
            Some(shares) => Targets::Soft(self.tensor(shares, device)),
        }
    }

    /// Computes value and gradient of `factor` times the loss, as one operation or as several.
    fn compute(&self, loss: &Loss, one: bool, factor: f32) -> (f32, Vec<f32>) {
        let device = Device::flex().autodiff();
        let scores = self.tensor(&self.scores, &device).require_grad();
        let targets = self.targets(&device);
        let mean = if one {
            loss.forward(scores.clone(), targets).unwrap()
        } else {
            let weights = loss.class_weights().and_then(|w| w.values(self.classes).unwrap());
            loss.composed(scores.clone(), targets, weights)
        };
        let gradients = mean.clone().mul_scalar(factor).backward();
        let gradient = scores.grad(&gradients).unwrap().try_into_vec_as().unwrap();
        (mean.into_scalar::<f32>(), gradient)
    }
}

fn assert_alike(batch: &Batch, loss: &Loss) {
    let (value, gradient) = batch.compute(loss, true, 1.0);
    let (expected, gradients) = batch.compute(loss, false, 1.0);
    let sizes = (batch.labels.len(), batch.classes);
    let near = |a: f32, b: f32, unit: f32| (a - b).abs() <= 4e-6 * unit.max(f32::MIN_POSITIVE);
    assert!(
        near(value, expected, expected.abs().max(1e-3)),
        "{loss:?}, {sizes:?}: {value}, expected {expected}"
    );
    // A softmax minus its target is a difference, with the rounding error of the probabilities.
    let probability = 1.0 / batch.labels.len() as f32;
    let largest = gradients.iter().fold(probability, |most, g| most.max(g.abs()));
    for (got, wanted) in gradient.iter().zip(&gradients) {
        assert!(near(*got, *wanted, largest), "{loss:?}, {sizes:?}: {got}, expected {wanted}");
    }
    assert_eq!(gradient.len(), gradients.len());
}

#[test]
fn equals_the_composed_operations() {
    for (samples, classes) in
        [(1, 2), (1, 10), (64, 2), (128, 10), (408, 10), (409, 10), (410, 10), (5, 1000)]
    {
        for batch in Batch::draw(samples, classes) {
            for loss in losses(classes) {
                assert_alike(&batch, &loss);
            }
        }
    }
}

/// The backward pass multiplies by the incoming gradient, and adds to the gradients of other uses.
#[test]
fn a_gradient_that_comes_in_multiplies() {
    for batch in Batch::draw(3, 4) {
        for loss in losses(4) {
            let (_, once) = batch.compute(&loss, true, 1.0);
            let (_, scaled) = batch.compute(&loss, true, -2.5);
            assert!(once.iter().zip(&scaled).all(|(a, b)| *b == -2.5 * a));
            let device = Device::flex().autodiff();
            let scores = batch.tensor(&batch.scores, &device).require_grad();
            let mean = || loss.forward(scores.clone(), batch.targets(&device)).unwrap();
            let gradients = (mean() + mean()).backward();
            let twice: Vec<f32> = scores.grad(&gradients).unwrap().try_into_vec_as().unwrap();
            assert!(once.iter().zip(&twice).all(|(a, b)| *b == 2.0 * a));
        }
    }
}

#[test]
fn the_value_is_the_same_without_gradients_and_of_a_view() {
    let device = Device::flex();
    for batch in Batch::draw(5, 3) {
        for loss in losses(3) {
            let scores = batch.tensor(&batch.scores, &device);
            let turned =
                Tensor::<2>::from_data(scores.clone().transpose().into_data(), &device).transpose();
            let value = |scores: Tensor<2>| {
                loss.forward(scores, batch.targets(&device)).unwrap().into_scalar::<f32>()
            };
            let expected = batch.compute(&loss, true, 1.0).0;
            assert_eq!((value(scores), value(turned)), (expected, expected));
        }
    }
}

/// At a margin of exactly 1 the gradient is that of the constant side.
#[test]
fn kinks_are_flat() {
    for shares in [None, Some(vec![0.25, 0.75])] {
        let batch = Batch { classes: 2, scores: vec![1.0, 2.0], labels: vec![1], shares };
        for loss in losses(2) {
            assert_alike(&batch, &loss);
        }
    }
    let batch = Batch { classes: 2, scores: vec![1.0, 2.0], labels: vec![1], shares: None };
    let hinge = Loss::Hinge { class_weights: ClassWeights::None };
    assert_eq!(batch.compute(&hinge, true, 1.0), (0.0, vec![0.0, 0.0]));
}

#[test]
fn huge_scores_are_finite() {
    for batch in Batch::draw(4, 2) {
        let scores = vec![1e4, -1e4, -1e4, 1e4, 1e4, 1e4, 0.0, -1e4];
        let batch = Batch { scores, ..batch };
        for loss in losses(2) {
            let (value, gradient) = batch.compute(&loss, true, 1.0);
            assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{loss:?}");
            assert_alike(&batch, &loss);
        }
    }
}

/// The operation also returns an infinite loss or NaN, so that training stops.
#[test]
fn scores_that_are_not_finite_cost_the_same() {
    let class = |value: f32| (value.is_nan(), value == f32::INFINITY, value.is_finite());
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for place in 0..6 {
            for mut batch in Batch::draw(2, 3) {
                batch.scores[place] = odd;
                for loss in losses(3) {
                    let ((got, gradient), (expected, gradients)) =
                        (batch.compute(&loss, true, 1.0), batch.compute(&loss, false, 1.0));
                    assert_eq!(class(got), class(expected), "{loss:?}: {got}, expected {expected}");
                    if expected.is_finite() {
                        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
                        assert!(
                            gradient.iter().zip(&gradients).all(near),
                            "{gradient:?}, {gradients:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_mean_of_no_samples_is_no_number() {
    for batch in Batch::draw(0, 3) {
        for loss in losses(3) {
            let ((got, gradient), (expected, _)) =
                (batch.compute(&loss, true, 1.0), batch.compute(&loss, false, 1.0));
            assert!(
                got.is_nan() && expected.is_nan() && gradient.is_empty(),
                "{loss:?}: {got}, {expected}"
            );
        }
    }
}
