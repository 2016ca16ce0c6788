//! The result of the update of one parameter.

use burn::tensor::Tensor;

use super::magnitude::Magnitude;
use super::norms::UpdateNorms;

/// A parameter after its update.
pub(super) struct UpdatedParameter<const D: usize> {
    pub weight: Tensor<D>,
    pub magnitude: Magnitude,
    /// Of a measured update; the parameter's name is still to come.
    pub norms: Option<UpdateNorms>,
}
