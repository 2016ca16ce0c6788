//! The gradients of every model and loss, against finite differences.

use zunder::burn;
use zunder::burn::module::{Module, Param};
use zunder::burn::tensor::{Tensor, TensorData};
use zunder::data::ImageShape;
use zunder::random::Key;
use zunder::train::{Classifier, gradient_errors};
use zunder::{ModelConfig, ModelKind, RunConfig, parse_setting};

/// Above the error of rounding and of the kinks of an activation.
const WRONG: f64 = 0.03;
const SHAPE: ImageShape = ImageShape { channels: 1, height: 3, width: 4 };
const IMAGES: usize = 8;
const CLASSES: usize = 5;

/// A model whose only parameters are the scores, for the gradient of the loss alone.
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

/// Returns the same kind of model with few units.
fn small(mut model: ModelConfig) -> ModelConfig {
    match &mut model {
        ModelConfig::Mlp(config) => config.hidden = vec![6, 6],
        ModelConfig::ResidualMlp(config) => {
            (config.width, config.depth, config.expansion) = (6, 2, 2);
        }
        _ => {}
    }
    model
}

#[test]
fn the_gradients_of_every_model_and_loss_are_right() {
    let (device, key) = (zunder::device("flex").unwrap(), Key::new(1));
    let tensor = |shape: [usize; 2], key: Key| {
        let mut rng = key.rng();
        let values: Vec<f32> =
            (0..shape[0] * shape[1]).map(|_| (4.0 * rng.f64() - 2.0) as f32).collect();
        Tensor::<2>::from_data(TensorData::new(values, shape), &device)
    };
    let labels: Vec<u32> = (0..IMAGES as u32).map(|i| i % CLASSES as u32).collect();
    let input = Tensor::from_inner(tensor([IMAGES, SHAPE.len()], key.named("input")));
    let scores =
        Scores { scores: Param::from_tensor(tensor([IMAGES, CLASSES], key.named("scores"))) };
    for kind in ModelKind::ALL {
        for loss in ["cross-entropy", "hinge", "squared-hinge", "squared-error"] {
            let settings = [format!("model.name={}", kind.name()), format!("loss.name={loss}")];
            let settings = settings.map(|setting| parse_setting(&setting).unwrap());
            let RunConfig { model, loss, .. } = RunConfig::from_layers(None, &settings).unwrap();
            let model = small(model).init(SHAPE, CLASSES, key.named("model"), &device).unwrap();
            let masks = key.named("masks");
            let mut errors =
                gradient_errors(&model, &input, &labels, &loss, masks, &device).unwrap();
            assert!(errors.len() >= 2, "{errors:?}");
            errors
                .extend(gradient_errors(&scores, &input, &labels, &loss, masks, &device).unwrap());
            for error in errors {
                assert!(error.error < WRONG, "{kind:?} with {}: {error:?}", loss.name());
            }
        }
    }
}
