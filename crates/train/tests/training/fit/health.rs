//! Tests of the health records of the layers.

use burn::module::Module;
use burn::nn::Linear;
use burn::optim::GradientsParams;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use zunder_eval::{HealthProblem, HealthRecord, HealthWarning};
use zunder_train::{
    Classifier, Events, FitConfig, FitContext, GradientsConfig, Key, OptimizerConfig, Schedule,
    ScheduleKind, SgdConfig, SourceError, StepReport, UpdateNorms, fit,
};

use crate::fit::setup::{Largest, NEVER, Net, Plain, VALIDATION, Watch, config, run, watched};

/// Plain gradient descent at a rate that stays.
fn descent(lr: f64) -> FitConfig {
    let optimizer = OptimizerConfig::Sgd(SgdConfig { lr, momentum: 0.0, ..SgdConfig::default() });
    FitConfig {
        optimizer,
        schedule: Schedule { kind: ScheduleKind::Constant {}, ..Schedule::default() },
        ..config(1)
    }
}

/// With one update, its norms follow from the weights before and after: |w' - w| / |w|, and |g| =
/// |w' - w| / rate.
#[test]
fn norms_are_those_of_the_update() {
    let train = Largest { batches: 1, ..Largest::default() };
    let fitted =
        watched(Plain::new(), &train, &descent(0.1), None, &mut Watch::new(NEVER)).unwrap();
    let norm =
        |values: &Tensor<2>| f64::from(values.clone().square().sum().sqrt().into_scalar::<f32>());
    let (before, after) = (Plain::new().layer.weight.val(), fitted.model.layer.weight.val());
    let update = norm(&(after - before.clone()));
    let [layer] = fitted.health.as_slice() else { panic!("one layer, got {:?}", fitted.health) };
    assert_eq!((layer.epoch, layer.layer.as_str()), (1, "layer"));
    assert!((layer.update_ratio.unwrap() / (update / norm(&before)) - 1.0).abs() < 1e-5);
    assert!((layer.gradient_norm.unwrap() / (update / 0.1) - 1.0).abs() < 1e-5);
    // Without biases and after clipping: the norm of all gradients together is 0.01 then.
    let config = FitConfig {
        gradients: GradientsConfig { clip_norm: Some(0.01), ..GradientsConfig::default() },
        ..descent(0.1)
    };
    let clipped =
        watched(Plain::new(), &train, &config, None, &mut Watch::new(NEVER)).unwrap().health[0]
            .gradient_norm
            .unwrap();
    assert!((0.005..0.01).contains(&clipped), "{clipped}");
}

/// A model that offers nothing has gradients and updates only: of weights, not of norms.
#[test]
fn a_foreign_model_has_gradients_and_updates_only() {
    let fitted = run(Largest::default(), &config(2), None, NEVER).unwrap();
    let of = |r: &HealthRecord| {
        (
            r.epoch,
            r.layer.clone(),
            r.gradient_norm.is_some(),
            r.update_ratio.is_some(),
            r.dead,
            r.activation_mean,
        )
    };
    let expected = [(1, "hidden"), (1, "output"), (2, "hidden"), (2, "output")];
    let expected = expected.map(|(epoch, layer)| (epoch, layer.to_owned(), true, true, None, None));
    assert_eq!(fitted.health.iter().map(of).collect::<Vec<_>>(), expected);
}

/// Its hidden layer, shown, has units that never fire.
#[derive(Module, Debug)]
struct Shown {
    first: Linear,
    last: Linear,
}

impl Shown {
    fn hidden(&self, input: Tensor<2>) -> Tensor<2> {
        let sums = self.first.forward(input);
        // Two of three units, by a shift that no training undoes.
        relu(sums.clone() - Tensor::<2>::from_floats([[0.0, 1e6, 1e6]], &sums.device()))
    }
}

impl Classifier for Shown {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.last.forward(self.hidden(input))
    }

    fn scores_observed(
        &self,
        input: Tensor<2>,
        observer: &mut dyn FnMut(&str, &Tensor<2>),
    ) -> Tensor<2> {
        let hidden = self.hidden(input);
        observer("the first", &hidden);
        self.last.forward(hidden)
    }

    fn layer_name(&self, parameter: &str) -> String {
        if parameter.starts_with("first.") { "the first".to_owned() } else { "the last".to_owned() }
    }
}

#[derive(Default)]
struct Told {
    layers: Vec<HealthRecord>,
    warnings: Vec<HealthWarning>,
}

impl Events for Told {
    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        self.layers.extend_from_slice(layers);
        self.warnings.extend_from_slice(warnings);
        Ok(())
    }

    fn step_finished(&mut self, _: &StepReport) {}
}

#[test]
fn a_model_that_shows_its_layers_is_looked_at_and_warned_of_once() {
    let mut told = Told::default();
    let device = Device::flex();
    let context = FitContext::new(&device, Key::new(1)).with_events(&mut told);
    let (first, last) = (Plain::new().layer, Plain::new().layer);
    let fitted =
        fit(Shown { first, last }, &Largest::default(), &VALIDATION, &config(3), None, context)
            .unwrap();
    assert_eq!(told.layers, fitted.health);
    assert_eq!(
        told.layers.iter().map(|r| r.layer.as_str()).take(2).collect::<Vec<_>>(),
        ["the first", "the last"]
    );
    let first = &told.layers[0];
    assert!(
        (first.dead.unwrap() - 2.0 / 3.0).abs() < 1e-12
            && first.activation_min == Some(0.0)
            && first.gradient_norm.unwrap() > 0.0
    );
    assert_eq!((told.layers[1].dead, told.layers[1].activation_max), (None, None));
    assert_eq!(told.warnings.iter().filter(|w| w.problem == HealthProblem::DeadUnits).count(), 1);
    assert_eq!(told.warnings[0].epoch, 1);
    assert!(
        told.warnings[0].to_string().starts_with("the first: 66.7 % of its units are dead"),
        "{}",
        told.warnings[0]
    );
}

/// Looking changes nothing.
#[test]
fn a_measured_update_is_the_same_to_the_bit() {
    for name in ["sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion"] {
        let config: OptimizerConfig =
            serde_json::from_str(&format!(r#"{{ "name": "{name}", "weight_decay": 0.01 }}"#))
                .unwrap();
        let steps = |measured: bool| {
            let gradients = GradientsConfig { clip_norm: Some(0.5), ..GradientsConfig::default() };
            let mut optimizer =
                config.init().unwrap().with_clipping(&gradients).unwrap().with_ema(0.9).unwrap();
            let (mut model, device) = (Net::new().train(), Device::flex().autodiff());
            let mut all = Vec::new();
            for step in 1..4 {
                let loss = model.scores(Tensor::full([4, 3], step, &device)).square().sum();
                let gradients = GradientsParams::from_grads(loss.backward(), &model);
                if measured {
                    let norms: Vec<UpdateNorms>;
                    (model, norms) = optimizer.step_measured(0.01, model, gradients, 2.0).unwrap();
                    all.extend(norms);
                } else {
                    model = optimizer.step_sum(0.01, model, gradients, 2.0).unwrap();
                }
            }
            (super::setup::bits(&model.valid()), all)
        };
        let (measured, plain) = (steps(true), steps(false));
        assert_eq!(measured.0, plain.0, "{name}");
        let names: Vec<&str> =
            measured.1.iter().map(|norms| norms.parameter.as_str()).take(2).collect();
        assert_eq!((measured.1.len(), names), (6, vec!["hidden.weight", "output.weight"]));
        assert!(
            measured.1.iter().all(|norms| norms.weight > 0.0 && norms.update > 0.0),
            "{name}: {:?}",
            measured.1
        );
    }
}
