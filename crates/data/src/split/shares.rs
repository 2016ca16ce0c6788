//! Distributes images over parts, stratified and with whole groups.

use std::collections::BTreeMap;

use zunder_random::Key;

use crate::DataError;
use crate::split::groups::ranked;

/// Returns the part of each image, such that each part has about its share of every class and no
/// group is divided.
///
/// Greedy, the largest groups first (in random order among equals): a group is assigned to the part
/// p that it brings nearest to the target counts, `argmin_p sum_c ((f_pc + g_c - t_pc)^2 - (f_pc -
/// t_pc)^2) / n_c^2` with f the part's images of class c so far, g the group's, t = share times
/// `n_c`. Ties go to the first part. Only the partition into groups matters, not their numbers.
pub(crate) fn deal(
    labels: &[u32],
    groups: &[u32],
    n_classes: usize,
    shares: &[f64],
    key: Key,
) -> Vec<u32> {
    let groups = ranked(groups);
    let mut members: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    let mut sizes = vec![0_usize; n_classes];
    for (&label, &group) in labels.iter().zip(&groups) {
        *members.entry(group).or_default().entry(label).or_default() += 1;
        sizes[label as usize] += 1;
    }
    let mut order: Vec<(u32, BTreeMap<u32, usize>)> = members.into_iter().collect();
    key.rng().shuffle(&mut order);
    order.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.values().sum::<usize>()));
    // The number of images that a part still needs of a class.
    let mut wanted: Vec<Vec<f64>> =
        shares.iter().map(|share| sizes.iter().map(|&n| share * n as f64).collect()).collect();
    let mut part_of: BTreeMap<u32, u32> = BTreeMap::new();
    for (group, counts) in order {
        let cost = |part: &Vec<f64>| {
            let of_class = |(&class, &n): (&u32, &usize)| {
                let (n, size) = (n as f64, sizes[class as usize] as f64);
                n * (n - 2.0 * part[class as usize]) / (size * size)
            };
            counts.iter().map(of_class).sum::<f64>()
        };
        let costs: Vec<f64> = wanted.iter().map(cost).collect();
        let best = (0..costs.len())
            .reduce(|best, part| if costs[part] < costs[best] { part } else { best })
            .unwrap_or_default();
        for (&class, &n) in &counts {
            wanted[best][class as usize] -= n as f64;
        }
        part_of.insert(group, best as u32);
    }
    groups.iter().map(|group| part_of[group]).collect()
}

/// Returns an error unless there is one group per image.
pub(crate) fn check_groups<T>(labels: &[u32], groups: &[T]) -> Result<(), DataError> {
    if groups.len() == labels.len() {
        return Ok(());
    }
    Err(DataError::setting(
        "the number of groups' entries",
        groups.len(),
        format!("one for each of the {} images", labels.len()),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// If each image is a group of its own, every part gets its share of every class, up to one
        /// image.
        #[test]
        fn single_images_are_dealt_exactly(
            labels in prop::collection::vec(0_u32..4, 1..200),
            parts in 1_usize..6,
            seed in any::<u64>(),
        ) {
            let groups: Vec<u32> = (0..labels.len() as u32).collect();
            let dealt = deal(&labels, &groups, 4, &vec![1.0 / parts as f64; parts], Key::new(seed));
            for class in 0..4 {
                let of_class = labels.iter().filter(|&&label| label == class).count() as f64;
                for part in 0..parts as u32 {
                    let got = dealt
                        .iter()
                        .zip(&labels)
                        .filter(|&(p, l)| *p == part && *l == class)
                        .count() as f64;
                    prop_assert!((got - of_class / parts as f64).abs() < 1.0 + 1e-9);
                }
            }
        }

        #[test]
        fn no_group_is_torn(
            images in prop::collection::vec((0_u32..3, 0_u32..12), 1..120),
            shares in prop::collection::vec(0.05_f64..1.0, 1..5),
            seed in any::<u64>(),
        ) {
            let (labels, groups): (Vec<u32>, Vec<u32>) = images.into_iter().unzip();
            let dealt = deal(&labels, &groups, 3, &shares, Key::new(seed));
            for i in 0..labels.len() {
                prop_assert!((dealt[i] as usize) < shares.len());
                prop_assert!((0..i).all(|j| groups[i] != groups[j] || dealt[i] == dealt[j]));
            }
        }
    }
}
