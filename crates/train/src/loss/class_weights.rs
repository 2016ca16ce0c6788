//! Weights of the classes in the loss.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::TrainError;

/// The weights of the classes in the loss. In configurations `"none"`, `"balanced"` or a list of
/// numbers. Default: none.
///
/// With weights w the loss of a batch is the weighted mean `sum_i w_{y_i} L_i / sum_i w_{y_i}`, as
/// in PyTorch; only the ratios of the weights matter. For a mixed sample with the shares `p_{i,k}`,
/// both sums use `sum_k p_{i,k} w_k` instead of `w_{y_i}`. (PyTorch divides by N there.)
///
/// ```
/// use zunder_train::ClassWeights;
/// let balanced = ClassWeights::Balanced.resolve(&[90, 10])?;
/// assert_eq!(balanced, ClassWeights::Values(vec![100.0 / 180.0, 5.0]));
/// # Ok::<(), zunder_train::TrainError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ClassWeights {
    /// All samples have the same weight.
    #[default]
    None,
    /// All classes have the same total weight: `w_c = N / (C n_c)`, where `n_c` of the N training
    /// samples are of class c; scikit-learn's "balanced".
    Balanced,
    /// One number for each class, 0.000001 to 1000000.
    Values(Vec<f64>),
}

/// Wide enough for any imbalance, narrow enough for sums in 32 bits.
const RANGE: std::ops::RangeInclusive<f64> = 1e-6..=1e6;
const KEY: &str = "loss.class_weights";

impl ClassWeights {
    /// Returns the weights as numbers, for a training part with these numbers of samples of each
    /// class; `None` stays `None`.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] if a class has no sample and the weights are balanced, if
    /// the number of weights is not that of the classes, or if a weight is out of range.
    pub fn resolve(&self, counts: &[usize]) -> Result<Self, TrainError> {
        let resolved = match self {
            Self::Balanced => {
                if let Some(class) = counts.iter().position(|n| *n == 0) {
                    let got = format!("balanced, and class {class} has no training image");
                    return Err(setting(
                        got,
                        "at least one training image of each class, or a list of weights",
                    ));
                }
                let n: usize = counts.iter().sum();
                Self::Values(
                    counts.iter().map(|c| n as f64 / (counts.len() as f64 * *c as f64)).collect(),
                )
            }
            other => other.clone(),
        };
        resolved.validate()?;
        resolved.values(counts.len())?;
        Ok(resolved)
    }

    pub(super) fn validate(&self) -> Result<(), TrainError> {
        let Self::Values(values) = self else { return Ok(()) };
        match values.iter().find(|w| !RANGE.contains(*w)) {
            Some(weight) => Err(setting(
                format!("{values:?}, with the weight {weight}"),
                "weights of 0.000001 to 1000000",
            )),
            None => Ok(()),
        }
    }

    /// Returns one number for each class; `None` if all classes have the same weight.
    pub(super) fn values(&self, classes: usize) -> Result<Option<&[f64]>, TrainError> {
        match self {
            Self::None => Ok(None),
            Self::Balanced => Err(setting(
                "balanced".to_owned(),
                "numbers here: Loss::resolve makes them from the training part's counts",
            )),
            Self::Values(values) if values.len() == classes => Ok(Some(values)),
            Self::Values(values) => Err(setting(
                format!("{} numbers for {classes} classes", values.len()),
                "as many numbers as there are classes",
            )),
        }
    }
}

fn setting(got: String, expected: &'static str) -> TrainError {
    TrainError::Setting { key: KEY, got, expected }
}

impl Serialize for ClassWeights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Balanced => serializer.serialize_str("balanced"),
            Self::Values(values) => values.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ClassWeights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = ClassWeights;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("class_weights of none, balanced, or a list of numbers, one for each class")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<ClassWeights, E> {
        match word {
            "none" => Ok(ClassWeights::None),
            "balanced" => Ok(ClassWeights::Balanced),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<ClassWeights, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = numbers.next_element()? {
            values.push(value);
        }
        Ok(ClassWeights::Values(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.7: `compute_class_weight("balanced", classes=[0, 1, 2], y=[0]*5 + [1]*3 +
    /// [2]*2)`.
    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        let ClassWeights::Values(values) = ClassWeights::Balanced.resolve(&[5, 3, 2]).unwrap()
        else {
            panic!("numbers")
        };
        for (got, expected) in
            values.iter().zip([2.0 / 3.0, 1.111_111_111_111_111_2, 1.666_666_666_666_666_7])
        {
            assert!((got - expected).abs() < 1e-15, "{values:?}");
        }
        assert_eq!(ClassWeights::None.resolve(&[5, 0]).unwrap(), ClassWeights::None);
    }

    #[test]
    fn what_is_no_weighting_is_refused() {
        let message = |weights: &ClassWeights| weights.resolve(&[5, 0, 2]).unwrap_err().to_string();
        assert_eq!(
            message(&ClassWeights::Balanced),
            "loss.class_weights is balanced, and class 1 has no training image, expected at least \
             one training image of each class, or a list of weights"
        );
        let two = "loss.class_weights is 2 numbers for 3 classes, expected as many numbers as \
            there are classes";
        assert_eq!(message(&ClassWeights::Values(vec![1.0; 2])), two);
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e7] {
            let message = message(&ClassWeights::Values(vec![1.0, wrong, 1.0]));
            assert!(
                message.contains(&format!("with the weight {wrong}, expected weights of 0.000001")),
                "{message}"
            );
        }
    }

    #[test]
    fn words_and_lists_are_read() {
        let read = |text: &str| serde_json::from_str::<ClassWeights>(text);
        assert_eq!(read("\"none\"").unwrap(), ClassWeights::None);
        assert_eq!(read("\"balanced\"").unwrap(), ClassWeights::Balanced);
        assert_eq!(read("[1, 2.5]").unwrap(), ClassWeights::Values(vec![1.0, 2.5]));
        for wrong in ["\"equal\"", "3", "true", "[\"a\"]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(
            read("\"equal\"")
                .unwrap_err()
                .to_string()
                .contains("\"equal\", expected class_weights of none, balanced, or a list")
        );
        for weights in [ClassWeights::None, ClassWeights::Balanced, ClassWeights::Values(vec![0.5])]
        {
            assert_eq!(read(&serde_json::to_string(&weights).unwrap()).unwrap(), weights);
        }
    }
}
