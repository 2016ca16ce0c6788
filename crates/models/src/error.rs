//! Errors of the construction and training of models.

use thiserror::Error;

use crate::Activation;

/// The error of building, training or observing a model.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// A size that must be positive is zero.
    #[error("model: {what} is 0, expected at least 1")]
    ZeroSize {
        /// The name and position of the size.
        what: String,
    },
    /// Too few classes to tell apart.
    #[error("model: {got} classes, expected at least 2")]
    TooFewClasses {
        /// The number of classes given.
        got: usize,
    },
    /// The dropout probability is out of its range.
    #[error("model: dropout is {got}, expected a probability to drop in 0 <= p < 1")]
    Dropout {
        /// The value given.
        got: f64,
    },
    /// The probability of skipping a block is out of its range.
    #[error(
        "model: stochastic_depth is {got}, expected a probability to skip the last block in 0 <= p \
         < 1"
    )]
    StochasticDepth {
        /// The value given.
        got: f64,
    },
    /// The device does not compute products of the precision.
    #[error(
        "model: precision is {got} on {device}, expected f32: only Burn's device flex computes \
         {got}"
    )]
    Precision {
        /// The name of the precision given.
        got: &'static str,
        /// The device.
        device: String,
    },
    /// A size is out of its range.
    #[error("model: {name} is {got}, expected 1 to {most}")]
    OutOfRange {
        /// The name of the setting.
        name: &'static str,
        /// The value given.
        got: usize,
        /// The largest value allowed.
        most: usize,
    },
    /// The last group of columns is not complete.
    #[error("model: {got} columns, expected a multiple of {size}, the columns of a group")]
    PartOfGroup {
        /// The number of columns given.
        got: usize,
        /// The number of columns of a group.
        size: usize,
    },
    /// An activation that gradient descent cannot train.
    #[error(
        "model: activation is {activation}, which cannot be trained: its derivative is 0, so no \
         gradient reaches the layers before it; expected one of {}",
        trainable()
    )]
    NotTrainable {
        /// The name of the activation.
        activation: &'static str,
    },
    /// The multilayer perceptron was given no hidden layer.
    #[error(
        "model: hidden = [] has no hidden layer, expected at least one (without any, it is the \
         linear classifier)"
    )]
    NoHiddenLayer,
    /// A model with more weights than memory allows to train.
    #[error(
        "model: the layers {layers:?} (input first) have more than {most} weights, expected at \
         most that"
    )]
    TooLarge {
        /// The number of units of each layer, from the input on.
        layers: Vec<usize>,
        /// The largest number allowed.
        most: usize,
    },
    /// The same for a model with too many layers to list.
    #[error("model: {got} weights, expected at most {most}")]
    TooManyWeights {
        /// The number of weights.
        got: usize,
        /// The largest number allowed.
        most: usize,
    },
    /// The device could not return the values of a tensor.
    #[error("model: the device cannot return the activations: {problem}")]
    Device {
        /// The device's error message.
        problem: String,
    },
}

fn trainable() -> String {
    let names: Vec<&str> = Activation::ALL
        .into_iter()
        .filter(|f| f.check_trainable().is_ok())
        .map(Activation::name)
        .collect();
    names.join(", ")
}

/// 2^28 weights take 1 GB, and their training about ten times that.
const MOST_WEIGHTS: usize = 1 << 28;

/// Returns an error for layers without units, and for more weights than memory allows to train.
pub(crate) fn check_layers(layers: &[usize]) -> Result<(), ModelError> {
    if let Some(i) = layers.iter().position(|units| *units == 0) {
        return Err(ModelError::ZeroSize {
            what: format!("layer {i} (0 being the input) of {layers:?}"),
        });
    }
    let weights = layers
        .iter()
        .zip(layers.iter().skip(1))
        .fold(0, |sum: usize, (m, n)| sum.saturating_add(m.saturating_mul(*n)));
    if weights > MOST_WEIGHTS {
        return Err(ModelError::TooLarge { layers: layers.to_vec(), most: MOST_WEIGHTS });
    }
    Ok(())
}

/// Returns an error for more weights than memory allows to train.
pub(crate) fn check_weights(got: usize) -> Result<(), ModelError> {
    if got > MOST_WEIGHTS {
        Err(ModelError::TooManyWeights { got, most: MOST_WEIGHTS })
    } else {
        Ok(())
    }
}

/// Returns an error for a size of 0 or above `most`.
pub(crate) fn check_range(name: &'static str, got: usize, most: usize) -> Result<(), ModelError> {
    if (1..=most).contains(&got) { Ok(()) } else { Err(ModelError::OutOfRange { name, got, most }) }
}

/// Returns an error for a dropout probability outside of 0 <= p < 1.
pub(crate) fn check_dropout(got: f64) -> Result<(), ModelError> {
    if (0.0..1.0).contains(&got) { Ok(()) } else { Err(ModelError::Dropout { got }) }
}

/// Returns an error for a probability of skipping a block outside of 0 <= p < 1.
pub(crate) fn check_stochastic_depth(got: f64) -> Result<(), ModelError> {
    if (0.0..1.0).contains(&got) { Ok(()) } else { Err(ModelError::StochasticDepth { got }) }
}
