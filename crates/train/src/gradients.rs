//! The processing of gradients between the backward pass and the optimiser.

use serde::{Deserialize, Serialize};

use crate::TrainError;

/// The processing of gradients between the backward pass and the optimiser. Default: none.
///
/// The order is: mean over batches, clipping by value, by the norm of each parameter, by the norm
/// of all, and (in the optimiser) weight decay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientsConfig {
    /// Limit on the absolute value of each element, above 0; infinity disables it. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// Limit c on the norm of each parameter's gradient, above 0: `g := g min(1, c / (|g| +
    /// 1e-6))`. Infinity disables it. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_tensor_norm: Option<f64>,
    /// Limit c on the norm of all gradients together, above 0: `g := g min(1, c / (|g| + 1e-6))`,
    /// where |g| is the Euclidean norm over all parameters (Pascanu 2013, algorithm 1; PyTorch's
    /// `clip_grad_norm_`). Infinity disables it. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Number of batches whose mean gradient makes one update, 1 to 10000. The mean is weighted as
    /// the batches are in the loss, so it equals the gradient of one batch of all their samples.
    /// The remaining batches of an epoch make a last, smaller update. (Batch normalisation still
    /// uses each batch alone.) Default: 1.
    pub accumulate: usize,
}

impl Default for GradientsConfig {
    fn default() -> Self {
        Self { clip_value: None, clip_tensor_norm: None, clip_norm: None, accumulate: 1 }
    }
}

impl GradientsConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] with the name of the setting, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        for (key, clip) in [
            ("gradients.clip_value", self.clip_value),
            ("gradients.clip_tensor_norm", self.clip_tensor_norm),
            ("gradients.clip_norm", self.clip_norm),
        ] {
            if let Some(clip) = clip.filter(|clip| clip.is_nan() || *clip as f32 <= 0.0) {
                return Err(TrainError::Setting {
                    key,
                    got: clip.to_string(),
                    expected: "a number above 0 (inf clips nothing)",
                });
            }
        }
        if !(1..=10_000).contains(&self.accumulate) {
            let got = self.accumulate.to_string();
            return Err(TrainError::Setting {
                key: "gradients.accumulate",
                got,
                expected: "1 to 10000 batches",
            });
        }
        Ok(())
    }

    /// Returns the number of updates in an epoch of this many batches.
    pub fn updates(&self, batches: usize) -> usize {
        batches.div_ceil(self.accumulate.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_refused() {
        let message = |text: &str| {
            serde_json::from_str::<GradientsConfig>(text)
                .unwrap()
                .validate()
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message(r#"{ "clip_norm": 0 }"#),
            "gradients.clip_norm is 0, expected a number above 0 (inf clips nothing)"
        );
        assert!(
            message(r#"{ "clip_tensor_norm": -2 }"#)
                .starts_with("gradients.clip_tensor_norm is -2, expected a number above 0")
        );
        assert!(message(r#"{ "clip_value": -1 }"#).starts_with("gradients.clip_value is -1"));
        assert!(message(r#"{ "clip_value": 1e-60 }"#).starts_with("gradients.clip_value is 0.000"));
        assert_eq!(
            message(r#"{ "accumulate": 0 }"#),
            "gradients.accumulate is 0, expected 1 to 10000 batches"
        );
        let all = GradientsConfig {
            clip_value: Some(f64::INFINITY),
            clip_norm: Some(1.0),
            accumulate: 10_000,
            ..GradientsConfig::default()
        };
        all.validate().unwrap();
        assert_eq!(
            (all.updates(10_001), all.updates(1), GradientsConfig::default().updates(7)),
            (2, 1, 7)
        );
    }
}
