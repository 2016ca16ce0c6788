//! Weight decay, coupled to the gradient or decoupled from it.

use super::check::{check, not_negative};
use crate::TrainError;
use crate::parameters::is_weight;

/// The settings of the weight decay of an optimiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WeightDecay {
    /// Value of the setting `weight_decay`.
    pub strength: f64,
    /// Whether it acts on the weights directly instead of through the gradient of a penalty.
    pub decoupled: bool,
    /// Whether biases and norms decay too.
    pub all: bool,
}

impl WeightDecay {
    pub(super) fn validate(self) -> Result<(), TrainError> {
        check(
            "optimizer.weight_decay",
            self.strength,
            not_negative(self.strength),
            "a finite number of at least 0",
        )
    }

    /// Returns true if a parameter of this rank decays.
    pub(crate) const fn reaches(self, rank: usize) -> bool {
        self.all || is_weight(rank)
    }

    /// Returns the weight decay of a tensor of this rank in an update at a learning rate.
    pub(super) fn at(self, rate: f64, rank: usize) -> Decay {
        let strength = if self.reaches(rank) { self.strength } else { 0.0 };
        if self.decoupled {
            Decay { coupled: 0.0, shrink: (1.0 - rate * strength) as f32 }
        } else {
            Decay { coupled: strength as f32, shrink: 1.0 }
        }
    }
}

/// Weight decay in one update: the gradient becomes `g + coupled * w`, and w becomes `shrink * w`.
/// The optimiser's own rule follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decay {
    pub coupled: f32,
    pub shrink: f32,
}
