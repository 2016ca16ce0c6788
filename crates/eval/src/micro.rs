//! The micro-averaged ranking: all decisions of a test set as one binary problem, in the memory of
//! its positives.

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::Scored;
use crate::sorted::Group;

/// The number of samples that a thread processes at a time.
const ROWS: usize = 256;

/// The negatives between two adjacent scores of positives.
#[derive(Clone, Copy)]
struct Negatives {
    n: u64,
    lowest: f32,
}

impl Negatives {
    const NONE: Self = Self { n: 0, lowest: f32::INFINITY };

    fn add(&mut self, other: Self) {
        self.n += other.n;
        self.lowest = self.lowest.min(other.lowest);
    }
}

/// Returns the groups of the N*C decisions "is this sample of this class?", as sorting all of them
/// would, except that all negatives between two positives form one group. Areas
/// and the shapes of curves do not change by that. Since N of the N*C decisions are positive, the
/// negatives only have to be counted between the positives.
pub(crate) fn groups(scored: &Scored) -> Vec<Group> {
    let n_classes = scored.n_classes();
    let mut positives: Vec<f32> =
        scored.labelled_rows().map(|(row, label)| row[label] + 0.0).collect();
    positives.sort_unstable_by(|a, b| b.total_cmp(a));
    // The distinct scores of the positives in descending order, each with its count.
    let distinct: Vec<(f32, u64)> =
        positives.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as u64)).collect();
    let places = 2 * distinct.len() + 1;
    // Place 2 i + 1 is score i of the positives; place 2 i lies between it and the next higher one.
    let place = |score: f32| {
        let above = distinct.partition_point(|positive| positive.0 > score);
        2 * above + usize::from(distinct.get(above).is_some_and(|positive| positive.0 == score))
    };
    let count = |mut counts: Vec<Negatives>, (rows, labels): (&[f32], &[u32])| {
        for (row, label) in rows.chunks_exact(n_classes).zip(labels) {
            for (_, &score) in row.iter().enumerate().filter(|(class, _)| *class != *label as usize)
            {
                counts[place(score)].add(Negatives { n: 1, lowest: score });
            }
        }
        counts
    };
    let none = || vec![Negatives::NONE; places];
    let add = |mut sums: Vec<Negatives>, counts: Vec<Negatives>| {
        sums.iter_mut().zip(counts).for_each(|(sum, count)| sum.add(count));
        sums
    };
    let chunks = scored.values().par_chunks(ROWS * n_classes).zip(scored.labels().par_chunks(ROWS));
    let negatives = chunks.fold(none, count).reduce(none, add);
    let highest = scored.values().par_iter().copied().reduce(|| f32::NEG_INFINITY, f32::max) + 0.0;
    let mut group = Group { threshold: highest.next_up(), true_positives: 0, false_positives: 0 };
    let mut groups = vec![group];
    for (place, negatives) in negatives.into_iter().enumerate() {
        let positives = if place % 2 == 1 { distinct[place / 2] } else { (negatives.lowest, 0) };
        if negatives.n + positives.1 > 0 {
            group.threshold = positives.0;
            group.true_positives += positives.1;
            group.false_positives += negatives.n;
            groups.push(group);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_areas_are_those_of_all_decisions_sorted(
            samples in prop::collection::vec((0_u32..4, prop::array::uniform4(0_u8..9)), 1..40),
        ) {
            let labels: Vec<u32> = samples.iter().map(|sample| sample.0).collect();
            let p: Vec<f32> =
                samples.iter().flat_map(|sample| sample.1.map(|p| f32::from(p) / 8.0)).collect();
            let scored = Scored::new(&p, &labels, 4).unwrap();
            let summary =
                crate::ranking_summary::Summary::of_groups(&groups(&scored), 1000).unwrap().scores;
            let ranking = scored.micro_ranking().unwrap();
            prop_assert_eq!(summary.auc, Some(ranking.auc()));
            prop_assert_eq!(summary.average_precision, ranking.average_precision());
            let roc = summary.roc.unwrap();
            prop_assert_eq!(roc.thresholds[0], ranking.thresholds()[0]);
            prop_assert_eq!(roc.thresholds.last(), ranking.thresholds().last());
        }
    }
}
