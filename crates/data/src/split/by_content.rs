//! Splits that depend on each image's content and a seed, not on its position.

use std::collections::HashMap;

use zunder_random::Key;

use crate::images::check_labels;
use crate::split::shares::check_groups;
use crate::{DataError, Folds, Split};

/// Returns the unit of each image; images of one unit stay together in parts that are made by
/// content.
///
/// Images of the same content are one unit, and so are those of the same group (`groups[i]` is the
/// digest of the name of image i's group), and images that are connected by these. A unit's number
/// is its smallest content, or its smallest group, so it depends neither on the order nor on the
/// names of the images.
///
/// ```
/// assert_eq!(zunder_data::units(&[7, 3, 7], None), [7, 3, 7]);
/// assert_eq!(zunder_data::units(&[7, 3, 7], Some(&[20, 20, 30])), [20, 20, 20]);
/// ```
pub fn units(contents: &[u64], groups: Option<&[u64]>) -> Vec<u64> {
    let Some(groups) = groups else { return contents.to_vec() };
    // A forest over the groups. A root is the smallest of its tree.
    let mut parents: HashMap<u64, u64> = groups.iter().map(|&group| (group, group)).collect();
    let mut first: HashMap<u64, u64> = HashMap::new();
    for (&content, &group) in contents.iter().zip(groups) {
        let other = *first.entry(content).or_insert(group);
        let (a, b) = (root(&mut parents, group), root(&mut parents, other));
        parents.insert(a.max(b), a.min(b));
    }
    groups.iter().map(|&group| root(&mut parents, group)).collect()
}

fn root(parents: &mut HashMap<u64, u64>, mut node: u64) -> u64 {
    while let Some(&parent) = parents.get(&node).filter(|parent| **parent != node) {
        let above = parents.get(&parent).copied().unwrap_or(parent);
        parents.insert(node, above);
        node = parent;
    }
    node
}

/// Returns the number in 0..1 that decides about a unit: it is held out if the number is below the
/// share.
fn draw(unit: u64, key: Key) -> f64 {
    key.at(unit).rng().f64()
}

/// Returns the images that are held out: see [`Split::by_content`].
fn held_out(labels: &[u32], units: &[u64], n_classes: usize, share: f64, key: Key) -> Vec<bool> {
    // The units of each class, by their number.
    let mut classes: Vec<Vec<(f64, u64)>> = vec![Vec::new(); n_classes];
    let mut touched: HashMap<u64, Vec<usize>> = HashMap::new();
    for (&label, &unit) in labels.iter().zip(units) {
        let of_unit = touched.entry(unit).or_default();
        if !of_unit.contains(&(label as usize)) {
            of_unit.push(label as usize);
            classes[label as usize].push((draw(unit, key), unit));
        }
    }
    for class in &mut classes {
        class.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
    let mut held: HashMap<u64, bool> =
        touched.keys().map(|&unit| (unit, draw(unit, key) < share)).collect();
    let count = |held: &HashMap<u64, bool>, class: &[(f64, u64)], what| {
        class.iter().filter(|(_, unit)| held[unit] == what).count()
    };
    for class in &classes {
        if let Some((_, last)) = class.last().filter(|_| count(&held, class, false) == 0) {
            held.insert(*last, false);
        }
    }
    for class in &classes {
        if count(&held, class, true) == 0 {
            let spared =
                |unit: &u64| touched[unit].iter().all(|&c| count(&held, &classes[c], false) > 1);
            if let Some(first) = class.iter().map(|(_, unit)| *unit).find(spared) {
                held.insert(first, true);
            }
        }
    }
    units.iter().map(|unit| held[unit]).collect()
}

/// Returns an order of the images that depends neither on their positions nor on their names.
fn order(labels: &[u32], units: &[u64], key: Key) -> Vec<u32> {
    let mut order: Vec<u32> = (0..labels.len() as u32).collect();
    order.sort_by_cached_key(|&i| {
        (key.at(units[i as usize]).word(0), units[i as usize], labels[i as usize], i)
    });
    order
}

fn check(labels: &[u32], units: &[u64], n_classes: usize) -> Result<(), DataError> {
    check_labels(labels, n_classes)?;
    check_groups(labels, units)
}

impl Split {
    /// Holds out images for validation by their content: `units[i]` is image i's unit, such as its
    /// digest or its group ([`units`]). It is held out if the number that the key draws for its
    /// unit, uniform in 0..1, is below `share`.
    ///
    /// Adding or removing an image therefore moves no other image, and names and order do not
    /// matter; images of the same unit are on the same side. About `share` of the images are held
    /// out, not exactly.
    ///
    /// Small classes are an exception: of a class of which none would be held out, the unit with
    /// the smallest number is; a class of which all would be held out keeps the unit with the
    /// largest number, if it has two units.
    ///
    /// # Errors
    ///
    /// Returns an error if a label is not below `n_classes`, if the numbers of units and labels
    /// differ, or if one side would be empty.
    ///
    /// ```
    /// use zunder_data::{Key, Split};
    ///
    /// let (labels, units) = ([0; 1000], (0..1000).collect::<Vec<u64>>());
    /// let whole = Split::by_content(&labels, &units, 1, 0.1, Key::new(1))?;
    /// let less = Split::by_content(&labels[..500], &units[..500], 1, 0.1, Key::new(1))?;
    /// assert!(whole.validation.starts_with(&less.validation));
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn by_content(
        labels: &[u32],
        units: &[u64],
        n_classes: usize,
        share: f64,
        key: Key,
    ) -> Result<Self, DataError> {
        check(labels, units, n_classes)?;
        let held = held_out(labels, units, n_classes, share, key);
        let (validation, train): (Vec<u32>, Vec<u32>) =
            (0..labels.len() as u32).partition(|&i| held[i as usize]);
        if train.is_empty() || validation.is_empty() {
            let side = if train.is_empty() { "training" } else { "validation" };
            let expected = format!(
                "some images on each side of the split; there is none for {side}, for images that \
                 belong together stay so"
            );
            return Err(DataError::setting("validation", validation.len(), expected));
        }
        Ok(Self { train, validation })
    }

    /// As [`limit`](Self::limit), for images whose order does not matter: `units` as in
    /// [`by_content`](Self::by_content).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`limit`](Self::limit), and an error if the numbers of units and
    /// labels differ.
    pub fn limit_by_content(
        self,
        images: usize,
        labels: &[u32],
        units: &[u64],
        key: Key,
    ) -> Result<Self, DataError> {
        check_groups(labels, units)?;
        let order = order(labels, units, key);
        let mut place = vec![0_u32; order.len()];
        order.iter().enumerate().for_each(|(at, &i)| place[i as usize] = at as u32);
        if let Some(&index) = self.train.iter().find(|&&i| i as usize >= labels.len()) {
            return Err(DataError::Index { index, images: labels.len() });
        }
        let ordered: Vec<u32> = order.iter().map(|&i| labels[i as usize]).collect();
        let mut train: Vec<u32> = self.train.iter().map(|&i| place[i as usize]).collect();
        train.sort_unstable();
        let limited = Self { train, validation: Vec::new() }.limit(images, &ordered, key)?;
        let mut train: Vec<u32> = limited.train.iter().map(|&at| order[at as usize]).collect();
        train.sort_unstable();
        Ok(Self { train, ..self })
    }
}

impl Folds {
    /// As [`stratified`](Self::stratified), for images whose order and names do not matter: `units`
    /// as in [`Split::by_content`], each in one fold. Folds stay even, so here an additional image
    /// moves others.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`grouped`](Self::grouped).
    pub fn by_content(
        labels: &[u32],
        units: &[u64],
        n_classes: usize,
        k: usize,
        key: Key,
    ) -> Result<Self, DataError> {
        check(labels, units, n_classes)?;
        let order = order(labels, units, key);
        let ordered: Vec<u32> = order.iter().map(|&i| labels[i as usize]).collect();
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let groups: Vec<u32> = order
            .iter()
            .map(|&i| {
                let next = numbers.len() as u32;
                *numbers.entry(units[i as usize]).or_insert(next)
            })
            .collect();
        let folds = if numbers.len() == labels.len() {
            Self::stratified(&ordered, n_classes, k, key)?
        } else {
            Self::grouped(&ordered, &groups, n_classes, k, key)?
        };
        Ok(folds.reordered(&order))
    }
}

#[cfg(test)]
mod tests;
