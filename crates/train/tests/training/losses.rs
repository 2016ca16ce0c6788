//! Tests of each loss against its formula in 64 bits, of its gradient against central differences,
//! and of properties that hold for any scores.

mod lecture;

use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use zunder_train::{ClassWeights, CrossEntropyConfig, Loss, Targets};

/// Scores and targets of N samples; without shares the targets are classes.
#[derive(Clone, Debug)]
struct Batch {
    classes: usize,
    scores: Vec<f32>,
    labels: Vec<u32>,
    shares: Option<Vec<f32>>,
}

impl Batch {
    fn of_classes<const C: usize>(scores: &[[f32; C]], labels: &[u32]) -> Self {
        Self { classes: C, scores: scores.concat(), labels: labels.to_vec(), shares: None }
    }

    /// Returns the targets as distributions.
    fn distributions(&self) -> Vec<Vec<f64>> {
        let one_hot =
            |y: u32| (0..self.classes).map(|k| f64::from(u8::from(k == y as usize))).collect();
        match &self.shares {
            None => self.labels.iter().map(|y| one_hot(*y)).collect(),
            Some(shares) => shares
                .chunks(self.classes)
                .map(|row| row.iter().map(|p| f64::from(*p)).collect())
                .collect(),
        }
    }

    /// Returns the library's loss and its gradient with respect to the scores.
    fn loss_and_gradient(&self, loss: &Loss) -> (f64, Vec<f64>) {
        let device = Device::flex().autodiff();
        let shape = [self.labels.len(), self.classes];
        let scores = Tensor::<2>::from_data(TensorData::new(self.scores.clone(), shape), &device)
            .require_grad();
        let labels: Vec<i32> = self.labels.iter().map(|y| *y as i32).collect();
        let targets = match &self.shares {
            None => Targets::Classes(Tensor::from_ints(labels.as_slice(), &device)),
            Some(shares) => {
                Targets::Soft(Tensor::from_data(TensorData::new(shares.clone(), shape), &device))
            }
        };
        let value = loss.forward(scores.clone(), targets).unwrap();
        let gradient: Vec<f32> = scores.grad(&value.backward()).unwrap().try_into_vec_as().unwrap();
        (f64::from(value.into_scalar::<f32>()), gradient.into_iter().map(f64::from).collect())
    }
}

/// Returns the loss of a sample of class y by the formulas of `Loss`.
fn cost(loss: &Loss, s: &[f64], y: usize) -> f64 {
    let (sign, score) = (if y == 1 { 1.0 } else { -1.0 }, s[1] - s[0]);
    match loss.name() {
        "cross-entropy" => {
            let highest = s.iter().copied().fold(f64::MIN, f64::max);
            highest + s.iter().map(|s| (s - highest).exp()).sum::<f64>().ln() - s[y]
        }
        "hinge" => (0..s.len()).filter(|j| *j != y).map(|j| (s[j] - s[y] + 1.0).max(0.0)).sum(),
        "squared-hinge" => {
            (0..s.len()).filter(|j| *j != y).map(|j| (s[j] - s[y] + 1.0).max(0.0).powi(2)).sum()
        }
        "binary-hinge" => (1.0 - sign * score).max(0.0),
        "logistic" => (-sign * score).max(0.0) + (-(sign * score).abs()).exp().ln_1p(),
        other => panic!("{other}"),
    }
}

/// Returns the loss of a batch in 64 bits.
fn reference(loss: &Loss, scores: &[f64], targets: &[Vec<f64>]) -> f64 {
    let classes = targets[0].len();
    if loss.name() == "squared-error" {
        return scores.iter().zip(targets.concat()).map(|(s, t)| (s - t).powi(2)).sum::<f64>()
            / targets.len() as f64;
    }
    let smoothing =
        if let Loss::CrossEntropy(config) = loss { config.label_smoothing } else { 0.0 };
    let weight = |k: usize| {
        if let Some(ClassWeights::Values(weights)) = loss.class_weights() {
            weights[k]
        } else {
            1.0
        }
    };
    let (mut sum, mut divisor) = (0.0, 0.0);
    for (s, shares) in scores.chunks(classes).zip(targets) {
        for (k, share) in shares.iter().enumerate() {
            sum += weight(k)
                * ((1.0 - smoothing) * share + smoothing / classes as f64)
                * cost(loss, s, k);
            divisor += weight(k) * share;
        }
    }
    sum / divisor
}

/// Returns central differences of the reference.
fn differences(loss: &Loss, batch: &Batch) -> Vec<f64> {
    const H: f64 = 1e-5;
    let scores: Vec<f64> = batch.scores.iter().map(|s| f64::from(*s)).collect();
    let targets = batch.distributions();
    let at = |i: usize, h: f64| {
        let mut moved = scores.clone();
        moved[i] += h;
        reference(loss, &moved, &targets)
    };
    (0..scores.len()).map(|i| (at(i, H) - at(i, -H)) / (2.0 * H)).collect()
}

fn loss(name: &str, label_smoothing: f64, class_weights: ClassWeights) -> Loss {
    match name {
        "cross-entropy" => {
            Loss::CrossEntropy(CrossEntropyConfig { label_smoothing, class_weights })
        }
        "hinge" => Loss::Hinge { class_weights },
        "squared-hinge" => Loss::SquaredHinge { class_weights },
        "binary-hinge" => Loss::BinaryHinge { class_weights },
        "logistic" => Loss::Logistic { class_weights },
        _ => Loss::SquaredError {},
    }
}

const NAMES: [&str; 6] =
    ["cross-entropy", "hinge", "squared-hinge", "binary-hinge", "logistic", "squared-error"];

/// Generates any loss with its settings, and a batch for it.
fn cases() -> impl Strategy<Value = (Loss, Batch)> {
    let sizes = (0..NAMES.len(), 1_usize..5, 2_usize..6).prop_map(|(name, n, c)| {
        let name = NAMES[name];
        (name, n, if name == "binary-hinge" || name == "logistic" { 2 } else { c })
    });
    sizes.prop_flat_map(|(name, n, classes)| {
        let weights = prop_oneof![
            Just(ClassWeights::None),
            prop::collection::vec(0.1..10.0, classes).prop_map(ClassWeights::Values)
        ];
        let smoothing = prop_oneof![Just(0.0), 0.01..0.9];
        let shares = prop::collection::vec(0.01_f32..1.0, n * classes).prop_map(move |values| {
            values
                .chunks(classes)
                .flat_map(|row| row.iter().map(|p| p / row.iter().sum::<f32>()).collect::<Vec<_>>())
                .collect()
        });
        let scores = prop::collection::vec(-3.0_f32..3.0, n * classes);
        let labels = prop::collection::vec(0..classes as u32, n);
        (Just(name), weights, smoothing, scores, labels, prop::option::of(shares)).prop_map(
            move |(name, weights, smoothing, scores, labels, shares)| {
                (loss(name, smoothing, weights), Batch { classes, scores, labels, shares })
            },
        )
    })
}

fn near_a_kink(batch: &Batch) -> bool {
    let rivals =
        |row: &[f32]| row.iter().any(|a| row.iter().any(|b| ((a - b).abs() - 1.0).abs() < 1e-3));
    batch.scores.chunks(batch.classes).any(rivals)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, v| v.abs().max(most))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn values_and_gradients_are_those_of_the_formulas((loss, batch) in cases()) {
        let (value, gradient) = batch.loss_and_gradient(&loss);
        let scores: Vec<f64> = batch.scores.iter().map(|s| f64::from(*s)).collect();
        let expected = reference(&loss, &scores, &batch.distributions());
        prop_assert!((value - expected).abs() <= 2e-6 * expected.abs().max(1.0), "{value}, \
            expected {expected}");
        if ["hinge", "binary-hinge"].contains(&loss.name()) && near_a_kink(&batch) {
            return Ok(());
        }
        let expected = differences(&loss, &batch);
        for (got, wanted) in gradient.iter().zip(&expected) {
            prop_assert!((got - wanted).abs() <= 1e-4 * largest(&expected), "{gradient:?}, \
                expected {expected:?}");
        }
    }

    /// All losses but the squared error depend only on differences of scores: adding the same
    /// number to all scores of a sample changes nothing, so its gradient sums to 0.
    #[test]
    fn only_differences_of_scores_count((loss, batch) in cases(), move_by in -2.0_f32..2.0) {
        prop_assume!(loss.name() != "squared-error");
        let scores = batch.scores.iter().map(|s| s + move_by).collect();
        let moved = Batch { scores, ..batch.clone() };
        let (value, gradient) = batch.loss_and_gradient(&loss);
        prop_assert!((value - moved.loss_and_gradient(&loss).0).abs() <= 1e-5 * value.max(1.0));
        for row in gradient.chunks(batch.classes) {
            prop_assert!(row.iter().sum::<f64>().abs() < 1e-6 * largest(row).max(1.0), "{row:?}");
        }
    }

    /// Neither the order of the samples nor the scale of the class weights changes the loss, and
    /// one-hot distributions are the same as classes.
    #[test]
    fn order_and_units_do_not_matter((loss, batch) in cases(), unit in 0.1..10.0) {
        let (value, _) = batch.loss_and_gradient(&loss);
        let backwards = |v: &[f32]| -> Vec<f32> {
            v.chunks(batch.classes).rev().flatten().copied().collect()
        };
        let turned = Batch {
            scores: backwards(&batch.scores),
            labels: batch.labels.iter().rev().copied().collect(),
            shares: batch.shares.as_deref().map(backwards),
            ..batch
        };
        prop_assert!((value - turned.loss_and_gradient(&loss).0).abs() <= 1e-5 * value.max(1.0));
        if let Some(ClassWeights::Values(weights)) = loss.class_weights() {
            let smoothing = match &loss {
                Loss::CrossEntropy(config) => config.label_smoothing,
                _ => 0.0,
            };
            let weights = ClassWeights::Values(weights.iter().map(|w| w * unit).collect());
            let scaled = self::loss(loss.name(), smoothing, weights);
            let difference = value - batch.loss_and_gradient(&scaled).0;
            prop_assert!(difference.abs() <= 1e-5 * value.max(1.0));
        }
        let hard = Batch { shares: None, ..batch.clone() };
        let shares = hard.distributions().concat().iter().map(|p| *p as f32).collect();
        let soft = Batch { shares: Some(shares), ..batch };
        let (a, first) = hard.loss_and_gradient(&loss);
        let (b, second) = soft.loss_and_gradient(&loss);
        prop_assert!((a - b).abs() <= 1e-5 * a.max(1.0));
        let tolerance = 1e-5 * largest(&first).max(1.0);
        let close = first.iter().zip(&second).all(|(a, b)| (a - b).abs() < tolerance);
        prop_assert!(close, "{first:?} and {second:?}");
    }

    /// A hinge loss is 0 with gradient 0 if every other score is lower by 1 or more.
    #[test]
    fn a_hinge_loss_is_zero_beyond_its_margin(
        rivals in prop::collection::vec(-5.0_f32..5.0, 2..6),
        beyond in 1.001_f32..1e4,
    ) {
        let highest = rivals.iter().copied().fold(f32::MIN, f32::max);
        let scores: Vec<f32> = [highest + beyond].into_iter().chain(rivals).collect();
        let batch = Batch { classes: scores.len(), scores, labels: vec![0], shares: None };
        let (value, gradient) = batch.loss_and_gradient(&loss("hinge", 0.0, ClassWeights::None));
        prop_assert_eq!((value, largest(&gradient)), (0.0, 0.0));
    }
}

fn plain(name: &str) -> Loss {
    loss(name, 0.0, ClassWeights::None)
}

#[test]
fn huge_scores_stay_finite_and_exact() {
    let value = |name: &str, scores: [f32; 2], label| {
        let batch = Batch::of_classes(&[scores], &[label]);
        let soft = Batch { shares: Some(vec![0.5, 0.5]), ..batch.clone() };
        for (value, gradient) in
            [batch.loss_and_gradient(&plain(name)), soft.loss_and_gradient(&plain(name))]
        {
            assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{name}");
        }
        batch.loss_and_gradient(&plain(name)).0
    };
    for name in ["cross-entropy", "logistic"] {
        assert_eq!((value(name, [1e4, -1e4], 0), value(name, [1e4, -1e4], 1)), (0.0, 2e4));
    }
    for name in ["hinge", "binary-hinge"] {
        assert_eq!((value(name, [1e4, -1e4], 0), value(name, [1e4, -1e4], 1)), (0.0, 20_001.0));
    }
    assert_eq!(value("squared-hinge", [1e4, -1e4], 0), 0.0);
    assert!((value("squared-hinge", [1e4, -1e4], 1) / 400_040_001.0 - 1.0).abs() < 1e-6);
    assert!((value("squared-error", [1e4, -1e4], 0) / 199_980_001.0 - 1.0).abs() < 1e-6);
    let smoothed = loss("cross-entropy", 0.1, ClassWeights::Values(vec![1e6, 1e-6]));
    let (value, gradient) = Batch::of_classes(&[[1e4, -1e4]], &[0]).loss_and_gradient(&smoothed);
    assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()));
}

/// The state at weights of 0: no loss has a zero gradient there, and each has the value of
/// `chance`.
#[test]
fn equal_scores_cost_chance_and_pull_apart() {
    for (name, classes) in [
        ("cross-entropy", 7),
        ("hinge", 7),
        ("squared-hinge", 7),
        ("binary-hinge", 2),
        ("logistic", 2),
    ] {
        let batch = Batch { classes, scores: vec![0.0; classes], labels: vec![1], shares: None };
        let (value, gradient) = batch.loss_and_gradient(&plain(name));
        assert!((value - plain(name).chance(classes)).abs() < 1e-6, "{name}: {value}");
        assert!(gradient[1] < -0.4 && gradient[0] > 0.1, "{name}: {gradient:?}");
    }
    let batch = Batch { classes: 4, scores: vec![0.25; 4], labels: vec![1], shares: None };
    assert!(
        (batch.loss_and_gradient(&plain("squared-error")).0 - plain("squared-error").chance(4))
            .abs()
            < 1e-6
    );
}

#[test]
fn what_a_loss_cannot_take_is_refused() {
    let forward = |loss: &Loss, classes: usize| {
        let device = Device::flex();
        loss.forward(
            Tensor::zeros([1, classes], &device),
            Targets::Classes(Tensor::from_ints([0], &device)),
        )
        .unwrap_err()
        .to_string()
    };
    let two = "loss.name is logistic for 3 classes, expected two classes, or one of cross-entropy, \
        hinge, squared-hinge, squared-error";
    assert_eq!(forward(&plain("logistic"), 3), two);
    assert!(
        forward(&plain("binary-hinge"), 1).starts_with("loss.name is binary-hinge for 1 classes")
    );
    assert_eq!(plain("logistic").resolve(&[1, 1, 1]).unwrap_err().to_string(), two);
    let balanced = loss("hinge", 0.0, ClassWeights::Balanced);
    assert!(
        forward(&balanced, 3).starts_with("loss.class_weights is balanced, expected numbers here")
    );
    assert!(
        forward(&loss("hinge", 0.0, ClassWeights::Values(vec![1.0])), 3)
            .contains("1 numbers for 3 classes")
    );
    for wrong in [-0.1, 1.0, f64::NAN, 0.999_999_999_999] {
        let message =
            loss("cross-entropy", wrong, ClassWeights::None).validate().unwrap_err().to_string();
        assert_eq!(
            message,
            format!("loss.label_smoothing is {wrong}, expected a number in 0 <= e < 1")
        );
    }
    for text in [
        r#"{ "name": "hinge", "label_smoothing": 0.1 }"#,
        r#"{ "name": "squared-error", "class_weights": "balanced" }"#,
        r#"{ "name": "logistic", "margin": 2 }"#,
    ] {
        assert!(
            serde_json::from_str::<Loss>(text).unwrap_err().to_string().contains("unknown field"),
            "{text}"
        );
    }
}

/// Balanced weights give the mean of each class the same weight.
#[test]
fn balanced_weights_are_a_mean_over_the_classes() {
    let scores = [[1.0, 0.5], [0.2, -1.0], [0.3, 0.3], [-1.0, 2.0]];
    let (majority, _) =
        Batch::of_classes(&scores[..3], &[0, 0, 0]).loss_and_gradient(&Loss::default());
    let (minority, _) = Batch::of_classes(&scores[3..], &[1]).loss_and_gradient(&Loss::default());
    let balanced = loss("cross-entropy", 0.0, ClassWeights::Balanced).resolve(&[3, 1]).unwrap();
    let (value, _) = Batch::of_classes(&scores, &[0, 0, 0, 1]).loss_and_gradient(&balanced);
    assert!((value - f64::midpoint(majority, minority)).abs() < 1e-6);
}
