//! Restricts a data set to some of its classes.

use crate::error::meant;
use crate::{DataError, Dataset, Images, names};

/// A data set that is restricted to some of its classes, and the numbers of the selected images.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The data set. Its labels are positions in the list of selected classes.
    pub dataset: Dataset,
    /// The number of each training image in the whole set's training part.
    pub train: Vec<u32>,
    /// The number of each test image in the whole set's test part.
    pub test: Vec<u32>,
}

impl Dataset {
    /// Keeps the images of some classes, in the order of `classes`: the first becomes label 0. Two
    /// classes make a binary task. A name may have another spelling if only one class looks like it
    /// ([`names::look`](crate::names::look)).
    ///
    /// ```
    /// use zunder_data::shapes::ShapesConfig;
    ///
    /// let data = ShapesConfig { train: 100, test: 50, seed: 1 }.generate()?;
    /// let pair = data.select_classes(&["square", "circle"])?;
    /// assert_eq!(pair.dataset.classes, ["square", "circle"]);
    /// assert_eq!((pair.dataset.train.len(), pair.dataset.test.len()), (20, 10));
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if a name is not that of a class or is given twice, if there are fewer than
    /// two, or if a class has no training image.
    pub fn select_classes<S: AsRef<str>>(self, classes: &[S]) -> Result<Selection, DataError> {
        let mut new = vec![None; self.classes.len()];
        for (label, class) in classes.iter().enumerate() {
            let class = class.as_ref();
            let Some(old) = names::find(class, &self.classes) else {
                let nearest = names::nearest(class, self.classes.iter().map(String::as_str))
                    .map(names::quoted);
                let expected =
                    format!("some of {}{}", list(&self.classes), meant(nearest.as_deref()));
                return Err(DataError::setting("classes", names::quoted(class), expected));
            };
            if new[old].replace(label as u32).is_some() {
                return Err(DataError::setting(
                    "classes",
                    format!("{class:?} twice"),
                    "each class once",
                ));
            }
        }
        if classes.len() < 2 {
            return Err(DataError::setting(
                "classes",
                format!("{} names", classes.len()),
                "at least 2",
            ));
        }
        let (train, train_indices) = select(self.train, &new, classes.len())?;
        let (test, test_indices) = select(self.test, &new, classes.len())?;
        if let Some(empty) =
            (0..classes.len()).find(|&class| !train.labels().contains(&(class as u32)))
        {
            return Err(DataError::setting(
                "classes",
                format!("{:?}", classes[empty].as_ref()),
                "classes with training images",
            ));
        }
        let name = |class: &S| {
            names::find(class.as_ref(), &self.classes).map(|old| self.classes[old].clone())
        };
        let classes = classes.iter().filter_map(name).collect();
        Ok(Selection {
            dataset: Self { classes, train, test, ..self },
            train: train_indices,
            test: test_indices,
        })
    }
}

/// Returns the images whose label has a new one.
fn select(
    images: Images,
    new: &[Option<u32>],
    n_classes: usize,
) -> Result<(Images, Vec<u32>), DataError> {
    let chosen = |&i: &u32| new[images.label(i as usize) as usize].is_some();
    let indices: Vec<u32> = (0..images.len() as u32).filter(chosen).collect();
    let labels = indices.iter().filter_map(|&i| new[images.label(i as usize) as usize]).collect();
    Ok((images.subset(&indices, labels, n_classes)?, indices))
}

/// Formats at most 30 names for a sentence.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(30).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 30 { format!("{shown}, ... ({} classes)", names.len()) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::ShapesConfig;

    fn data() -> Dataset {
        ShapesConfig { train: 60, test: 20, seed: 1 }.generate().unwrap()
    }

    #[test]
    fn the_chosen_images_keep_their_pixels_and_get_new_labels() {
        let (whole, chosen) =
            (data(), data().select_classes(&["square", "circle", "triangle"]).unwrap());
        for (part, old, indices) in [
            (&chosen.dataset.train, &whole.train, &chosen.train),
            (&chosen.dataset.test, &whole.test, &chosen.test),
        ] {
            assert!(part.len() == indices.len() && !part.is_empty());
            for (i, &index) in indices.iter().enumerate() {
                assert_eq!(part.image(i), old.image(index as usize));
                assert_eq!(
                    chosen.dataset.classes[part.label(i) as usize],
                    whole.classes[old.label(index as usize) as usize]
                );
            }
            let all = (0..whole.classes.len())
                .filter(|&c| chosen.dataset.classes.contains(&whole.classes[c]));
            let expected: usize = all
                .map(|c| old.labels().iter().filter(|&&label| label as usize == c).count())
                .sum();
            assert_eq!(part.len(), expected);
        }
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        let message = |classes: &[&str]| data().select_classes(classes).unwrap_err().to_string();
        assert!(
            message(&["circle", "dog"])
                .starts_with("classes is \"dog\", expected some of circle, "),
            "{}",
            message(&["circle", "dog"])
        );
        assert!(
            message(&["circle", "squar"]).ends_with("(did you mean \"square\"?)"),
            "{}",
            message(&["circle", "squar"])
        );
        assert_eq!(
            data().select_classes(&["Circle", "square "]).unwrap().dataset.classes,
            ["circle", "square"]
        );
        assert_eq!(
            message(&["circle", "Circle"]),
            "classes is \"Circle\" twice, expected each class once"
        );
        assert_eq!(
            message(&["circle", "circle"]),
            "classes is \"circle\" twice, expected each class once"
        );
        assert_eq!(message(&["circle"]), "classes is 1 names, expected at least 2");
    }
}
