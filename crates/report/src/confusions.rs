//! The pairs of classes that are taken for each other.

use zunder_eval::TestRecord;

/// One way in which a classifier is wrong.
pub(crate) struct Confusion<'a> {
    /// The true class.
    pub(crate) truth: &'a str,
    /// The class it was taken for.
    pub(crate) predicted: &'a str,
    /// How often.
    pub(crate) count: u64,
    /// `count` by the samples of the true class, in 0..=1.
    pub(crate) share: f64,
}

/// The `limit` largest counts off the diagonal, the largest first: what a matrix of many classes
/// has to say.
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

/// The classes by rising F1; those without one are left out.
pub(crate) fn weakest(test: &TestRecord) -> Vec<usize> {
    let scored =
        test.per_class.iter().enumerate().filter_map(|(number, class)| Some((class.f1?, number)));
    let mut scored: Vec<(f64, usize)> = scored.collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    scored.into_iter().map(|(_, number)| number).collect()
}

/// The number of samples of each class.
pub(crate) fn truth_sums(test: &TestRecord) -> Vec<u64> {
    let mut sums = vec![0; test.confusion.n_classes()];
    test.confusion.cells().iter().for_each(|&(truth, _, count)| sums[truth as usize] += count);
    sums
}

/// The name of class number `class`, or `?`.
pub(crate) fn class_name(test: &TestRecord, class: usize) -> &str {
    test.per_class.get(class).map_or("?", |record| record.class.as_str())
}
