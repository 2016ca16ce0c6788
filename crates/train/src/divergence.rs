//! What to do if the loss is infinite or NaN.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::TrainError;

/// What to do if the loss is infinite or NaN. In a configuration a table, `name` with its settings,
/// or the name alone. Default: stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum OnNan {
    /// Ends the training with [`TrainError::Diverged`](crate::TrainError::Diverged). The last
    /// checkpoint is kept.
    Stop {},
    /// Returns to the end of the last finished epoch (or to the start) and continues with half the
    /// learning rate.
    Rollback(RollbackConfig),
}

/// The settings of [`OnNan::Rollback`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RollbackConfig {
    /// Limit on the rollbacks of a training, 1 to 20; then it stops. Default: 3.
    pub most: usize,
}

impl Default for OnNan {
    fn default() -> Self {
        Self::Stop {}
    }
}

impl Default for RollbackConfig {
    fn default() -> Self {
        Self { most: 3 }
    }
}

impl OnNan {
    /// Returns the name in configurations.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stop {} => "stop",
            Self::Rollback(_) => "rollback",
        }
    }

    /// Returns the limit on the rollbacks of a training.
    pub const fn most(&self) -> usize {
        match self {
            Self::Stop {} => 0,
            Self::Rollback(config) => config.most,
        }
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] for a number out of range.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Rollback(RollbackConfig { most }) if !(1..=20).contains(most) => {
                Err(TrainError::Setting {
                    key: "on_nan.most",
                    got: most.to_string(),
                    expected: "1 to 20 rollbacks",
                })
            }
            _ => Ok(()),
        }
    }
}

/// A loss that is infinite or NaN.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Divergence {
    /// Value of the loss.
    pub loss: f64,
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Step within the epoch, counted from 1; `None` for the validation after it.
    pub step: Option<usize>,
    /// Learning rate of that step, or of the last step of the epoch.
    pub learning_rate: f64,
    /// Layers with their largest gradient, in descending order, in the last update before (or the
    /// one before that if the last one's are not finite). Empty before the first update.
    pub gradients: Vec<(String, f32)>,
    /// Number of rollbacks before.
    pub rollbacks: usize,
}

/// Number of layers in a message.
const NAMED: usize = 5;

impl Divergence {
    /// Returns a hint that says what to do about the divergence.
    pub fn hint(&self) -> &'static str {
        match (self.gradients.is_empty(), self.rollbacks) {
            (true, _) => {
                "this is the first update: look for infinite or NaN values in the data, and \
                 lower the learning rate, for instance to a tenth"
            }
            (_, 0) => {
                "lower the learning rate, for instance to a tenth; or warm it up \
                 (schedule.warmup_epochs = 1), clip gradients (gradients.clip_norm = 1), or let \
                 on_nan = \"rollback\" halve it"
            }
            _ => {
                "halving the learning rate did not help: start with a hundredth of it, clip \
                 gradients (gradients.clip_norm = 1), look at the data, or use a smaller model"
            }
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { loss, epoch, learning_rate, .. } = self;
        let (kind, at) = match self.step {
            Some(step) => ("loss", format!("at step {step} of epoch {epoch}")),
            None => ("validation loss", format!("after epoch {epoch}")),
        };
        write!(
            f,
            "the {kind} is {loss} {at} (learning rate {learning_rate}), expected a finite number"
        )?;
        if self.rollbacks > 0 {
            write!(
                f,
                ", after {} rollback{}",
                self.rollbacks,
                if self.rollbacks == 1 { "" } else { "s" }
            )?;
        }
        for (i, (layer, largest)) in self.gradients.iter().take(NAMED).enumerate() {
            let before =
                if i == 0 { "; the largest gradients of the update before: " } else { ", " };
            write!(f, "{before}{layer} {largest:.1e}")?;
        }
        match self.gradients.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} smaller"),
        }
    }
}

/// A return to the last checkpoint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rollback {
    /// Reason of the rollback.
    pub divergence: Divergence,
    /// Last finished epoch, after which the training continues; 0 for its start.
    pub epoch: usize,
    /// Number of this rollback, counted from 1.
    pub number: usize,
    /// Limit on the rollbacks.
    pub most: usize,
}

impl Rollback {
    /// Returns the factor of all learning rates after a number of rollbacks.
    pub(crate) fn factor(rollbacks: usize) -> f64 {
        0.5_f64.powi(rollbacks.min(1000) as i32)
    }
}

impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { divergence, epoch, number, most } = self;
        let back =
            if *epoch == 0 { "the start".to_owned() } else { format!("the end of epoch {epoch}") };
        write!(
            f,
            "{divergence}: back to {back}, with half the learning rate (rollback {number} of \
             {most})"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_where_and_how() {
        let gradients =
            ["d", "c", "b", "a", "e", "f"].map(|layer| (layer.to_owned(), 2.5e12)).to_vec();
        let mut divergence = Divergence {
            loss: f64::NAN,
            epoch: 3,
            step: Some(5),
            learning_rate: 0.5,
            gradients,
            rollbacks: 0,
        };
        assert_eq!(
            divergence.to_string(),
            "the loss is NaN at step 5 of epoch 3 (learning rate 0.5), expected a finite number; \
             the largest gradients of the update before: d 2.5e12, c 2.5e12, b 2.5e12, a 2.5e12, e \
             2.5e12 and 1 smaller"
        );
        (divergence.step, divergence.rollbacks, divergence.loss) = (None, 1, f64::INFINITY);
        divergence.gradients.truncate(1);
        let rollback = Rollback { divergence, epoch: 2, number: 2, most: 3 };
        assert_eq!(
            rollback.to_string(),
            "the validation loss is inf after epoch 3 (learning rate 0.5), expected a finite \
             number, after 1 rollback; the largest gradients of the update before: d 2.5e12: \
             back to the end of epoch 2, with half the learning rate (rollback 2 of 3)"
        );
    }

    #[test]
    fn settings_are_read_and_checked() {
        let read = |text: &str| serde_json::from_str::<OnNan>(text);
        assert_eq!(read(r#"{ "name": "rollback" }"#).unwrap().most(), 3);
        assert_eq!(read(r#"{ "name": "stop" }"#).unwrap().most(), 0);
        assert!(read(r#"{ "name": "stop", "most": 3 }"#).is_err());
        let error = read(r#"{ "name": "rollback", "most": 0 }"#).unwrap().validate().unwrap_err();
        assert_eq!(error.to_string(), "on_nan.most is 0, expected 1 to 20 rollbacks");
    }
}
