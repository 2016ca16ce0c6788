//! Parts by content: which images must not move, and which stay together.

use proptest::prelude::*;

use super::*;

fn split(labels: &[u32], units: &[u64], share: f64, seed: u64) -> Split {
    Split::by_content(labels, units, 4, share, Key::new(seed)).unwrap()
}

/// Returns the units that are held out.
fn held(split: &Split, units: &[u64]) -> Vec<u64> {
    let mut held: Vec<u64> = split.validation.iter().map(|&i| units[i as usize]).collect();
    held.sort_unstable();
    held.dedup();
    held
}

#[test]
fn the_share_is_about_right_and_the_seed_decides() {
    let (labels, units) = (vec![0; 10_000], (0..10_000).map(|i| i * 77).collect::<Vec<u64>>());
    let one = split(&labels, &units, 0.2, 1);
    assert!((1800..2200).contains(&one.validation.len()), "{}", one.validation.len());
    assert_ne!(one, split(&labels, &units, 0.2, 2));
}

#[test]
fn small_classes_are_in_both_parts() {
    let labels = [0, 0, 1, 1, 2, 2, 3, 3];
    let units = [1, 2, 3, 4, 5, 6, 7, 8];
    for share in [1e-9, 0.2, 0.5, 1.0 - 1e-9] {
        let split = split(&labels, &units, share, 3);
        let classes = |part: &[u32]| part.iter().map(|&i| labels[i as usize]).collect::<Vec<_>>();
        assert_eq!(
            (classes(&split.train), classes(&split.validation)),
            (vec![0, 1, 2, 3], vec![0, 1, 2, 3]),
            "{share}"
        );
    }
    // A class of one content, and one that shares its images with another: no unit is divided, no
    // image is lost.
    let split = split(&[0, 0, 1, 1, 1], &[5, 5, 5, 6, 7], 1e-9, 1);
    assert!(split.train.starts_with(&[0, 1, 2]) && split.validation.len() == 1);
    let message = Split::by_content(&[0, 0], &[5, 5], 1, 0.5, Key::new(1)).unwrap_err().to_string();
    assert!(
        message.starts_with("validation is 0, expected some images on each side of the split"),
        "{message}"
    );
}

#[test]
fn units_are_the_smallest_of_what_is_connected() {
    // Content 1 is in the groups 9 and 4, content 2 in 4 and 6: all three are one unit; 8 is a unit
    // of its own.
    assert_eq!(units(&[1, 1, 2, 2, 3], Some(&[9, 4, 4, 6, 8])), [4, 4, 4, 4, 8]);
    assert_eq!(units(&[2, 3, 2, 1, 1], Some(&[6, 8, 4, 9, 4])), [4, 8, 4, 4, 4]);
}

proptest! {
    #[test]
    fn an_image_more_moves_no_other(
        images in prop::collection::vec((0_u32..4, any::<u64>()), 40..200),
        added in prop::collection::vec((0_u32..4, any::<u64>()), 1..20),
        seed in any::<u64>(),
    ) {
        let (labels, units): (Vec<u32>, Vec<u64>) = images.into_iter().unzip();
        let (new_labels, new_units): (Vec<u32>, Vec<u64>) = added.into_iter().unzip();
        let (labels, units) =
            ([vec![0, 1, 2, 3, 0, 1, 2, 3], labels].concat(), [(0..8).collect(), units].concat());
        let before = split(&labels, &units, 0.3, seed);
        // Classes to which the exception applies have another test.
        let plain = |class: u32| {
            let draws = labels
                .iter()
                .zip(&units)
                .filter(|(l, _)| **l == class)
                .map(|(_, &u)| draw(u, Key::new(seed)) < 0.3);
            let draws: Vec<bool> = draws.collect();
            draws.contains(&true) && draws.contains(&false)
        };
        prop_assume!((0..4).all(plain));
        let (all_labels, all_units) =
            ([new_labels, labels].concat(), [new_units.clone(), units.clone()].concat());
        let after = split(&all_labels, &all_units, 0.3, seed);
        for unit in &units {
            prop_assert_eq!(
                held(&before, &units).contains(unit),
                held(&after, &all_units).contains(unit)
            );
        }
    }

    #[test]
    fn names_and_order_do_not_matter_and_units_stay_whole(
        images in prop::collection::vec((0_u32..4, 0_u64..60), 30..120),
        shift in 1_usize..20,
        k in 2_usize..5,
        seed in any::<u64>(),
    ) {
        let (labels, units): (Vec<u32>, Vec<u64>) = images.iter().copied().unzip();
        let turned: Vec<(u32, u64)> =
            (0..images.len()).map(|i| images[(i + shift) % images.len()]).collect();
        let (turned_labels, turned_units): (Vec<u32>, Vec<u64>) = turned.into_iter().unzip();
        let (a, b) =
            (split(&labels, &units, 0.3, seed), split(&turned_labels, &turned_units, 0.3, seed));
        prop_assert_eq!(held(&a, &units), held(&b, &turned_units));
        let trained: Vec<u64> = a.train.iter().map(|&i| units[i as usize]).collect();
        prop_assert!(held(&a, &units).iter().all(|unit| !trained.contains(unit)));
        let key = Key::new(seed);
        let folds = |labels: &[u32], units: &[u64]| {
            let folds = Folds::by_content(labels, units, 4, k, key).unwrap();
            (0..k).map(|fold| held(&folds.split(fold), units)).collect::<Vec<_>>()
        };
        prop_assert_eq!(folds(&labels, &units), folds(&turned_labels, &turned_units));
        let limit = |split: Split, labels: &[u32], units: &[u64]| {
            let n = split.train.len() / 2 + 1;
            let limited = split.limit_by_content(n, labels, units, key).unwrap();
            assert_eq!(limited.train.len(), n);
            let mut kept: Vec<u64> = limited.train.iter().map(|&i| units[i as usize]).collect();
            kept.sort_unstable();
            kept
        };
        prop_assert_eq!(limit(a, &labels, &units), limit(b, &turned_labels, &turned_units));
    }
}
