//! Loss functions.

mod class_weights;
mod cost;
#[cfg(feature = "flex")]
mod flex;
mod forward;
mod function;
#[cfg(feature = "flex")]
mod row;
#[cfg(feature = "flex")]
mod rows;

pub use class_weights::ClassWeights;
pub use function::LossFunction;
pub(crate) use function::one_number;

use serde::{Deserialize, Serialize};

use crate::TrainError;
use cost::Cost;

/// The function that training minimises: the mean over the batch of the loss of each sample, given
/// its scores `s_1 ... s_C` and its class y. Default: softmax cross-entropy.
///
/// | name | loss of a sample | class weights | mixed samples (shares `p_k`) |
/// |---|---|---|---|
/// | `cross-entropy` | `-ln( exp(s_y) / sum_j exp(s_j) )` | yes | `sum_k p_k L(s, k)` |
/// | `hinge` | `sum_{j != y} max(0, s_j - s_y + 1)` | yes | `sum_k p_k L(s, k)` |
/// | `squared-hinge` | `sum_{j != y} max(0, s_j - s_y + 1)^2` | yes | `sum_k p_k L(s, k)` |
/// | `binary-hinge` | `max(0, 1 - y s)`, y = ±1 | yes | `sum_k p_k L(s, k)` |
/// | `logistic` | `ln(1 + exp(-y s))`, y = ±1 | yes | `sum_k p_k L(s, k)` |
/// | `squared-error` | `sum_k (s_k - t_k)^2`, t the one-hot y | no | t = p |
///
/// **Binary losses** require two classes and reduce the model's two scores to one, `s = s_1 - s_0`,
/// with y = +1 for class 1 and -1 for class 0. So they train any model, and the class with the
/// higher score is given by the sign of s. (They equal `hinge` and `cross-entropy` on two scores.)
/// Any other number of classes is an error.
///
/// On devices other than the CPU backend `flex`, mixed samples need N C^2 numbers of memory for
/// `hinge` and `squared-hinge`.
///
/// **Means** are taken over the samples, not over the classes, and without a factor of 1/2:
/// PyTorch's `MultiMarginLoss` and `MSELoss` are these divided by C. For class weights see
/// [`ClassWeights`].
///
/// **Evaluation** uses the [`plain`](Self::plain) loss: a validation loss is the mean over the
/// samples, without label smoothing and class weights, whichever loss training minimises.
///
/// All losses and their gradients are finite for scores of ±10^4. At the kink of a hinge loss the
/// gradient is that of the constant side.
///
/// ```
/// use zunder_train::{ClassWeights, CrossEntropyConfig, Loss};
/// let loss = r#"{ "name": "cross-entropy", "label_smoothing": 0.1 }"#;
/// let loss: Loss = serde_json::from_str(loss)?;
/// let class_weights = ClassWeights::None;
/// let expected = CrossEntropyConfig { label_smoothing: 0.1, class_weights };
/// assert_eq!(loss, Loss::CrossEntropy(expected));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Loss {
    /// Cross-entropy of the softmax of the scores (lecture 6a.3, "Kreuzentropie als
    /// Verlustfunktion").
    CrossEntropy(CrossEntropyConfig),
    /// The multi-class hinge loss (lecture 6a.3, "Hinge-Loss für mehrere Klassen"): the score of
    /// each wrong class should be lower by at least 1.
    Hinge {
        /// Weights of the classes. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The hinge loss with squared terms: differentiable where a margin is exactly met, and larger
    /// where it is missed by more than 1 (Tang 2013, "Deep Learning using Linear Support Vector
    /// Machines").
    SquaredHinge {
        /// Weights of the classes. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The hinge loss of two classes (lecture 6a.1, "Scharnier-Verlust").
    BinaryHinge {
        /// Weights of the classes. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The logistic loss of two classes: the negative log-likelihood if `1 / (1 + exp(-s))` is the
    /// probability of class 1.
    Logistic {
        /// Weights of the classes. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The squared error (lecture 6a.1, "Gauß-Verlust") against 1 for the class and 0 for the
    /// others.
    SquaredError {},
}

/// Settings of the cross-entropy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossEntropyConfig {
    /// Share e of each target that is spread evenly over all classes, 0 <= e < 1:
    /// `(1 - e) p_k + e / C` replaces `p_k`, for hard and for mixed samples (Szegedy 2016,
    /// section 7). Default: 0.
    ///
    /// With class weights, each part of a smoothed target has the weight of its own class, and the
    /// divisor uses the targets before smoothing, as in PyTorch.
    pub label_smoothing: f64,
    /// Weights of the classes. Default: none.
    pub class_weights: ClassWeights,
}

impl Default for Loss {
    fn default() -> Self {
        Self::CrossEntropy(CrossEntropyConfig::default())
    }
}

impl Loss {
    /// Returns the name in configurations.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CrossEntropy(_) => "cross-entropy",
            Self::Hinge { .. } => "hinge",
            Self::SquaredHinge { .. } => "squared-hinge",
            Self::BinaryHinge { .. } => "binary-hinge",
            Self::Logistic { .. } => "logistic",
            Self::SquaredError {} => "squared-error",
        }
    }

    /// Returns true if the softmax of scores trained with this loss estimates probabilities, as for
    /// cross-entropy and the logistic loss. After training with a hinge loss or the squared error,
    /// only the order and the distances of the scores are meaningful.
    pub const fn gives_probabilities(&self) -> bool {
        matches!(self, Self::CrossEntropy(_) | Self::Logistic { .. })
    }

    /// Returns the class weights, if the loss has this setting.
    pub const fn class_weights(&self) -> Option<&ClassWeights> {
        match self {
            Self::CrossEntropy(CrossEntropyConfig { class_weights, .. })
            | Self::Hinge { class_weights }
            | Self::SquaredHinge { class_weights }
            | Self::BinaryHinge { class_weights }
            | Self::Logistic { class_weights } => Some(class_weights),
            Self::SquaredError {} => None,
        }
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        let e = self.label_smoothing();
        if !(0.0..1.0).contains(&(e as f32)) {
            return Err(TrainError::Setting {
                key: "loss.label_smoothing",
                got: e.to_string(),
                expected: "a number in 0 <= e < 1",
            });
        }
        self.class_weights().map_or(Ok(()), ClassWeights::validate)
    }

    /// Returns the loss for a training part with these numbers of samples of each class: replaces
    /// [balanced](ClassWeights::Balanced) class weights by numbers.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] if a binary loss gets a number of classes other than 2, or
    /// if the class weights do not match the classes.
    pub fn resolve(&self, counts: &[usize]) -> Result<Self, TrainError> {
        let resolved = match self.class_weights() {
            Some(weights) => self.with_class_weights(weights.resolve(counts)?),
            None => self.clone(),
        };
        resolved.check(counts.len())?;
        Ok(resolved)
    }

    /// Returns the loss without label smoothing and class weights, which evaluation reports.
    #[must_use]
    pub fn plain(&self) -> Self {
        match self {
            Self::CrossEntropy(_) => Self::default(),
            other => other.with_class_weights(ClassWeights::None),
        }
    }

    /// Returns the plain loss of an untrained model: the smallest loss of scores that do not depend
    /// on the sample, if all classes are equally frequent. ln C for the cross-entropy, C - 1 for
    /// the hinge loss and its square, 1 - 1/C for the squared error.
    pub fn chance(&self, classes: usize) -> f64 {
        let c = classes as f64;
        match self.cost() {
            Cost::CrossEntropy => c.ln(),
            Cost::Hinge | Cost::SquaredHinge => c - 1.0,
            Cost::SquaredError => 1.0 - 1.0 / c,
        }
    }

    fn check(&self, classes: usize) -> Result<(), TrainError> {
        if matches!(self, Self::BinaryHinge { .. } | Self::Logistic { .. }) && classes != 2 {
            let got = format!("{} for {classes} classes", self.name());
            let expected =
                "two classes, or one of cross-entropy, hinge, squared-hinge, squared-error";
            return Err(TrainError::Setting { key: "loss.name", got, expected });
        }
        Ok(())
    }

    const fn cost(&self) -> Cost {
        match self {
            Self::CrossEntropy(_) | Self::Logistic { .. } => Cost::CrossEntropy,
            Self::Hinge { .. } | Self::BinaryHinge { .. } => Cost::Hinge,
            Self::SquaredHinge { .. } => Cost::SquaredHinge,
            Self::SquaredError {} => Cost::SquaredError,
        }
    }

    const fn label_smoothing(&self) -> f64 {
        if let Self::CrossEntropy(config) = self { config.label_smoothing } else { 0.0 }
    }

    /// Returns the loss with other class weights, if it has any.
    fn with_class_weights(&self, class_weights: ClassWeights) -> Self {
        match self {
            Self::CrossEntropy(config) => {
                Self::CrossEntropy(CrossEntropyConfig { class_weights, ..config.clone() })
            }
            Self::Hinge { .. } => Self::Hinge { class_weights },
            Self::SquaredHinge { .. } => Self::SquaredHinge { class_weights },
            Self::BinaryHinge { .. } => Self::BinaryHinge { class_weights },
            Self::Logistic { .. } => Self::Logistic { class_weights },
            Self::SquaredError {} => Self::SquaredError {},
        }
    }
}
