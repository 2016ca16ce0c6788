//! The division of the rows of a matrix into tasks.

/// Returns the number of rows of one task: about `elements` elements, as a multiple of `step` rows
/// and at least one such multiple.
pub(crate) fn rows_per_task(elements: usize, row: usize, step: usize) -> usize {
    (elements / row.max(1)).max(1).next_multiple_of(step.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_rows_however_long_they_are() {
        assert_eq!(rows_per_task(100, 10, 1), 10);
        assert_eq!(rows_per_task(100, 10, 8), 16);
        assert_eq!([99, 100, 101, usize::MAX].map(|row| rows_per_task(100, row, 1)), [1; 4]);
        assert_eq!([99, 100, 101, usize::MAX].map(|row| rows_per_task(100, row, 8)), [8; 4]);
        assert_eq!((rows_per_task(100, 0, 1), rows_per_task(0, 7, 0)), (100, 1));
    }
}
