//! Checks the distribution of the training images over the classes.

use super::check::{Check, percent};

/// The distribution of the training images over the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Rarest class and its number of images.
    pub rarest: (String, usize),
    /// Most frequent class and its number of images.
    pub commonest: (String, usize),
    /// Number of training images.
    pub images: usize,
    /// Whether the configuration compensates for an imbalance.
    pub treated: bool,
}

/// Ratio above which rare classes are learnt badly without compensation.
const UNEVEN: f64 = 3.0;
/// Smallest number of images from which a class can be learnt.
const FEWEST: usize = 10;

impl Balance {
    /// Computes the distribution from the number of images of each class. `treated` is true if
    /// sampling or class weights compensate for an imbalance.
    pub(super) fn of(classes: &[String], counts: &[usize], treated: bool) -> Self {
        let named = |entry: Option<(&String, &usize)>| {
            entry.map(|(class, count)| (class.clone(), *count)).unwrap_or_default()
        };
        let entries = || classes.iter().zip(counts);
        Self {
            rarest: named(entries().min_by_key(|(_, count)| **count)),
            commonest: named(entries().rev().max_by_key(|(_, count)| **count)),
            images: counts.iter().sum(),
            treated,
        }
    }

    /// Returns the accuracy of always predicting the most frequent class.
    pub fn majority(&self) -> f64 {
        self.commonest.1 as f64 / self.images.max(1) as f64
    }

    pub(super) fn check(&self) -> Check {
        let ((rare, fewest), (common, most)) = (&self.rarest, &self.commonest);
        let majority = percent(self.majority());
        let check = Check::good(
            "classes",
            format!(
                "{fewest} ({rare}) to {most} ({common}) training images each; the largest has \
                 {majority}"
            ),
        );
        if *fewest < FEWEST {
            return check.fault(format!(
                "{rare} has too few images to learn from: add some, or leave it out with --classes"
            ));
        }
        if *most as f64 > UNEVEN * *fewest as f64 && !self.treated {
            let advice = format!(
                "rare classes are learnt badly: --sampling balanced or --class-weights balanced; \
                 look at macro F1, not at accuracy, of which {majority} are for nothing"
            );
            return check.warn(advice);
        }
        check
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;

    fn check(counts: [usize; 3], treated: bool) -> Check {
        Balance::of(&["a", "b", "c"].map(str::to_owned), &counts, treated).check()
    }

    #[test]
    fn uneven_classes_are_told() {
        assert_eq!(check([100, 120, 110], false).verdict, Verdict::Good);
        let uneven = check([100, 20, 100], false);
        assert!(
            uneven.verdict == Verdict::Warning
                && uneven.value.starts_with("20 (b) to 100 (a)")
                && uneven.advice.contains("45.5 %"),
            "{uneven:?}"
        );
        assert_eq!(check([100, 20, 100], true).verdict, Verdict::Good);
        let few = check([100, 100, 3], true);
        assert!(
            few.verdict == Verdict::Fault && few.advice.starts_with("c has too few"),
            "{few:?}"
        );
    }
}
