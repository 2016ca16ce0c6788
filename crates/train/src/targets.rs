//! The targets of a batch: classes, or distributions over the classes.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::TrainError;

/// The targets of a batch.
#[derive(Clone, Debug)]
pub enum Targets {
    /// A class for each sample, `[N]`, 0 to C - 1.
    Classes(Tensor<1, Int>),
    /// A distribution over the classes for each sample (soft labels), `[N, C]`; each row has the
    /// sum 1.
    Soft(Tensor<2>),
}

/// Tolerance of the sum of a distribution, for the rounding of its values.
const ROUNDING: f32 = 1e-3;

impl Targets {
    /// Returns the share of each class in each sample, `[N, classes]`; one-hot rows for classes.
    pub fn shares(self, classes: usize) -> Tensor<2> {
        match self {
            Self::Classes(labels) => one_hot(labels, classes),
            Self::Soft(shares) => shares,
        }
    }

    /// Creates the targets of a batch on the device. Checks all values, since a backend may
    /// otherwise read out of bounds or panic.
    ///
    /// # Errors
    /// Returns [`TrainError::Label`] for a label without a score, and [`TrainError::SoftLabels`] if
    /// soft labels are not distributions over the classes.
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

/// Returns one-hot rows: row y is 1 in column y and 0 elsewhere.
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
