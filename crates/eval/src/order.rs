//! The samples sorted by the probability of a class.

use crate::Scored;

/// The samples sorted once by the probability of a class. From it the AUC of any resample is
/// computed without sorting again.
pub(crate) struct Order {
    /// The samples from the highest probability to the lowest, each with whether it belongs to the
    /// class.
    samples: Vec<(u32, bool)>,
    /// The end of each group of equal probabilities in `samples`.
    ends: Vec<u32>,
}

impl Order {
    pub(crate) fn new(scored: &Scored, class: usize) -> Self {
        let mut ranked: Vec<(f32, u32, bool)> = scored
            .labelled_rows()
            .enumerate()
            .map(|(i, (row, label))| (row[class] + 0.0, i as u32, label == class))
            .collect();
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let ends = ranked.chunk_by(|a, b| a.0 == b.0).scan(0_u32, |end, group| {
            *end += group.len() as u32;
            Some(*end)
        });
        Self {
            ends: ends.collect(),
            samples: ranked.into_iter().map(|(_, i, positive)| (i, positive)).collect(),
        }
    }

    /// Returns [`Ranking::auc`](crate::Ranking::auc) of a set that contains sample i `times[i]`
    /// times; `None` without positives or negatives.
    pub(crate) fn auc(&self, times: &[u32]) -> Option<f64> {
        let (mut right, mut wrong, mut twice) = (0_u64, 0_u64, 0_u64);
        let mut start = 0;
        for end in self.ends.iter().map(|&end| end as usize) {
            let (before_right, before_wrong) = (right, wrong);
            for &(i, positive) in &self.samples[start..end] {
                *if positive { &mut right } else { &mut wrong } += u64::from(times[i as usize]);
            }
            twice += (wrong - before_wrong) * (right + before_right);
            start = end;
        }
        (right > 0 && wrong > 0).then(|| 0.5 * twice as f64 / (right as f64 * wrong as f64))
    }

    /// Returns the AUC, and adds to `slopes` its derivative with respect to the number of times
    /// that each sample occurs. For a positive sample this is (v - AUC) / (number of positives),
    /// with v the share of negatives below it, a tie counting one half; for a negative sample it is
    /// likewise, with the share of positives above it (`DeLong` 1988). Without positives or
    /// negatives it returns `None` and adds nothing.
    pub(crate) fn add_slopes(&self, slopes: &mut [f64]) -> Option<f64> {
        let positives = self.samples.iter().filter(|(_, positive)| *positive).count() as f64;
        let negatives = self.samples.len() as f64 - positives;
        let area = self.auc(&vec![1; self.samples.len()])?;
        let (mut above_right, mut above_wrong) = (0.0, 0.0);
        let mut start = 0;
        for end in self.ends.iter().map(|&end| end as usize) {
            let group = &self.samples[start..end];
            let right = group.iter().filter(|(_, positive)| *positive).count() as f64;
            let wrong = group.len() as f64 - right;
            let won = (negatives - above_wrong - 0.5 * wrong) / negatives;
            let lost = (above_right + 0.5 * right) / positives;
            for &(i, positive) in group {
                slopes[i as usize] +=
                    if positive { (won - area) / positives } else { (lost - area) / negatives };
            }
            above_right += right;
            above_wrong += wrong;
            start = end;
        }
        Some(area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ranking;

    #[test]
    fn a_resamples_auc_is_that_of_its_samples() {
        let p: Vec<f32> = (0..40_u16)
            .flat_map(|i| {
                let p = f32::from(i * 7 % 10) / 10.0;
                [1.0 - p, p]
            })
            .collect();
        let labels: Vec<u32> = (0..40).map(|i| (i * 5 % 7) % 2).collect();
        let order = Order::new(&Scored::new(&p, &labels, 2).unwrap(), 1);
        let times: Vec<u32> = (0..40).map(|i| i % 3).collect();
        let drawn = || (0..40).flat_map(|i| core::iter::repeat_n(i, times[i] as usize));
        let scores: Vec<f32> = drawn().map(|i| p[2 * i + 1]).collect();
        let positive: Vec<bool> = drawn().map(|i| labels[i] == 1).collect();
        assert_eq!(order.auc(&times), Some(Ranking::new(&scores, &positive).unwrap().auc()));
        let none: Vec<u32> = labels.iter().map(|label| 1 - label).collect();
        assert_eq!(order.auc(&none), None);
    }
}
