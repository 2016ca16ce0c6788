//! Tests of the L1 penalty on the first layers in the training loop.

use burn::optim::SgdConfig as BurnSgdConfig;
use burn::tensor::Tensor;
use zunder_train::{
    BurnOptimizer, FitConfig, LassoConfig, OptimizerConfig, ScheduleKind, SgdConfig, TrainError,
};

use super::setup::{Largest, NEVER, Net, Plain, Watch, bits, config, run, watched};

fn with(lasso: LassoConfig, epochs: usize) -> FitConfig {
    let sgd = SgdConfig { lr: 0.05, momentum: 0.0, ..SgdConfig::default() };
    let optimizer = OptimizerConfig::Sgd(sgd);
    FitConfig { optimizer, lasso, schedule: ScheduleKind::Constant {}.into(), ..config(epochs) }
}

fn host(tensor: Tensor<2>) -> Vec<f32> {
    tensor.try_into_vec_as().unwrap()
}

/// After one update each weight is that of an update without the penalty, shrunk by the formula.
/// Biases are as without it.
#[test]
fn an_update_ends_with_the_shrinkage() {
    let source = Largest { batches: 1, ..Largest::default() };
    let layer = |lasso: &LassoConfig| {
        let config = with(lasso.clone(), 1);
        let mut watch = Watch::new(NEVER);
        watched(Plain::new(), &source, &config, None, &mut watch).unwrap().model.layer
    };
    let lasso = LassoConfig { l1: 0.02, beta: 5.0, layers: 1 };
    let (without, with) = (layer(&LassoConfig::default()), layer(&lasso));
    let expected: Vec<f32> = host(without.weight.val())
        .into_iter()
        .map(|w| {
            let rest = w.abs() - 0.05 * 0.02;
            if rest > 0.1 { rest * w.signum() } else { 0.0 }
        })
        .collect();
    let got = host(with.weight.val());
    let zeros = got.iter().filter(|w| **w == 0.0).count();
    assert!((1..got.len()).contains(&zeros), "{got:?}");
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() < 1e-6, "{got}, expected {expected}");
    }
    let bias = |layer: burn::nn::Linear| layer.bias.unwrap().val().try_into_vec_as::<f32>();
    assert_eq!(bias(with).unwrap(), bias(without).unwrap());
}

#[test]
fn as_many_layers_as_the_setting_says_become_sparse() {
    for layers in [1, 2, 3] {
        let lasso = LassoConfig { l1: 0.005, layers, ..LassoConfig::default() };
        let model = run(Largest::default(), &with(lasso, 2), None, NEVER).unwrap().model;
        let zeros = |weight: Tensor<2>| host(weight).iter().filter(|w| **w == 0.0).count();
        let found = [zeros(model.hidden.weight.val()), zeros(model.output.weight.val())];
        assert!(found[0] > 0, "{found:?}");
        assert_eq!(found[1] > 0, layers > 1, "{layers} layers: {found:?}");
    }
}

/// An optimiser of Burn has the same penalty.
#[test]
fn an_optimizer_of_burn_shrinks_too() {
    let lasso = LassoConfig { l1: 0.005, ..LassoConfig::default() };
    let config = with(lasso, 2);
    let own = run(Largest::default(), &config, None, NEVER).unwrap().model;
    let burn = BurnOptimizer::new(0.05, BurnSgdConfig::new().build());
    let mut watch = Watch { optimizer: Some(burn), ..Watch::new(NEVER) };
    let burn = watched(Net::new(), &Largest::default(), &config, None, &mut watch).unwrap().model;
    for (own, burn) in bits(&own).into_iter().zip(bits(&burn)) {
        let [own, burn] = [own, burn].map(f32::from_bits);
        assert!((own - burn).abs() < 1e-4, "{own}, {burn}");
    }
}

#[test]
fn a_setting_out_of_range_ends_before_the_first_step() {
    let lasso = LassoConfig { l1: -1.0, ..LassoConfig::default() };
    let error = run(Largest::default(), &with(lasso, 1), None, NEVER).unwrap_err();
    assert!(matches!(error, TrainError::Setting { key: "lasso.l1", .. }), "{error}");
}
