/// Whether an accuracy over n images is higher than a share that luck alone explains: by more than 4 deviations of a binomial distribution, which happens once in 30,000 times.
pub(super) fn above_by_luck(accuracy: f64, share: f64, n: usize) -> bool {
    accuracy > share + 4.0 * (share * (1.0 - share) / n.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_shrinks_with_the_images() {
        assert!(above_by_luck(0.14, 0.1, 1000) && !above_by_luck(0.13, 0.1, 1000));
        assert!(!above_by_luck(0.2, 0.1, 100) && above_by_luck(0.11, 0.1, 20_000));
    }
}
