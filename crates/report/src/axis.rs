//! Axes of plots: ranges, ticks and labels.

use std::ops::Range;

/// An axis with few round ticks for any range.
#[derive(Clone)]
pub(crate) struct Axis {
    range: Range<f64>,
    step: f64,
    /// Whether the axis is logarithmic. Range and step are then those of the exponents of 10.
    powers: bool,
}

impl Axis {
    /// Returns an axis for the whole numbers `first` to `last`, such as epochs, with ticks at whole
    /// numbers.
    pub(crate) fn of_numbers(first: f64, last: f64) -> Self {
        Self::new(first - 0.5..last + 0.5, 1.0)
    }

    /// Returns an axis for the values, with margins above and below; 0..1 without values.
    pub(crate) fn of_values(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Self::new(0.0..1.0, 0.0);
        }
        let air = (0.06 * (high - low)).max(1e-3 * high.abs().max(low.abs())).max(1e-9);
        Self::new(low - air..high + air, 0.0)
    }

    /// Returns an axis for the values from 0 on, with a margin above; 0..1 if no value is above 0.
    pub(crate) fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let high = values.fold(0.0, f64::max);
        Self::new(0.0..if high > 0.0 { 1.06 * high } else { 1.0 }, 0.0)
    }

    /// As [`from_zero`](Self::from_zero) for counts, with ticks at whole numbers.
    pub(crate) fn of_counts(counts: impl Iterator<Item = f64>) -> Self {
        let axis = Self::from_zero(counts);
        Self { step: axis.step.max(1.0), ..axis }
    }

    /// Returns an axis from one value to another.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        Self::new(low..if high > low { high } else { low + 1.0 }, 0.0)
    }

    /// Returns a logarithmic axis between two values above 0.
    pub(crate) fn of_powers_between(low: f64, high: f64) -> Self {
        let axis = Self::of_powers([low, high].into_iter());
        Self { range: low.log10()..high.log10().max(low.log10() + 1e-3), ..axis }
    }

    /// Returns whether a value is within the axis.
    pub(crate) fn contains(&self, value: f64) -> bool {
        (-1e-9..=1.0 + 1e-9).contains(&self.position(value))
    }

    /// Returns an axis for shares, 0 to 1.
    pub(crate) fn of_shares() -> Self {
        Self { range: 0.0..1.0, step: 0.2, powers: false }
    }

    /// Returns a logarithmic axis for values above 0, from a power of ten to another; 0.1 to 1
    /// without values. Values of 0 or less are outside of it.
    pub(crate) fn of_powers(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .map(f64::log10)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let range =
            if low > high { -1.0..0.0 } else { low.floor()..high.ceil().max(low.floor() + 1.0) };
        let step = ((range.end - range.start) / 7.0).ceil().max(1.0);
        Self { range, step, powers: true }
    }

    /// The step is the smallest of 1, 2 or 5 times a power of ten that gives at most 8
    /// ticks and is at least `least`.
    fn new(range: Range<f64>, least: f64) -> Self {
        let rough = (range.end - range.start) / 7.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|m| m * power)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        Self { range, step: step.max(least), powers: false }
    }

    /// Returns the position of a value: 0 at the start of the axis and 1 at its end.
    pub(crate) fn position(&self, value: f64) -> f64 {
        let value = if self.powers { value.log10() } else { value };
        (value - self.range.start) / (self.range.end - self.range.start)
    }

    /// Returns the value, clamped to the axis.
    pub(crate) fn nearest(&self, value: f64) -> f64 {
        let place = |end: f64| if self.powers { 10_f64.powf(end) } else { end };
        value.clamp(place(self.range.start), place(self.range.end))
    }

    /// Returns the values to label, at most 8.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let first = (self.range.start / self.step).ceil();
        if self.powers && self.range.end - self.range.start < 3.0 {
            let ticks = self.multiples_of_powers(&[1.0, 2.0, 5.0]);
            // The labels of more would touch each other in a small plot.
            return if ticks.len() > 8 { self.multiples_of_powers(&[1.0, 5.0]) } else { ticks };
        }
        // Rounding may move the last tick beyond the end.
        let end = self.range.end + 1e-9 * self.step;
        let ticks = (0..8)
            .map(|i| (first + f64::from(i)) * self.step)
            .filter(|tick| (self.range.start..=end).contains(tick));
        ticks.map(|tick| if self.powers { 10_f64.powf(tick) } else { tick }).collect()
    }

    /// Returns the multiples of the powers of ten that are within a logarithmic axis of less than
    /// three powers.
    fn multiples_of_powers(&self, multiples: &[f64]) -> Vec<f64> {
        let powers = (0..4).map(|i| 10_f64.powf(self.range.start.floor() + f64::from(i)));
        let ticks = powers.flat_map(|power| multiples.iter().map(move |m| m * power));
        ticks.filter(|tick| self.contains(*tick)).collect()
    }

    /// Returns the label of a tick, with as many decimals as the step needs.
    pub(crate) fn label(&self, tick: f64) -> String {
        if self.powers {
            return if (0.009..9999.0).contains(&tick) {
                ((1e6 * tick).round() / 1e6).to_string()
            } else {
                format!("{tick:.0e}")
            };
        }
        if tick.abs() >= 1e6 || self.step < 1e-4 {
            return if tick == 0.0 { "0".to_owned() } else { format!("{tick:.1e}") };
        }
        if self.step >= 1.0 && tick >= 0.0 {
            return crate::format::count(tick as usize);
        }
        let decimals = (-self.step.log10().floor()).clamp(0.0, 4.0) as usize;
        // Adding 0.0 turns -0 into 0.
        format!("{:.decimals$}", tick + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> String {
        axis.ticks().iter().map(|tick| axis.label(*tick)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(labels(&Axis::of_numbers(1.0, 1.0)), "1");
        assert_eq!(labels(&Axis::of_numbers(1.0, 5.0)), "1 2 3 4 5");
        assert_eq!(labels(&Axis::of_numbers(1.0, 300.0)), "50 100 150 200 250 300");
        let of = |range| labels(&Axis::new(range, 0.0));
        assert_eq!(of(-0.1..2.4), "0.0 0.5 1.0 1.5 2.0");
        assert_eq!(of(0.9..0.955), "0.90 0.91 0.92 0.93 0.94 0.95");
        assert_eq!(of(0.0..3e9), "0 5.0e8 1.0e9 1.5e9 2.0e9 2.5e9 3.0e9");
        assert_eq!(labels(&Axis::of_shares()), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(&Axis::of_counts([2.0].into_iter())), "0 1 2");
        assert_eq!(labels(&Axis::of_counts([35_000.0].into_iter())), "0 10,000 20,000 30,000");
        assert_eq!(
            labels(&Axis::from_zero([1e-4].into_iter())),
            "0 2.0e-5 4.0e-5 6.0e-5 8.0e-5 1.0e-4"
        );
    }

    #[test]
    fn logarithmic_axes_have_powers_of_ten() {
        let axis = Axis::of_powers([3e-4, 2e-2].into_iter());
        assert_eq!(labels(&axis), "1e-4 1e-3 0.01 0.1");
        assert!((axis.position(1e-4)).abs() < 1e-12 && (axis.position(1e-1) - 1.0).abs() < 1e-12);
        assert_eq!(
            labels(&Axis::of_powers([1e-9, 2e3].into_iter())),
            "1e-8 1e-6 1e-4 0.01 1 100 1e4"
        );
        assert_eq!(labels(&Axis::of_powers([1.0, 1.0].into_iter())), "1 2 5 10");
        assert_eq!(labels(&Axis::of_powers([].into_iter())), "0.1 0.2 0.5 1");
        assert_eq!(labels(&Axis::of_powers_between(1.7, 300.0)), "2 5 10 20 50 100 200");
        assert_eq!(labels(&Axis::of_powers_between(4.0, 2500.0)), "5 10 50 100 500 1000");
    }

    #[test]
    fn ranges_have_air() {
        assert_eq!(Axis::of_values([].into_iter()).range, 0.0..1.0);
        let one = Axis::of_values([2.0].into_iter()).range;
        assert!(one.start < 2.0 && 2.0 < one.end);
        assert!(Axis::of_values([0.0].into_iter()).range.end > 0.0);
        assert_eq!(
            (Axis::of_shares().position(0.25), Axis::from_zero([].into_iter()).range),
            (0.25, 0.0..1.0)
        );
    }
}
