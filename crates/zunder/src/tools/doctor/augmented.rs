//! Checks the augmented training images.

use zunder_data::Standardisation;

use super::check::Check;

/// Statistics of augmented and standardised training images.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmented {
    /// Smallest and largest value.
    pub range: (f32, f32),
    /// Smallest and largest possible value: those of black and white.
    pub possible: (f32, f32),
    /// Number of values that are infinite or NaN.
    pub not_finite: usize,
    /// Whether any value differs from the original image.
    pub changes: bool,
    /// Whether there is a step that should change something.
    pub should_change: bool,
}

/// Amount by which rounding may exceed black and white.
const ROUNDING: f32 = 1e-3;

impl Augmented {
    /// Compares original and augmented images, which are stored channel by channel; a channel has
    /// `pixels` values.
    pub(super) fn of(
        plain: &[f32],
        augmented: &[f32],
        standardisation: &Standardisation,
        should_change: bool,
    ) -> Self {
        let ends = |values: &mut dyn Iterator<Item = f32>| {
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        let channels = || standardisation.mean.iter().zip(&standardisation.std);
        Self {
            range: ends(&mut augmented.iter().copied()),
            possible: (
                ends(&mut channels().map(|(mean, std)| -mean / std)).0,
                ends(&mut channels().map(|(mean, std)| (1.0 - mean) / std)).1,
            ),
            not_finite: augmented.iter().filter(|v| !v.is_finite()).count(),
            changes: plain != augmented,
            should_change,
        }
    }

    pub(super) fn check(&self, steps: &str) -> Check {
        let ((low, high), (least, most)) = (self.range, self.possible);
        let check = Check::good(
            "augmentation",
            format!("{steps}: values of {low:.2} to {high:.2} (black {least:.2}, white {most:.2})"),
        );
        if self.not_finite > 0 {
            return check.fault(format!(
                "{} values are infinite or NaN: leave out steps until they are gone, see \
                 `preview --each`",
                self.not_finite
            ));
        }
        if low < least - ROUNDING || high > most + ROUNDING {
            return check.fault(
                "values lie outside of black and white: the augmentation does not keep the range",
            );
        }
        if self.should_change && !self.changes {
            return check
                .warn("no image was changed: its steps are too weak or too rare to do anything");
        }
        check
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;

    #[test]
    fn values_that_cannot_be_are_told() {
        // Black is -2, white is 2.
        let standardisation = Standardisation { mean: vec![0.5], std: vec![0.25] };
        let check = |augmented: &[f32], should| {
            Augmented::of(&[0.0, 1.0], augmented, &standardisation, should).check("crop")
        };
        assert_eq!(check(&[-2.0, 2.0], true).verdict, Verdict::Good);
        assert_eq!(check(&[0.0, 1.0], false).verdict, Verdict::Good);
        let unchanged = check(&[0.0, 1.0], true);
        assert!(
            unchanged.verdict == Verdict::Warning
                && unchanged.advice.starts_with("no image was changed"),
            "{unchanged:?}"
        );
        let outside = check(&[0.0, 2.1], true);
        assert!(
            outside.verdict == Verdict::Fault
                && outside.advice.contains("outside of black and white"),
            "{outside:?}"
        );
        let broken = check(&[f32::NAN, f32::INFINITY], true);
        assert!(
            broken.verdict == Verdict::Fault && broken.advice.starts_with("2 values"),
            "{broken:?}"
        );
    }
}
