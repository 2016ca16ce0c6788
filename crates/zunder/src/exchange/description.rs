//! The content of `model.json`: layers and classes, which other programs need besides the weights,
//! and its parser.

use serde::{Deserialize, Serialize};
use zunder_data::image_folder::ImageDecoder;
use zunder_data::{ImageShape, Standardisation};
use zunder_models::{Activation, MlpConfig, Norm, ResidualMlpConfig};
use zunder_train::Loss;

use crate::exchange::steps::Steps;
use crate::{ModelConfig, Preprocessing, RunConfig, TestTimeAugmentation};

/// Version of this format. Version 1 has the preprocessing in the same file.
const FORMAT: u32 = 2;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    format: u32,
    classes: Vec<String>,
    /// Preprocessing of format 1. Format 2 has it in `preprocessing.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<ImageShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standardisation: Option<Standardisation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decoder: Option<ImageDecoder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tta: Option<TestTimeAugmentation>,
    /// Loss, if the softmax of the scores is not a probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// Hidden layers, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<Hidden>,
    /// Residual blocks, with the layers before and after them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    residual: Option<Residual>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    units: usize,
    activation: Activation,
    batch_norm: bool,
    bias: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Residual {
    width: usize,
    depth: usize,
    /// Hidden units of each block.
    hidden: usize,
    activation: Activation,
    norm: Norm,
    /// Whether the embedding and the projection of each block have a bias.
    bias: bool,
}

impl Description {
    pub(crate) fn new(config: &RunConfig, classes: Vec<String>) -> Self {
        let loss = (!config.loss.gives_probabilities()).then(|| config.loss.plain());
        let (hidden, residual) = (hidden(&config.model), residual(&config.model));
        Self {
            format: FORMAT,
            classes,
            shape: None,
            standardisation: None,
            decoder: None,
            tta: None,
            loss,
            hidden,
            residual,
        }
    }

    /// Returns the configuration of the model, with the preset's settings where the description has
    /// none, such as of dropout; or a message that says what is wrong.
    pub(crate) fn model(&self) -> Result<ModelConfig, String> {
        let model = match (&self.hidden[..], &self.residual) {
            ([], None) => ModelConfig::Linear(zunder_models::LinearClassifierConfig::default()),
            ([first, others @ ..], None) => {
                if let Some(other) =
                    others.iter().find(|layer| Hidden { units: first.units, ..**layer } != *first)
                {
                    return Err(format!(
                        "the hidden layers differ ({} and {}), expected all with the same \
                         activation, batch_norm and bias",
                        first.told(),
                        other.told()
                    ));
                }
                let Hidden { activation, batch_norm, bias, .. } = *first;
                let hidden = self.hidden.iter().map(|layer| layer.units).collect();
                let hidden_bias = (bias == batch_norm).then_some(bias);
                ModelConfig::Mlp(MlpConfig {
                    hidden,
                    activation,
                    batch_norm,
                    hidden_bias,
                    ..MlpConfig::default()
                })
            }
            ([], Some(net)) => {
                let Residual { width, depth, hidden, activation, norm, bias } = *net;
                let expansion = hidden.checked_div(width).unwrap_or(0);
                let config = ResidualMlpConfig {
                    width,
                    depth,
                    expansion,
                    activation,
                    norm,
                    ..ResidualMlpConfig::default()
                };
                if config.hidden() != hidden || config.stream_bias() != bias {
                    return Err(format!(
                        "residual has hidden = {hidden} and bias = {bias}, expected a multiple of \
                         its width of {width}, and bias = {} with norm = \"{}\"",
                        config.stream_bias(),
                        net.norm_name()
                    ));
                }
                ModelConfig::ResidualMlp(config)
            }
            (_, Some(_)) => return Err(
                "has hidden and residual, expected one of them, or none for the linear classifier"
                    .to_owned(),
            ),
        };
        model.validate().map_err(|e| e.to_string())?;
        Ok(model)
    }

    /// Returns whether the preprocessing is in a file of its own.
    ///
    /// # Errors
    /// Returns a message for another version of the format.
    pub(crate) fn has_steps_apart(&self) -> Result<bool, String> {
        match self.format {
            1 => Ok(false),
            FORMAT => Ok(true),
            other => Err(format!("format is {other}, expected 1 to {FORMAT}")),
        }
    }

    /// Returns the preprocessing of images and the test-time augmentation: those of `steps`, or
    /// those in a description of format 1. A message says what is wrong.
    pub(crate) fn preprocessing(
        self,
        steps: Option<Steps>,
    ) -> Result<(Preprocessing, TestTimeAugmentation), String> {
        let Self { classes, shape, standardisation, decoder, tta, .. } = self;
        let (preprocessing, tta) = match (steps, shape, standardisation, decoder, tta) {
            (Some(steps), None, None, None, None) => steps.with_classes(classes),
            (None, Some(shape), Some(standardisation), decoder @ Some(_), Some(tta)) => {
                (Preprocessing { shape, classes, standardisation, decoder }, tta)
            }
            (None, ..) => {
                return Err(
                    "format is 1, expected the fields shape, standardisation, decoder and \
                            tta in it"
                        .to_owned(),
                );
            }
            (Some(_), ..) => {
                return Err(format!(
                    "format is {FORMAT}, expected shape, standardisation, decoder and tta in \
                     preprocessing.json only"
                ));
            }
        };
        preprocessing.check()?;
        Ok((preprocessing, tta))
    }
}

impl Hidden {
    fn told(self) -> String {
        format!(
            "{}, batch_norm = {}, bias = {}",
            self.activation.name(),
            self.batch_norm,
            self.bias
        )
    }
}

impl Residual {
    fn norm_name(&self) -> &'static str {
        match self.norm {
            Norm::Batch => "batch",
            _ => "layer",
        }
    }
}

fn hidden(model: &ModelConfig) -> Vec<Hidden> {
    let ModelConfig::Mlp(config) = model else { return Vec::new() };
    let MlpConfig { activation, batch_norm, .. } = *config;
    config
        .hidden
        .iter()
        .map(|&units| Hidden { units, activation, batch_norm, bias: config.has_hidden_bias() })
        .collect()
}

fn residual(model: &ModelConfig) -> Option<Residual> {
    let ModelConfig::ResidualMlp(config) = model else { return None };
    let ResidualMlpConfig { width, depth, activation, norm, .. } = *config;
    Some(Residual {
        width,
        depth,
        hidden: config.hidden(),
        activation,
        norm,
        bias: config.stream_bias(),
    })
}
