//! Tone curves of gamma corrections, as tables.

/// The number of exponents to draw from.
const CURVES: usize = 64;

/// Tone curves `255 (v / 255)^exponent` for 64 exponents, evenly spaced on a logarithmic scale,
/// each as a table over the 256 levels.
///
/// Between two levels the curve is interpolated linearly: a tenth of the cost of a power, and exact
/// at every level.
#[derive(Clone, PartialEq)]
pub(crate) struct ToneCurves(Vec<[f32; 257]>);

impl ToneCurves {
    /// Creates the curves of exponents between the two.
    pub(crate) fn new(exponents: [f32; 2]) -> Self {
        let [low, high] = exponents.map(|bound| libm::log(f64::from(bound)));
        let exponent = |i: usize| libm::exp(low + (high - low) * i as f64 / (CURVES - 1) as f64);
        Self((0..CURVES).map(|i| curve(exponent(i))).collect())
    }

    /// Returns the number of curves.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Applies one of the curves to values of 0 to 255.
    pub(crate) fn apply(&self, i: usize, values: &mut [f32]) {
        let curve = &self.0[i];
        for value in values {
            let level = (*value as usize).min(255);
            *value = curve[level] + (*value - level as f32) * (curve[level + 1] - curve[level]);
        }
    }
}

impl std::fmt::Debug for ToneCurves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ToneCurves({})", self.len())
    }
}

/// `255 (v / 255)^exponent` for each level. The last one occurs twice, so that each level has a
/// next one.
fn curve(exponent: f64) -> [f32; 257] {
    std::array::from_fn(|level| (255.0 * libm::pow(level.min(255) as f64 / 255.0, exponent)) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_powers_from_the_least_exponent_to_the_most() {
        let curves = ToneCurves::new([0.5, 2.0]);
        let bent = |i, v| {
            let mut values = [v];
            curves.apply(i, &mut values);
            values[0]
        };
        for v in [0.0_f32, 1.0, 64.0, 200.0, 255.0] {
            assert!((bent(0, v) - 255.0 * (v / 255.0).sqrt()).abs() < 1e-3, "{v}");
            assert!((bent(63, v) - v * v / 255.0).abs() < 1e-3, "{v}");
        }
        assert!((bent(63, 100.5) - (100.0 * 100.0 + 101.0 * 101.0) / 510.0).abs() < 1e-3);
        assert!((bent(31, 80.0) - bent(32, 80.0)).abs() < 3.0); // the middle is near 1
        assert!((bent(31, 80.0) - 80.0).abs() < 2.0);
    }
}
