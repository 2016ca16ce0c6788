//! Tests whether an accuracy is above chance, and whether there are enough images to tell.

use zunder_eval::wilson;

use super::check::percent;

/// Probability below which a result is considered to be above chance.
const RARE: f64 = 1e-4;

/// Returns true if an accuracy over n images is significantly above `share`: if a binomial
/// distribution yields as many correct predictions or more with a probability below 1 in 10,000.
pub(super) fn above_by_luck(accuracy: f64, share: f64, n: usize) -> bool {
    accuracy > share && tail((accuracy * n as f64).round() as usize, n, share) < RARE
}

/// Returns true if n images are so few that even 100 % accuracy may be chance.
pub(super) fn too_few(share: f64, n: usize) -> bool {
    !above_by_luck(1.0, share, n)
}

/// Formats an accuracy over n images with its 95 % confidence interval.
pub(super) fn with_interval(accuracy: f64, n: usize) -> String {
    let images = if n == 1 { "image" } else { "images" };
    let told = format!("{} of {n} validation {images}", percent(accuracy));
    match wilson((accuracy * n as f64).round().max(0.0) as u64, n as u64, 0.95) {
        Ok(interval) => format!(
            "{told} (95 % interval {} to {})",
            percent(interval.low),
            percent(interval.high)
        ),
        Err(_) => told,
    }
}

/// Returns P(X >= k) for a binomial X of n draws with probability p: the sum of its terms, whose
/// logarithms are computed recursively.
fn tail(k: usize, n: usize, p: f64) -> f64 {
    if k == 0 || p >= 1.0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    let (mut log, odds) = (n as f64 * (1.0 - p).ln(), (p / (1.0 - p)).ln());
    let mut sum = 0.0;
    for i in 0..=n {
        if i >= k {
            sum += log.exp();
        }
        log += ((n - i) as f64 / (i + 1) as f64).ln() + odds;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_shrinks_with_the_images() {
        assert!(above_by_luck(0.14, 0.1, 1000) && !above_by_luck(0.13, 0.1, 1000));
        assert!(!above_by_luck(0.2, 0.1, 100) && above_by_luck(0.11, 0.1, 20_000));
        assert!(!above_by_luck(f64::NAN, 0.1, 100) && !above_by_luck(0.05, 0.1, 100));
    }

    /// Compares with `scipy.stats.binom.sf(k - 1, n, p)`.
    #[test]
    fn tails_are_those_of_the_binomial_distribution() {
        for (k, n, p, expected) in
            [(5, 5, 0.2, 3.2e-4), (3, 4, 0.5, 0.3125), (0, 9, 0.3, 1.0), (8, 10, 0.5, 0.054_687_5)]
        {
            assert!(
                (tail(k, n, p) - expected).abs() < 1e-12,
                "{k} of {n} at {p}: {}",
                tail(k, n, p)
            );
        }
        assert_eq!((tail(3, 2, 0.5), tail(1, 2, 1.0), tail(1, 2, 0.0)), (0.0, 1.0, 0.0));
    }

    #[test]
    fn a_few_images_tell_nothing() {
        // The largest class of n images has at least one of them.
        assert!(
            (1..=5).all(|n| too_few(1.0 / n as f64, n)) && too_few(0.5, 13) && too_few(1.0, 1000)
        );
        assert!(!too_few(0.5, 14) && !too_few(0.1, 8));
        assert_eq!(
            with_interval(1.0, 5),
            "100.0 % of 5 validation images (95 % interval 56.6 % to 100.0 %)"
        );
        assert_eq!(
            with_interval(1.0, 1),
            "100.0 % of 1 validation image (95 % interval 20.7 % to 100.0 %)"
        );
    }
}
