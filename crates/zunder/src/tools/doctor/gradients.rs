//! Checks the gradients of the model against finite differences.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use zunder_data::ImageShape;
use zunder_models::Key;
use zunder_train::{Classifier, GradientError, Loss, gradient_errors};

use super::bench::Bench;
use super::check::Check;
use crate::{ModelConfig, RunError};

/// Whether the gradients of the model and of the loss are correct: compared with finite
/// differences, in a small version of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// Error of each parameter tensor, and of the loss with respect to its scores.
    pub errors: Vec<GradientError>,
}

/// Limit above the error of rounding and of the kinks of an activation.
const WRONG: f64 = 0.03;
/// Number of images, and their size.
const IMAGES: usize = 8;
const SHAPE: ImageShape = ImageShape { channels: 1, height: 3, width: 4 };

impl Gradients {
    pub(super) fn measure(bench: &Bench<'_>) -> Result<Self, RunError> {
        let (device, key) =
            (bench.device(), Key::new(bench.config().seed).named("doctor gradients"));
        let (loss, classes) = (bench.config().loss.plain(), bench.classes().min(5));
        let model =
            small(&bench.config().model).init(SHAPE, classes, key.named("model"), device)?;
        let labels: Vec<u32> = (0..IMAGES as u32).map(|i| i % classes as u32).collect();
        let tensor = |shape: [usize; 2], key: Key| {
            let mut rng = key.rng();
            let values: Vec<f32> =
                (0..shape[0] * shape[1]).map(|_| (4.0 * rng.f64() - 2.0) as f32).collect();
            Tensor::<2>::from_data(TensorData::new(values, shape), device)
        };
        let input = Tensor::from_inner(tensor([IMAGES, SHAPE.len()], key.named("input")));
        let mut errors =
            gradient_errors(&model, &input, &labels, &loss, key.named("masks"), device)?;
        let scores =
            Scores { scores: Param::from_tensor(tensor([IMAGES, classes], key.named("scores"))) };
        errors.extend(of_loss(&scores, &input, &labels, &loss, key, device)?);
        Ok(Self { errors })
    }

    pub(super) fn check(&self) -> Check {
        let worst = self.errors.iter().max_by(|a, b| a.error.total_cmp(&b.error));
        let (name, error) =
            worst.map_or(("nothing", f64::INFINITY), |worst| (worst.tensor.as_str(), worst.error));
        let check = Check::good(
            "gradients",
            format!(
                "largest relative error {error:.1e} ({name}) of {} tensors (below {WRONG})",
                self.errors.len()
            ),
        );
        if error.is_nan() || error > WRONG {
            return check.fault(format!(
                "the gradient of {name} is not that of its function: this is a defect of the layer \
                 or of the device, please report it"
            ));
        }
        check
    }
}

/// Returns the same kind of model with few units.
fn small(model: &ModelConfig) -> ModelConfig {
    let mut model = model.clone();
    match &mut model {
        ModelConfig::Linear(_) => {}
        ModelConfig::Mlp(config) => {
            config.hidden = config.hidden.iter().take(3).map(|units| (*units).min(6)).collect();
        }
        ModelConfig::ResidualMlp(config) => {
            (config.width, config.depth, config.expansion) =
                (config.width.min(6), config.depth.min(2), config.expansion.min(2));
        }
    }
    model
}

/// A model whose parameters are the scores.
#[derive(Module, Debug)]
struct Scores {
    scores: Param<Tensor<2>>,
}

impl Classifier for Scores {
    type Input = Tensor<2>;

    fn scores(&self, _input: Tensor<2>) -> Tensor<2> {
        self.scores.val()
    }
}

/// Returns the errors of the loss alone.
fn of_loss<M: Classifier<Input = Tensor<2>>>(
    scores: &M,
    input: &Tensor<2>,
    labels: &[u32],
    loss: &Loss,
    key: Key,
    device: &burn::tensor::Device,
) -> Result<Vec<GradientError>, RunError> {
    let mut errors = gradient_errors(scores, input, labels, loss, key, device)?;
    for error in &mut errors {
        error.tensor = format!("loss {}", loss.name());
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;
    use crate::tools::doctor::bench::tests::{made, small as small_run};
    use crate::{ModelKind, RunConfig};

    #[test]
    fn the_gradients_of_every_model_and_loss_are_right() {
        for kind in ModelKind::ALL {
            for loss in ["cross-entropy", "hinge", "squared-error"] {
                let settings = [("model.name", kind.name()), ("loss.name", loss)];
                let settings = settings.map(|(path, name)| {
                    (
                        path.split('.').map(str::to_owned).collect(),
                        toml::Value::String(name.to_owned()),
                    )
                });
                let RunConfig { model, loss, .. } =
                    RunConfig::from_layers(None, &settings).unwrap();
                let gradients =
                    Gradients::measure(&made(&RunConfig { loss, model, ..small_run() }).bench())
                        .unwrap();
                assert_eq!(gradients.check().verdict, Verdict::Good, "{gradients:?}");
                assert!(gradients.errors.len() >= 3);
            }
        }
    }

    /// A model with twice the correct gradient.
    #[derive(Module, Debug)]
    struct WrongGradient {
        scores: Param<Tensor<2>>,
    }

    impl Classifier for WrongGradient {
        type Input = Tensor<2>;

        fn scores(&self, _input: Tensor<2>) -> Tensor<2> {
            self.scores.val().mul_scalar(2.0) - self.scores.val().detach()
        }
    }

    #[test]
    fn a_wrong_gradient_is_told() {
        let device = burn::tensor::Device::flex();
        let scores = Tensor::<2>::from_floats([[0.3, -0.2], [0.1, 0.9]], &device);
        let input = Tensor::from_inner(Tensor::<2>::zeros([2, 1], &device));
        let errors = of_loss(
            &WrongGradient { scores: Param::from_tensor(scores) },
            &input,
            &[0, 1],
            &Loss::default(),
            Key::new(1),
            &device,
        )
        .unwrap();
        let check = Gradients { errors }.check();
        assert!(
            check.verdict == Verdict::Fault && check.advice.contains("loss cross-entropy"),
            "{check:?}"
        );
    }
}
