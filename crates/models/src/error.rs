use thiserror::Error;

/// Why a model cannot be built.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// A size that must be positive is zero.
    #[error("model: {what} is 0, expected at least 1")]
    ZeroSize {
        /// The size's name, with its place.
        what: String,
    },
    /// Too few classes to tell apart.
    #[error("model: {got} classes, expected at least 2")]
    TooFewClasses {
        /// The number of classes given.
        got: usize,
    },
    /// The probability to drop a unit lies outside of its range.
    #[error("model: dropout is {got}, expected a probability to drop in 0 <= p < 1")]
    Dropout {
        /// The value given.
        got: f64,
    },
    /// The multilayer perceptron was given no hidden layer.
    #[error("model: hidden = [] has no hidden layer, expected at least one (without any, it is the linear classifier)")]
    NoHiddenLayer,
    /// More weights than can be trained in memory.
    #[error("model: the layers {layers:?} (input first) have more than {most} weights, expected at most that")]
    TooLarge {
        /// The units of each layer, from the input on.
        layers: Vec<usize>,
        /// The limit.
        most: usize,
    },
}

/// 2^28 weights take 1 GB, and training about ten times that.
const MOST_WEIGHTS: usize = 1 << 28;

/// Refuses layers without units, and more weights than can be trained in memory.
pub(crate) fn check_layers(layers: &[usize]) -> Result<(), ModelError> {
    if let Some(i) = layers.iter().position(|units| *units == 0) {
        return Err(ModelError::ZeroSize { what: format!("layer {i} (0 being the input) of {layers:?}") });
    }
    let weights = layers.iter().zip(layers.iter().skip(1)).fold(0, |sum: usize, (m, n)| sum.saturating_add(m.saturating_mul(*n)));
    if weights > MOST_WEIGHTS {
        return Err(ModelError::TooLarge { layers: layers.to_vec(), most: MOST_WEIGHTS });
    }
    Ok(())
}
