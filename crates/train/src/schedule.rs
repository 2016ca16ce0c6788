use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How the learning rate changes over the updates (lecture 6a.3, "Anpassung der Lernrate"). A function of the update's number alone, so a checkpoint needs nothing of it.
///
/// ```
/// use zunder_train::Schedule;
/// assert_eq!(Schedule::Cosine.rate(0.1, 50, 100), 0.05);
/// assert_eq!(Schedule::Constant.rate(0.1, 50, 100), 0.1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Schedule {
    /// The base rate throughout.
    Constant,
    /// base * (1 + cos(pi k / T)) / 2: from the base rate to almost 0 over the whole training. Loshchilov and Hutter 2017, one cycle.
    #[default]
    Cosine,
}

impl Schedule {
    /// The learning rate of update `k` (from 0) of `total`.
    pub fn rate(self, base: f64, k: usize, total: usize) -> f64 {
        match self {
            Self::Constant => base,
            Self::Cosine => base * 0.5 * (1.0 + (PI * k.min(total) as f64 / total.max(1) as f64).cos()),
        }
    }

    /// The name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Cosine => "cosine",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_falls_from_the_base_rate_to_zero() {
        let rates: Vec<f64> = (0..=100).map(|k| Schedule::Cosine.rate(0.2, k, 100)).collect();
        assert_eq!((rates[0], rates[50]), (0.2, 0.1));
        assert!(rates[100].abs() < 1e-17);
        assert!(rates.windows(2).all(|w| w[1] < w[0]));
        // PyTorch's CosineAnnealingLR(lr 0.2, T_max 100) after 10 and 75 steps.
        assert!((rates[10] - 0.195_105_651_629_515_36).abs() < 1e-12);
        assert!((rates[75] - 0.029_289_321_881_345_254).abs() < 1e-12);
        assert!(Schedule::Cosine.rate(0.2, 500, 100).abs() < 1e-17, "stays at 0 after its end");
    }
}
