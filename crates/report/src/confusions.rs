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

/// The `limit` largest counts off the diagonal, the largest first: what a matrix of many classes has to say.
pub(crate) fn most_frequent(test: &TestRecord, limit: usize) -> Vec<Confusion<'_>> {
    let mut all: Vec<Confusion<'_>> = Vec::new();
    for (truth, row) in test.confusion.iter().enumerate() {
        let wrong = row.iter().enumerate().filter(|&(predicted, &count)| predicted != truth && count > 0);
        all.extend(wrong.map(|(predicted, &count)| Confusion {
            truth: class_name(test, truth),
            predicted: class_name(test, predicted),
            count,
            share: share(count, row),
        }));
    }
    // The sort is stable: equal counts stay in the order of the classes.
    all.sort_by_key(|confusion| std::cmp::Reverse(confusion.count));
    all.truncate(limit);
    all
}

/// The name of class number `class`, or `?`.
pub(crate) fn class_name(test: &TestRecord, class: usize) -> &str {
    test.per_class.get(class).map_or("?", |record| record.class.as_str())
}

/// `count` by the sum of its `row`, in 0..=1, and 0 in an empty row.
pub(crate) fn share(count: u64, row: &[u64]) -> f64 {
    let total: f64 = row.iter().map(|&n| n as f64).sum();
    if total > 0.0 { count as f64 / total } else { 0.0 }
}
