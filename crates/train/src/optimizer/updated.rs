//! The result of the update of one parameter.

use burn::tensor::Tensor;

use super::magnitude::Magnitude;
use super::norms::UpdateNorms;

/// A parameter after its update.
pub(super) struct UpdatedParameter<const D: usize> {
    pub weight: Tensor<D>,
    pub magnitude: Magnitude,
    /// Norms of a measured update; the name of the parameter is set later.
    pub norms: Option<UpdateNorms>,
}
