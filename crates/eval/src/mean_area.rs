//! The mean AUC of the classes in bootstrap resamples.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::Scored;
use crate::count::mean;
use crate::order::Order;

/// The largest number of probabilities for which each resample is evaluated exactly.
const EXACT: usize = 2_000_000;
/// The number of blocks of classes that are summed separately. It is fixed, so that sums do not
/// depend on the number of threads.
const BLOCKS: usize = 16;

/// The mean AUC, prepared for the evaluation of resamples.
pub(crate) enum MeanArea {
    /// The samples sorted by the probability of each class.
    Exact(Vec<Order>),
    /// The mean AUC and its derivatives with respect to the number of times that each sample is
    /// drawn; `None` if no class has an AUC.
    Linear(Option<(f64, Vec<f64>)>),
}

impl MeanArea {
    pub(crate) fn new(scored: &Scored) -> Self {
        if scored.values().len() <= EXACT { Self::exact(scored) } else { Self::linear(scored) }
    }

    fn exact(scored: &Scored) -> Self {
        Self::Exact(
            (0..scored.n_classes())
                .into_par_iter()
                .map(|class| Order::new(scored, class))
                .collect(),
        )
    }

    fn linear(scored: &Scored) -> Self {
        let (n, classes) = (scored.labels().len(), scored.n_classes());
        let size = classes.div_ceil(BLOCKS);
        let block = |first: usize| {
            let (mut areas, mut sum, mut slopes) = (0.0, 0.0, vec![0.0; n]);
            for class in first..(first + size).min(classes) {
                if let Some(area) = Order::new(scored, class).add_slopes(&mut slopes) {
                    areas += 1.0;
                    sum += area;
                }
            }
            (areas, sum, slopes)
        };
        let blocks: Vec<(f64, f64, Vec<f64>)> =
            (0..classes).into_par_iter().step_by(size).map(block).collect();
        let (mut areas, mut sum, mut slopes) = (0.0, 0.0, vec![0.0; n]);
        for block in blocks {
            areas += block.0;
            sum += block.1;
            slopes.iter_mut().zip(block.2).for_each(|(all, slope)| *all += slope);
        }
        if areas == 0.0 {
            return Self::Linear(None);
        }
        for slope in &mut slopes {
            *slope /= areas;
        }
        Self::Linear(Some((sum / areas, slopes)))
    }

    /// Returns the mean AUC of a set that contains sample i `times[i]` times; `None` if no class
    /// has an AUC.
    pub(crate) fn of(&self, times: &[u32]) -> Option<f64> {
        match self {
            Self::Exact(orders) => mean(orders.iter().map(|order| order.auc(times))),
            Self::Linear(expansion) => {
                let (area, slopes) = expansion.as_ref()?;
                let change: f64 = slopes
                    .iter()
                    .zip(times)
                    .map(|(slope, &times)| slope * (f64::from(times) - 1.0))
                    .sum();
                Some((area + change).clamp(0.0, 1.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use zunder_random::Key;

    use super::*;
    use crate::bootstrap::{percentiles, resamples};
    use crate::{BootstrapConfig, Interval};

    /// Labels, and rows in which the true class is favoured by `skill`.
    fn samples(n: usize, classes: usize, skill: f64) -> (Vec<f32>, Vec<u32>) {
        let mut rng = Key::new(7).rng();
        let labels: Vec<u32> = (0..n).map(|_| rng.below(classes) as u32).collect();
        let mut value = |own: bool| {
            libm::exp(rng.normal() + if own { skill } else { 0.0 } - 8.0).min(1.0) as f32
        };
        let p = labels.iter().flat_map(|&label| {
            (0..classes as u32).map(|class| value(class == label)).collect::<Vec<_>>()
        });
        (p.collect(), labels)
    }

    #[test]
    fn the_linear_interval_is_near_the_exact_one() {
        for (n, classes, skill) in [(600, 3, 1.0), (800, 40, 1.5), (400, 100, 2.5)] {
            let (p, labels) = samples(n, classes, skill);
            let scored = Scored::new(&p, &labels, classes).unwrap();
            let config = BootstrapConfig::default();
            let interval = |area: &MeanArea| -> Interval {
                let times = |sample: &[u32]| {
                    let mut times = vec![0; n];
                    for &i in sample {
                        times[i as usize] += 1;
                    }
                    times
                };
                let values =
                    resamples(n, &config, Key::new(1), |sample| area.of(&times(sample))).unwrap();
                percentiles(values.into_iter().flatten().collect(), &config).unwrap()
            };
            let (exact, linear) = (MeanArea::exact(&scored), MeanArea::linear(&scored));
            let all = vec![1; n];
            assert!((exact.of(&all).unwrap() - linear.of(&all).unwrap()).abs() < 1e-12);
            let (exact, linear) = (interval(&exact), interval(&linear));
            let width = exact.high - exact.low;
            let off = (exact.low - linear.low).abs().max((exact.high - linear.high).abs());
            assert!(off < 0.3 * width, "{classes} classes: {exact:?} and {linear:?}");
        }
    }

    #[test]
    fn one_class_has_no_area() {
        let scored = Scored::new(&[0.9, 0.1, 0.8, 0.2], &[0, 0], 2).unwrap();
        assert_eq!(
            (MeanArea::exact(&scored).of(&[1, 1]), MeanArea::linear(&scored).of(&[2, 0])),
            (None, None)
        );
    }
}
