use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis with few round ticks, whatever the range: the ticks of `plotters` may repeat labels and, on a tiny range of large numbers, never end.
#[derive(Clone)]
pub(crate) struct Axis {
    range: Range<f64>,
    step: f64,
}

impl Axis {
    /// The axis of the epochs `first` to `last`, with ticks at whole numbers.
    pub(crate) fn of_epochs(first: f64, last: f64) -> Self {
        Self::new(first - 0.5..last + 0.5, 1.0)
    }

    /// The axis of the values, with some air above and below; 0..1 of no values.
    pub(crate) fn of_values(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Self::new(0.0..1.0, 0.0);
        }
        let air = (0.06 * (high - low)).max(1e-3 * high.abs().max(low.abs())).max(1e-6);
        Self::new(low - air..high + air, 0.0)
    }

    /// The step is the smallest of 1, 2 or 5 times a power of ten that makes at most 8 ticks and is at least `least`.
    fn new(range: Range<f64>, least: f64) -> Self {
        let rough = (range.end - range.start) / 7.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        Self { range, step: step.max(least) }
    }

    fn ticks(&self) -> Vec<f64> {
        let first = (self.range.start / self.step).ceil();
        (0..8).map(|i| (first + f64::from(i)) * self.step).filter(|tick| self.range.contains(tick)).collect()
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let part = (value - self.range.start) / (self.range.end - self.range.start);
        start + (part * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    /// A tick's label, with as many decimals as the step needs.
    fn format_ext(&self, value: &f64) -> String {
        if value.abs() >= 1e5 || self.step < 1e-4 {
            return format!("{value:.1e}");
        }
        let decimals = (-self.step.log10().floor()).clamp(0.0, 4.0) as usize;
        // Adding 0.0 turns -0 into 0.
        format!("{:.decimals$}", value + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let labels = |axis: Axis| axis.ticks().iter().map(|tick| axis.format_ext(tick)).collect::<Vec<_>>().join(" ");
        assert_eq!(labels(Axis::of_epochs(1.0, 1.0)), "1");
        assert_eq!(labels(Axis::of_epochs(1.0, 5.0)), "1 2 3 4 5");
        assert_eq!(labels(Axis::of_epochs(1.0, 300.0)), "50 100 150 200 250 300");
        let of = |range| labels(Axis::new(range, 0.0));
        assert_eq!(of(-0.1..2.4), "0.0 0.5 1.0 1.5 2.0");
        assert_eq!(of(0.9..0.955), "0.90 0.91 0.92 0.93 0.94 0.95");
        assert_eq!(of(0.0..3e9), "0 5.0e8 1.0e9 1.5e9 2.0e9 2.5e9");
    }

    #[test]
    fn ranges_have_air() {
        assert_eq!(Axis::of_values([].into_iter()).range, 0.0..1.0);
        let one = Axis::of_values([2.0].into_iter()).range;
        assert!(one.start < 2.0 && 2.0 < one.end);
        assert!(Axis::of_values([0.0].into_iter()).range.end > 0.0);
    }
}
