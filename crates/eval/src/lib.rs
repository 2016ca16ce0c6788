//! Metrics and statistics of classifiers on plain slices, and the records that a run's files are made of
