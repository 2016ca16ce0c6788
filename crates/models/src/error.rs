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
    /// A matrix too large to address.
    #[error("model: a weight matrix of {inputs} x {outputs} has more entries than memory can hold")]
    TooLarge {
        /// Inputs of the layer.
        inputs: usize,
        /// Outputs of the layer.
        outputs: usize,
    },
}

/// Refuses sizes of 0 and matrices that could never be allocated.
pub(crate) fn check_matrix(what: &str, inputs: usize, outputs: usize) -> Result<(), ModelError> {
    if inputs == 0 || outputs == 0 {
        return Err(ModelError::ZeroSize { what: what.to_owned() });
    }
    match inputs.checked_mul(outputs) {
        Some(entries) if entries <= 1 << 33 => Ok(()),
        _ => Err(ModelError::TooLarge { inputs, outputs }),
    }
}
