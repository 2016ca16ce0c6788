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

use serde::{Deserialize, Serialize};

use crate::TrainError;
use cost::Cost;

/// The function that training minimises: the mean over the batch of what each sample's scores
/// `s_1 ... s_C` cost, given its class y. Default: softmax cross-entropy.
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
/// **Binary losses** take a task of two classes and read the model's two scores as one,
/// `s = s_1 - s_0`, with y = +1 for class 1 and -1 for class 0; so they train any model, and the
/// class of the higher score is the sign of s. (They are then `hinge` and `cross-entropy` on two
/// scores.) Another number of classes is refused.
///
/// On devices other than the CPU backend `flex`, mixed samples of `hinge` and `squared-hinge` take
/// N C^2 numbers of memory.
///
/// **Means.** Over the samples, not over the classes, and without a factor of 1/2: PyTorch's
/// `MultiMarginLoss` and `MSELoss` are these divided by C. With class weights see [`ClassWeights`].
///
/// **Evaluation** goes by the [`plain`](Self::plain) loss: a validation loss is the mean over the
/// samples, without label smoothing and class weights, whatever training minimised.
///
/// All are finite, with finite gradients, for scores of ±10^4. At a kink of a hinge the gradient is
/// that of its flat side.
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
    /// The multi-class hinge loss (lecture 6a.3, "Hinge-Loss für mehrere Klassen"): each wrong
    /// class should be lower by 1.
    Hinge {
        /// How much each class counts. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The hinge loss with its terms squared: smooth where a margin is just met, and stricter where
    /// it is missed by more than 1 (Tang 2013, "Deep Learning using Linear Support Vector
    /// Machines").
    SquaredHinge {
        /// How much each class counts. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The hinge loss of two classes (lecture 6a.1, "Scharnier-Verlust").
    BinaryHinge {
        /// How much each class counts. Default: none.
        #[serde(default)]
        class_weights: ClassWeights,
    },
    /// The logistic loss of two classes: the negative log-likelihood if `1 / (1 + exp(-s))` is the
    /// probability of class 1.
    Logistic {
        /// How much each class counts. Default: none.
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
    /// Which share e of each target goes to all classes alike: `(1 - e) p_k + e / C` stands for
    /// `p_k`, of hard and of mixed samples (Szegedy 2016, section 7). In 0 <= e < 1. Default: 0.
    ///
    /// With class weights, each of these parts counts with its own class's weight, and the divisor
    /// is that of the targets before smoothing, as in PyTorch.
    pub label_smoothing: f64,
    /// How much each class counts. Default: none.
    pub class_weights: ClassWeights,
}

impl Default for Loss {
    fn default() -> Self {
        Self::CrossEntropy(CrossEntropyConfig::default())
    }
}

impl Loss {
    /// The name in configurations.
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

    /// Whether the softmax of scores that were trained by this loss estimates probabilities: after
    /// cross-entropy and the logistic loss it does. After a hinge loss or a squared error only the
    /// order of the scores and their distances mean something.
    pub const fn gives_probabilities(&self) -> bool {
        matches!(self, Self::CrossEntropy(_) | Self::Logistic { .. })
    }

    /// The setting, of the losses that have it.
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
    /// [`TrainError::Setting`] with the setting's name, its value and its range.
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

    /// The loss for a training part with this many samples of each class:
    /// [balanced](ClassWeights::Balanced) class weights become numbers.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for a binary loss with another number of classes than 2, and for
    /// class weights that do not fit.
    pub fn resolve(&self, counts: &[usize]) -> Result<Self, TrainError> {
        let resolved = match self.class_weights() {
            Some(weights) => self.with_class_weights(weights.resolve(counts)?),
            None => self.clone(),
        };
        resolved.check(counts.len())?;
        Ok(resolved)
    }

    /// The same loss without label smoothing and class weights: what evaluation reports.
    #[must_use]
    pub fn plain(&self) -> Self {
        match self {
            Self::CrossEntropy(_) => Self::default(),
            other => other.with_class_weights(ClassWeights::None),
        }
    }

    /// The plain loss of a model that has learned nothing: of the best scores that do not depend on
    /// the sample, where all classes are equally frequent. ln C for the cross-entropy, C - 1 for
    /// the hinge and its square, 1 - 1/C for the squared error.
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

    /// The same loss with other class weights, if it has any.
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
