//! The precision of the matrix products of a training step.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::ModelError;

/// The precision of the matrix products of a training step: of the weighted sums of the hidden
/// layers, and of the gradients of their weights and inputs. Default: 32 bits.
///
/// Weights, biases, normalisation, activations, the output layer, the loss and the update have 32
/// bits in either case, and so has a model in inference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// The factors are rounded to bfloat16, which has the range of 32 bits and 8 bits of precision
    /// instead of 24. Their products are exact, and the sums have 32 bits (Kalamkar et al. 2019, "A
    /// Study of BFLOAT16 for Deep Learning Training"). Layers of at most 16 units keep 32 bits.
    ///
    /// Products are about twice (AVX512-BF16) to several times (AMX) as fast on processors with
    /// instructions for it ([`is_fast`](Self::is_fast)). Other processors multiply the rounded
    /// factors in 32 bits, which takes somewhat longer than without rounding. They add in another
    /// order, and do not take numbers below 1.2e-38 as 0, so the last bits depend on the processor.
    /// Of Burn's backends, only `flex` computes it, with this crate's feature `flex`.
    Bf16,
}

impl Precision {
    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }

    /// Returns whether this is the default, which configurations leave out.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether the backend `flex` computes products of this precision by instructions of
    /// the processor. For bfloat16 these are AMX (Intel Xeon from Sapphire Rapids, 2023, on, with
    /// Linux) or AVX512-BF16 (AMD from Zen 4, 2022, on).
    ///
    /// ```
    /// assert!(zunder_models::Precision::F32.is_fast());
    /// ```
    pub fn is_fast(self) -> bool {
        match self {
            Self::F32 => true,
            #[cfg(feature = "flex")]
            Self::Bf16 => crate::bf16::is_fast(),
            #[cfg(not(feature = "flex"))]
            Self::Bf16 => false,
        }
    }

    /// Checks that training on a device has this precision. Without gradients it is not used.
    pub(crate) fn check(self, device: &Device) -> Result<(), ModelError> {
        if self == Self::F32 || !device.is_autodiff() {
            return Ok(());
        }
        #[cfg(feature = "flex")]
        if crate::flex::open(burn::tensor::Tensor::<1>::zeros([1], device)).is_ok() {
            return Ok(());
        }
        Err(ModelError::Precision { got: self.name(), device: format!("{device:?}") })
    }
}
