//! The most frequent confusions of two classes, and the weakest classes.

use zunder_eval::TestRecord;

/// A true class, a wrong predicted class, and how often they occur.
pub(crate) struct Confusion<'a> {
    /// The true class.
    pub(crate) truth: &'a str,
    /// The predicted class.
    pub(crate) predicted: &'a str,
    /// The number of samples.
    pub(crate) count: u64,
    /// `count` divided by the number of samples of the true class, in 0..=1.
    pub(crate) share: f64,
}

/// Returns the `limit` largest counts off the diagonal, the largest first.
pub(crate) fn most_frequent(test: &TestRecord, limit: usize) -> Vec<Confusion<'_>> {
    let mut wrong: Vec<(u32, u32, u64)> =
        test.confusion.cells().iter().copied().filter(|cell| cell.0 != cell.1).collect();
    // The sort is stable: equal counts stay in the order of the classes.
    wrong.sort_by_key(|cell| std::cmp::Reverse(cell.2));
    let sums = truth_sums(test);
    let confusion = |&(truth, predicted, count): &(u32, u32, u64)| Confusion {
        truth: class_name(test, truth as usize),
        predicted: class_name(test, predicted as usize),
        count,
        share: count as f64 / sums[truth as usize] as f64,
    };
    wrong.iter().take(limit).map(confusion).collect()
}

/// Returns the classes by ascending F1, without those that have none.
pub(crate) fn weakest(test: &TestRecord) -> Vec<usize> {
    let scored =
        test.per_class.iter().enumerate().filter_map(|(number, class)| Some((class.f1?, number)));
    let mut scored: Vec<(f64, usize)> = scored.collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    scored.into_iter().map(|(_, number)| number).collect()
}

/// Returns the number of samples of each class.
pub(crate) fn truth_sums(test: &TestRecord) -> Vec<u64> {
    let mut sums = vec![0; test.confusion.n_classes()];
    test.confusion.cells().iter().for_each(|&(truth, _, count)| sums[truth as usize] += count);
    sums
}

/// Returns the name of class number `class`, or `?`.
pub(crate) fn class_name(test: &TestRecord, class: usize) -> &str {
    test.per_class.get(class).map_or("?", |record| record.class.as_str())
}
