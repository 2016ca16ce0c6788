//! Tests of the lecture's formulas of training (6a.3) against examples that are worked by hand:
//! backpropagation, and steps of the optimisers.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use zunder_train::OptimizerConfig;

/// "Beispiel: Backpropagation": the value, the intermediate results and all derivatives, compared
/// with the chain rule by hand and with central differences.
#[test]
fn the_lectures_backpropagation() {
    let device = Device::flex().autodiff();
    let point = [4.0, -2.0, 5.0, -1.0_f64];
    let [x, y, z, w] =
        point.map(|value| Tensor::<1>::from_floats([value as f32], &device).require_grad());
    let p = x.clone() * y.clone();
    let q = z.clone().max_pair(w.clone());
    let m = p.clone() + q.clone();
    let f = m.clone() * m.clone();
    let number = |t: Tensor<1>| f64::from(t.into_scalar::<f32>());
    assert_eq!([&p, &q, &m, &f].map(|t| number(t.clone().inner())), [-8.0, 5.0, -3.0, 9.0]);

    let gradients = f.backward();
    let got = [&x, &y, &z, &w].map(|t| number(t.grad(&gradients).unwrap()));
    let by_m = 2.0 * -3.0;
    assert_eq!(got, [by_m * -2.0, by_m * 4.0, by_m, 0.0]);
    let formula = |[x, y, z, w]: [f64; 4]| (x * y + z.max(w)).powi(2);
    for (i, derivative) in got.iter().enumerate() {
        let moved = |h: f64| {
            let mut at = point;
            at[i] += h;
            formula(at)
        };
        assert!(((moved(1e-4) - moved(-1e-4)) / 2e-4 - derivative).abs() < 1e-6);
    }
}

#[derive(Module, Debug)]
struct Weights {
    w: Param<Tensor<2>>,
}

/// Returns two weights after each of some updates with the given gradients.
fn path(optimizer: &str, rate: f64, start: [f32; 2], gradients: &[[f32; 2]]) -> Vec<[f64; 2]> {
    let device = Device::flex();
    let config: OptimizerConfig = serde_json::from_str(optimizer).unwrap();
    let mut optimizer = config.init().unwrap();
    let mut weights =
        Weights { w: Param::from_tensor(Tensor::from_floats([start], &device)) }.train();
    let step = |gradient: &[f32; 2]| {
        let mut gradients = GradientsParams::new();
        gradients.register(weights.w.id, Tensor::<2>::from_floats([*gradient], &device));
        weights = optimizer.step(rate, weights.clone(), gradients).unwrap();
        let after = weights.w.val().inner().try_into_vec_as::<f32>().unwrap();
        [after[0], after[1]].map(f64::from)
    };
    gradients.iter().map(step).collect()
}

#[track_caller]
fn close(got: &[[f64; 2]], expected: &[[f64; 2]]) {
    assert_eq!(got.len(), expected.len());
    let apart = got
        .iter()
        .flatten()
        .zip(expected.iter().flatten())
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(apart < 1e-6, "{got:?}, expected {expected:?}");
}

/// "Gradientenabstieg": w += -rate g.
#[test]
fn gradient_descent_goes_against_the_gradient() {
    let got =
        path(r#"{ "name": "sgd", "momentum": 0.0 }"#, 0.1, [1.0, -1.0], &[[2.0, 0.5], [-4.0, 0.0]]);
    close(&got, &[[0.8, -1.05], [1.2, -1.05]]);
}

/// "Momentum-Update": v(k) = mu v(k-1) + g and w += -rate v from v(0) = 0. Where gradients agree,
/// steps grow to 1 / (1 - mu) times the plain one.
#[test]
fn momentum_remembers_and_grows() {
    let config = r#"{ "name": "sgd", "momentum": 0.8 }"#;
    // v = (1, 2), then (0.8 - 1, 1.6), then (0.8 * -0.2 + 3, 1.28 + 1).
    let got = path(config, 0.5, [0.0, 0.0], &[[1.0, 2.0], [-1.0, 0.0], [3.0, 1.0]]);
    close(&got, &[[-0.5, -1.0], [-0.4, -1.8], [-1.82, -2.94]]);
    let steady = path(config, 0.003, [0.0, 0.0], &[[1.0, -1.0]; 80]);
    let step = steady[79][0] - steady[78][0];
    assert!((step / (-0.003 / (1.0 - 0.8)) - 1.0).abs() < 1e-4, "{step}");
}

/// "Adaptive Lernraten": plain descent moves a parameter by its gradient, AdaGrad and Adam adapt
/// the rate of each one, so that the first steps are equally long.
#[test]
fn adaptive_rates_make_first_steps_equal() {
    let gradient = [[100.0, -0.01]];
    let first = |config: &str| path(config, 0.1, [0.0, 0.0], &gradient)[0];
    let [large, small] = first(r#"{ "name": "sgd" }"#);
    assert!((large + 10.0).abs() < 1e-5 && (small - 0.001).abs() < 1e-8);
    for name in ["adagrad", "adam"] {
        close(&[first(&format!(r#"{{ "name": "{name}" }}"#))], &[[-0.1, 0.1]]);
    }
    // AdaGrad divides by the root of the sum of squares: 3, then 5.
    let got = path(r#"{ "name": "adagrad" }"#, 0.1, [0.0, 0.0], &[[3.0, 0.0], [4.0, 1.0]]);
    close(&got, &[[-0.1, 0.0], [-0.18, -0.1]]);
}

/// "Regularisierung": the penalty nu sum w^2 adds 2 nu w to the gradient, with nu half the setting
/// `weight_decay`.
#[test]
fn the_penalty_pulls_weights_to_zero() {
    let config = r#"{ "name": "sgd", "momentum": 0.0, "weight_decay": 0.4 }"#;
    let nu = serde_json::from_str::<OptimizerConfig>(config).unwrap().nu();
    assert_eq!(nu, 0.2);
    let got = path(config, 0.5, [3.0, -1.0], &[[0.0, 0.0], [1.0, 0.0]]);
    let shrink = 1.0 - 0.5 * 2.0 * nu;
    close(&got, &[[3.0 * shrink, -shrink], [3.0 * shrink * shrink - 0.5, -shrink * shrink]]);
}
