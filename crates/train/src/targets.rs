//! The targets of a batch: classes, or distributions over the classes.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::TrainError;

/// What a model should answer for a batch.
#[derive(Clone, Debug)]
pub enum Targets {
    /// One class for each sample, `[N]`, 0 to C - 1.
    Classes(Tensor<1, Int>),
    /// A distribution over the classes for each sample (soft labels), `[N, C]`, each row with the
    /// sum 1.
    Soft(Tensor<2>),
}

/// The sum of a distribution may be off by its values' rounding.
const ROUNDING: f32 = 1e-3;

impl Targets {
    /// The share of each class in each sample, `[N, classes]`: of a class 1 for it and 0 for the
    /// others.
    pub fn shares(self, classes: usize) -> Tensor<2> {
        match self {
            Self::Classes(labels) => one_hot(labels, classes),
            Self::Soft(shares) => shares,
        }
    }

    /// The targets of a batch on the device, each checked: a backend may read out of bounds, or
    /// panic, otherwise.
    ///
    /// # Errors
    /// [`TrainError::Label`] for a label without a score, [`TrainError::SoftLabels`] for soft
    /// labels that are no distributions over the classes.
    pub(crate) fn new(
        labels: &[u32],
        soft: Option<&[f32]>,
        classes: usize,
        part: &'static str,
        device: &Device,
    ) -> Result<Self, TrainError> {
        if let Some(&label) = labels.iter().find(|l| **l as usize >= classes) {
            return Err(TrainError::Label { part, label, classes });
        }
        let Some(soft) = soft else {
            let values: Vec<i32> = labels.iter().map(|l| *l as i32).collect();
            return Ok(Self::Classes(Tensor::from_data(
                TensorData::new(values, [labels.len()]),
                device,
            )));
        };
        let refuse = |problem: String| Err(TrainError::SoftLabels { part, problem });
        if soft.len() != labels.len() * classes {
            return refuse(format!(
                "{} values, expected {} for {} samples of {classes} classes",
                soft.len(),
                labels.len() * classes,
                labels.len()
            ));
        }
        if let Some(row) = soft.chunks_exact(classes.max(1)).find(|row| !is_distribution(row)) {
            return refuse(format!("the row {row:?}, expected values of 0 to 1 with the sum 1"));
        }
        Ok(Self::Soft(Tensor::from_data(
            TensorData::new(soft.to_vec(), [labels.len(), classes]),
            device,
        )))
    }
}

/// Row y: the distribution that is all in class y.
pub(crate) fn one_hot(labels: Tensor<1, Int>, classes: usize) -> Tensor<2> {
    Tensor::eye(classes, &labels.device()).select(0, labels)
}

fn is_distribution(row: &[f32]) -> bool {
    row.iter().all(|share| (0.0..=1.0 + ROUNDING).contains(share))
        && (row.iter().sum::<f32>() - 1.0).abs() <= ROUNDING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_loss_can_take_is_refused() {
        let device = Device::flex();
        let message = |labels: &[u32], soft: Option<&[f32]>| {
            Targets::new(labels, soft, 2, "training", &device).unwrap_err().to_string()
        };
        assert_eq!(
            message(&[0, 2], None),
            "a training image has the label 2, expected one of the model's 2 classes (0 to 1)"
        );
        assert_eq!(
            message(&[0], Some(&[1.0])),
            "the soft labels of a training batch have 1 values, expected 2 for 1 samples of 2 \
             classes"
        );
        for row in [[0.5, 0.6], [-0.5, 1.5], [f32::NAN, 1.0]] {
            let expected = format!(
                "the soft labels of a training batch have the row {row:?}, expected values of 0 to \
                 1 with the sum 1"
            );
            assert_eq!(message(&[0], Some(&row)), expected);
        }
        assert!(Targets::new(&[1], Some(&[0.3, 0.7]), 2, "training", &device).is_ok());
    }
}
