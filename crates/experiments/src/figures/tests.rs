//! Tests of the pictures: they show what Zunder computes.

use burn::tensor::{Device, Tensor, TensorData};
use zunder_models::Activation;
use zunder_train::{ClassWeights, Loss, Targets};

use super::*;

#[test]
fn both_languages_have_the_same_pictures_and_their_own_words() {
    let [english, german] = Language::ALL.map(|(language, _)| lecture_figures(language));
    let names = |figures: &[(&'static str, String)]| -> Vec<&'static str> {
        figures.iter().map(|(name, _)| *name).collect()
    };
    assert_eq!(names(&english), names(&german));
    for (i, (name, svg)) in english.iter().enumerate() {
        assert!(names(&english[..i]).iter().all(|other| other != name), "{name} twice");
        assert!(!svg.contains("NaN") && svg.len() < 24_000, "{name}: {} bytes", svg.len());
    }
}

#[test]
fn activations_are_those_of_the_models() {
    let device = Device::flex().autodiff();
    let at: Vec<f32> = (-50..=50).map(|i| (i as f32 + 0.5) / 10.0).collect();
    for curve in &curves::ACTIVATIONS {
        let name = curve.file.trim_end_matches(".svg");
        let activation = Activation::ALL.into_iter().find(|a| a.name() == name).unwrap();
        let a = Tensor::<1>::from_data(TensorData::from(at.as_slice()), &device).require_grad();
        let f = activation.forward(a.clone());
        let values: Vec<f32> = f.clone().try_into_vec_as().unwrap();
        // The step function lets no gradient pass.
        let derivatives: Vec<f32> = if name == "step" {
            vec![0.0; at.len()]
        } else {
            a.grad(&f.sum().backward()).unwrap().try_into_vec_as().unwrap()
        };
        for ((a, value), derivative) in at.iter().zip(values).zip(derivatives) {
            let a = f64::from(*a);
            assert!(((curve.f)(a) - f64::from(value)).abs() < 1e-5, "{name} at {a}");
            assert!(((curve.derivative)(a) - f64::from(derivative)).abs() < 1e-5, "{name}' at {a}");
        }
    }
}

#[test]
fn losses_are_those_of_the_training() {
    let device = Device::flex();
    for prediction in [-1.5_f32, -0.25, 0.5, 2.0] {
        let loss = |loss: &Loss, scores: Vec<f32>, targets: Targets| {
            let scores =
                Tensor::<2>::from_data(TensorData::new(scores.clone(), [1, scores.len()]), &device);
            f64::from(loss.forward(scores, targets).unwrap().into_scalar::<f32>())
        };
        // The score of class 1 is that of the positive class, and y = 1.
        let hinge = loss(
            &Loss::BinaryHinge { class_weights: ClassWeights::None },
            vec![0.0, prediction],
            Targets::Classes(Tensor::from_ints([1], &device)),
        );
        let one = Targets::Soft(Tensor::from_floats([[1.0]], &device));
        let squared = loss(&Loss::SquaredError {}, vec![prediction], one);
        let at = f64::from(prediction);
        assert!((curves::HINGE(at) - hinge).abs() < 1e-6, "{prediction}: {hinge}");
        assert!((curves::SQUARED(at) - squared).abs() < 1e-6, "{prediction}: {squared}");
    }
    assert_eq!([-0.5, 0.0, 0.5].map(curves::ZERO_ONE), [1.0, 1.0, 0.0]);
}

/// For two normal distributions with deviation 1 and means d apart the area is Phi(d / sqrt 2).
#[test]
fn areas_under_roc_curves_are_those_of_normal_distributions() {
    for (distance, expected) in [(0.0, 0.5), (1.0, 0.760_250), (2.0, 0.921_350)] {
        let area = distributions::area(&distributions::curve(distance));
        assert!((area - expected).abs() < 1e-4, "{distance}: {area}");
    }
}
