//! Checks the standardisation of the training images.

use super::check::Check;

/// Statistics of the standardised training images.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardised {
    /// Mean of each channel, expected to be 0.
    pub mean: Vec<f64>,
    /// Standard deviation of each channel, expected to be 1.
    pub deviation: Vec<f64>,
    /// Constant channels, which carry no information.
    pub constant: Vec<usize>,
}

/// Tolerance of mean and standard deviation, since only some of the training images are used.
const FAR: f64 = 0.1;
/// Standard deviation below which a channel is constant.
const CONSTANT: f64 = 1e-6;

impl Standardised {
    /// Computes the statistics of standardised images, which are stored channel by channel.
    pub(super) fn of(values: &[f32], channels: usize, pixels: usize) -> Self {
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for channel in 0..channels {
            let of_channel = || {
                values
                    .chunks_exact(pixels.max(1))
                    .skip(channel)
                    .step_by(channels)
                    .flatten()
                    .map(|v| f64::from(*v))
            };
            let n = of_channel().count().max(1) as f64;
            let centre = of_channel().sum::<f64>() / n;
            mean.push(centre);
            deviation.push((of_channel().map(|v| (v - centre).powi(2)).sum::<f64>() / n).sqrt());
        }
        let constant = (0..channels).filter(|&channel| deviation[channel] < CONSTANT).collect();
        Self { mean, deviation, constant }
    }

    pub(super) fn check(&self) -> Check {
        // Adding 0 turns -0 into 0.
        let list = |values: &[f64]| {
            values
                .iter()
                .map(|v| format!("{:.2}", (v * 100.0).round() / 100.0 + 0.0))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let check = Check::good(
            "standardised",
            format!("mean {} (0), deviation {} (1)", list(&self.mean), list(&self.deviation)),
        );
        let off = |values: &[f64], expected: f64| {
            values.iter().any(|v| v.is_nan() || (v - expected).abs() > FAR)
        };
        if let Some(channel) = self.constant.first() {
            check.fault(format!(
                "channel {} is constant: the images have too many channels, or \
                are all of one colour",
                channel + 1
            ))
        } else if off(&self.mean, 0.0) || off(&self.deviation, 1.0) {
            check.fault(
                "the standardisation is not that of these images: measure it anew on the \
                training part alone",
            )
        } else {
            check
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;

    #[test]
    fn what_is_not_standardised_is_told() {
        // Two channels of two pixels, two images.
        let good = Standardised::of(&[-1.0, 1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 1.0], 2, 2);
        assert_eq!(
            (good.check().verdict, &good.mean[..], &good.deviation[..]),
            (Verdict::Good, &[0.0, 0.0][..], &[1.0, 1.0][..])
        );
        let raw = Standardised::of(&[0.0, 255.0, 1.0, -1.0, 255.0, 0.0, -1.0, 1.0], 2, 2).check();
        assert!(
            raw.verdict == Verdict::Fault && raw.advice.contains("not that of these images"),
            "{raw:?}"
        );
        let constant = Standardised::of(&[-1.0, 1.0, 0.5, 0.5, 1.0, -1.0, 0.5, 0.5], 2, 2).check();
        assert!(
            constant.verdict == Verdict::Fault
                && constant.advice.starts_with("channel 2 is constant"),
            "{constant:?}"
        );
        assert_eq!(Standardised::of(&[f32::NAN; 4], 1, 2).check().verdict, Verdict::Fault);
    }
}
