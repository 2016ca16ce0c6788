//! The choice and order of the images of an epoch.

use serde::{Deserialize, Serialize};
use zunder_random::Key;

/// The choice and order of the images of an epoch. An epoch has as many draws as there are images.
///
/// ```
/// use zunder_data::{Sampler, Sampling};
/// use zunder_random::Key;
///
/// let labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]; // nine of class 0, one of class 1
/// let sampler = Sampler::new(Sampling::Balanced, (0..10).collect(), |i| labels[i as usize]);
/// let order = sampler.order(Key::new(1));
/// assert_eq!(order.iter().filter(|&&i| i == 9).count(), 5); // half of the draws
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Sampling {
    /// Every image once, in the order of the data set, the same in every epoch.
    Sequential,
    /// Every image once, in a new order in each epoch: sampling without replacement. The default.
    #[default]
    Shuffled,
    /// Each draw is any image with the same probability, independent of earlier draws: sampling
    /// with replacement. An epoch contains about n (1 - 1/e), 63 %, of n images.
    Replacement,
    /// All classes get the same number of draws (up to one), in random order, and no image of a
    /// class is repeated before all of its images occurred.
    Balanced,
    /// Each draw is any class with the same probability, then any image of it: PyTorch's
    /// `WeightedRandomSampler` with weights of 1 over the class's size.
    BalancedReplacement,
}

impl Sampling {
    /// All methods.
    pub const ALL: [Self; 5] = [
        Self::Sequential,
        Self::Shuffled,
        Self::Replacement,
        Self::Balanced,
        Self::BalancedReplacement,
    ];

    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Shuffled => "shuffled",
            Self::Replacement => "replacement",
            Self::Balanced => "balanced",
            Self::BalancedReplacement => "balanced-replacement",
        }
    }

    /// Returns whether an epoch may contain an image more than once.
    pub const fn repeats(self) -> bool {
        !matches!(self, Self::Sequential | Self::Shuffled)
    }

    /// Returns whether rare classes are drawn as often as frequent ones.
    pub const fn is_balanced(self) -> bool {
        matches!(self, Self::Balanced | Self::BalancedReplacement)
    }
}

/// Draws the images of an epoch.
#[derive(Clone, Debug)]
pub struct Sampler {
    sampling: Sampling,
    indices: Vec<u32>,
    /// The images by class, if classes matter; none is empty.
    classes: Vec<Vec<u32>>,
}

impl Sampler {
    /// Draws from `indices`, which may be empty. `label` returns the class of each.
    pub fn new(sampling: Sampling, indices: Vec<u32>, label: impl Fn(u32) -> u32) -> Self {
        let mut classes = std::collections::BTreeMap::<u32, Vec<u32>>::new();
        if sampling.is_balanced() {
            for &i in &indices {
                classes.entry(label(i)).or_default().push(i);
            }
        }
        Self { sampling, indices, classes: classes.into_values().collect() }
    }

    /// Returns the method of sampling.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Returns the images that it draws from.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Draws the images of the epoch that `key` names, as many as there are indices.
    pub fn order(&self, key: Key) -> Vec<u32> {
        let mut rng = key.rng();
        let n = self.indices.len();
        let mut order = match self.sampling {
            Sampling::Sequential => return self.indices.clone(),
            Sampling::Replacement => return (0..n).map(|_| self.indices[rng.below(n)]).collect(),
            Sampling::BalancedReplacement => {
                let mut draw = || {
                    let class = &self.classes[rng.below(self.classes.len())];
                    class[rng.below(class.len())]
                };
                return (0..n).map(|_| draw()).collect();
            }
            Sampling::Shuffled => self.indices.clone(),
            Sampling::Balanced => self.in_turn(key.named("balance")),
        };
        rng.shuffle(&mut order);
        order
    }

    /// Draws each class equally often; classes drawn by the key get the remaining draws.
    fn in_turn(&self, key: Key) -> Vec<u32> {
        let (n, mut turns) = (self.indices.len(), (0..self.classes.len()).collect::<Vec<_>>());
        key.rng().shuffle(&mut turns);
        let mut order = Vec::with_capacity(n);
        for (turn, &class) in turns.iter().enumerate() {
            let quota = n / turns.len() + usize::from(turn < n % turns.len());
            let mut rng = key.at(class as u64).rng();
            let mut members = self.classes[class].clone();
            let end = order.len() + quota;
            while order.len() < end {
                rng.shuffle(&mut members);
                order.extend_from_slice(&members[..members.len().min(end - order.len())]);
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(order: &[u32], n: usize) -> Vec<usize> {
        let mut counts = vec![0; n];
        for &i in order {
            counts[i as usize] += 1;
        }
        counts
    }

    #[test]
    fn names_are_those_of_configurations() {
        for sampling in Sampling::ALL {
            assert_eq!(serde_json::to_value(sampling).unwrap(), sampling.name());
        }
    }

    #[test]
    fn no_images_are_fine() {
        for sampling in Sampling::ALL {
            assert!(Sampler::new(sampling, vec![], |_| 0).order(Key::new(1)).is_empty());
        }
    }

    /// The mean share of images that occur, and the mean share of a rare class, over many epochs.
    #[test]
    fn replacement_meets_63_percent_and_balance_makes_classes_equal() {
        let label = |i: u32| u32::from(i >= 90);
        let shares = |sampling| {
            let sampler = Sampler::new(sampling, (0..100).collect(), label);
            let orders: Vec<_> =
                (0..400).map(|epoch| sampler.order(Key::new(3).at(epoch))).collect();
            let met: usize = orders
                .iter()
                .map(|order| counts(order, 100).iter().filter(|&&n| n > 0).count())
                .sum();
            let rare: usize =
                orders.iter().map(|order| order.iter().filter(|&&i| label(i) == 1).count()).sum();
            (met as f64 / 40_000.0, rare as f64 / 40_000.0)
        };
        let (met, rare) = shares(Sampling::Replacement);
        assert!(
            (met - 0.634).abs() < 0.005 && (rare - 0.1).abs() < 0.01,
            "{met} \
            {rare}"
        ); // 1 - 0.99^100
        let (met, rare) = shares(Sampling::BalancedReplacement);
        let expected =
            0.9 * (1.0 - (1.0 - 0.5 / 90.0_f64).powi(100)) + 0.1 * (1.0 - 0.95_f64.powi(100));
        assert!((met - expected).abs() < 0.005 && (rare - 0.5).abs() < 0.01, "{met} {rare}");
        assert_eq!(shares(Sampling::Balanced), (0.6, 0.5)); // 50 of 90, and all 10
    }

    proptest! {
        #[test]
        fn without_replacement_everything_comes_as_often_as_it_can(
            labels in prop::collection::vec(0_u32..4, 1..80),
            seed in any::<u64>(),
        ) {
            let n = labels.len();
            let order = |sampling| {
                Sampler::new(sampling, (0..n as u32).collect(), |i| labels[i as usize])
                    .order(Key::new(seed))
            };
            prop_assert_eq!(order(Sampling::Sequential), (0..n as u32).collect::<Vec<_>>());
            prop_assert_eq!(counts(&order(Sampling::Shuffled), n), vec![1; n]);
            let times = counts(&order(Sampling::Balanced), n);
            prop_assert_eq!(times.iter().sum::<usize>(), n);
            let mut quotas = Vec::new();
            for class in 0..4 {
                let of_class: Vec<usize> =
                    (0..n).filter(|&i| labels[i] == class).map(|i| times[i]).collect();
                if let (Some(least), Some(most)) = (of_class.iter().min(), of_class.iter().max()) {
                    prop_assert!(most - least <= 1);
                    quotas.push(of_class.iter().sum::<usize>());
                }
            }
            prop_assert!(quotas.iter().max().unwrap() - quotas.iter().min().unwrap() <= 1);
        }

        #[test]
        fn the_key_decides(seed in any::<u64>()) {
            for sampling in Sampling::ALL {
                let sampler = Sampler::new(sampling, (0..50).collect(), |i| i % 3);
                prop_assert_eq!(sampler.order(Key::new(seed)), sampler.order(Key::new(seed)));
                prop_assert_eq!(sampler.order(Key::new(seed)).len(), 50);
                prop_assert_eq!(
                    sampler.order(Key::new(seed)) != sampler.order(Key::new(seed ^ 1)),
                    sampling != Sampling::Sequential
                );
            }
        }
    }
}
