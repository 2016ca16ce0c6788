//! The weights of a layer as pictures.

use crate::{Picture, ReportError};

/// The weights of a layer's units for the pixels of an image, to be shown as pictures: the
/// templates of a linear classifier, or the first layer of an MLP.
#[derive(Clone, Copy, Debug)]
pub struct WeightPictures<'a> {
    /// The title, such as `The template of each class`.
    pub title: &'a str,
    /// The names of the units, such as the class names. Units without a name are called by their
    /// number, from 0.
    pub names: &'a [String],
    /// The number of values per pixel of the images.
    pub channels: usize,
    /// The number of rows of the images.
    pub height: usize,
    /// The number of columns of the images.
    pub width: usize,
    /// The weights, \[units, channels, height, width\].
    pub weights: &'a [f32],
}

/// The weights of one unit as a picture.
pub(crate) struct UnitPicture {
    pub(crate) name: String,
    pub(crate) picture: Picture,
}

impl WeightPictures<'_> {
    /// Returns the number of units.
    pub(crate) fn units(&self) -> usize {
        self.weights.len() / self.size().max(1)
    }

    /// Returns the pictures of at most `limit` units, those with the largest norms, in the order of
    /// the units.
    ///
    /// Each unit is scaled separately: 0 is the middle grey 128, and the largest absolute weight of
    /// all channels is at distance 127. Weights that are NaN count as 0.
    pub(crate) fn pictures(&self, limit: usize) -> Result<Vec<UnitPicture>, ReportError> {
        let size = self.size();
        if size == 0 || self.weights.is_empty() || !self.weights.len().is_multiple_of(size) {
            let Self { channels, height, width, .. } = *self;
            return Err(ReportError::Weights { got: self.weights.len(), channels, height, width });
        }
        let square = |unit: &[f32]| {
            unit.iter().filter(|w| w.is_finite()).map(|w| f64::from(*w).powi(2)).sum::<f64>()
        };
        let mut units: Vec<(usize, &[f32])> = self.weights.chunks_exact(size).enumerate().collect();
        units.sort_by(|a, b| square(b.1).total_cmp(&square(a.1)));
        units.truncate(limit);
        units.sort_by_key(|(number, _)| *number);
        let picture = |(number, unit): (usize, &[f32])| UnitPicture {
            name: self.names.get(number).cloned().unwrap_or_else(|| number.to_string()),
            picture: Picture {
                channels: self.channels,
                height: self.height,
                width: self.width,
                pixels: normalised(unit),
            },
        };
        Ok(units.into_iter().map(picture).collect())
    }

    fn size(&self) -> usize {
        self.channels.saturating_mul(self.height).saturating_mul(self.width)
    }
}

fn normalised(unit: &[f32]) -> Vec<u8> {
    let largest = unit.iter().filter(|w| w.is_finite()).fold(0.0_f32, |most, w| most.max(w.abs()));
    let value = |w: &f32| {
        if w.is_finite() && largest > 0.0 {
            (128.0 + 127.0 * (w / largest)).round() as u8
        } else {
            128
        }
    };
    unit.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(weights: &[f32]) -> WeightPictures<'_> {
        WeightPictures { title: "", names: &[], channels: 1, height: 1, width: 2, weights }
    }

    #[test]
    fn each_unit_is_normalised_around_zero() {
        let names = ["cat".to_owned()];
        let weights = [0.5, -1.0, 0.0, 0.0, f32::NAN, 1e-38, 3e38, -3e38];
        let all = WeightPictures { names: &names, ..of(&weights) }.pictures(9).unwrap();
        let pixels: Vec<&[u8]> = all.iter().map(|unit| unit.picture.pixels.as_slice()).collect();
        assert_eq!(pixels, [[192, 1], [128, 128], [128, 255], [255, 1]]);
        assert_eq!((all[0].name.as_str(), all[3].name.as_str()), ("cat", "3"));
    }

    #[test]
    fn of_many_the_largest_are_shown() {
        let shown = of(&[0.1, 0.0, 0.3, 0.0, 0.0, -0.2]).pictures(2).unwrap();
        assert_eq!(shown.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert!(of(&[1.0]).pictures(2).is_err() && of(&[]).pictures(2).is_err());
        assert_eq!(of(&[0.0; 6]).units(), 3);
    }
}
