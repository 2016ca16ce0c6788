//! Test-time augmentation.

mod name;
mod view;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use zunder_data::{ImageShape, LabelInvariance};
use zunder_models::{ColumnMeans, ModelError};

use crate::RunError;
pub(crate) use view::{View, reflected};

/// Test-time augmentation: the views of an image whose mean score is used in test and prediction,
/// and for the validation images after the last epoch of a [`Trial`](crate::Trial). Training is not
/// affected, and the validation of each epoch, which compares epochs, uses the image alone.
///
/// A shift moves the image by whole pixels; what comes in at its border is reflected, without
/// repeating the border pixel.
///
/// | name | views | time |
/// |---|---|---|
/// | `none` | the image | 1 |
/// | `mirror` | the image and its mirror image | 2 |
/// | `shifts-K` | all shifts of up to K pixels in both directions, each also mirrored | 2 (2 K + 1)² |
/// | `cross-K` | the image and its shifts by K up, down, left and right, each also mirrored | 10 |
///
/// K is 1 to 8. `shifts` means `shifts-2`, and `cross` means `cross-1`. With `-no-mirror` behind
/// the name there are no mirror images, for data sets in which they mean something else, such as
/// digits: half of the views.
///
/// ```
/// use zunder::TestTimeAugmentation;
///
/// let tta: TestTimeAugmentation = "shifts".parse()?;
/// assert_eq!(tta, TestTimeAugmentation::Shifts { pixels: 2, mirror: true });
/// assert_eq!((tta.to_string().as_str(), tta.views()), ("shifts-2", 50));
/// assert_eq!("cross-1-no-mirror".parse::<TestTimeAugmentation>()?.views(), 5);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum TestTimeAugmentation {
    /// Only the image itself.
    #[default]
    None,
    /// The image and its horizontal mirror image: s = (f(x) + f(mirror(x))) / 2, which doubles the
    /// time. Krizhevsky, Sutskever and Hinton 2012, section 4.1.
    Mirror,
    /// All shifts of up to `pixels` in both directions.
    Shifts {
        /// Largest shift, 1 to 8.
        pixels: u8,
        /// Whether each view is also mirrored.
        mirror: bool,
    },
    /// The image and its shifts by `pixels` up, down, left and right.
    Cross {
        /// Shift, 1 to 8.
        pixels: u8,
        /// Whether each view is also mirrored.
        mirror: bool,
    },
}

impl TestTimeAugmentation {
    /// Returns the number of views, and thereby how many times as long a prediction takes as that
    /// of the image alone.
    pub fn views(self) -> usize {
        self.each_view().count()
    }

    /// Returns the largest shift in pixels.
    fn pixels(self) -> usize {
        match self {
            Self::None | Self::Mirror => 0,
            Self::Shifts { pixels, .. } | Self::Cross { pixels, .. } => usize::from(pixels),
        }
    }

    /// Returns true if there are mirror images among the views.
    fn mirrors(self) -> bool {
        match self {
            Self::None => false,
            Self::Mirror => true,
            Self::Shifts { mirror, .. } | Self::Cross { mirror, .. } => mirror,
        }
    }

    /// Returns the views in the order in which their scores are added: by shift down, by shift to
    /// the right, the mirror image last.
    pub(crate) fn each_view(self) -> impl Iterator<Item = View> {
        let most = self.pixels() as isize;
        let is_cross = matches!(self, Self::Cross { .. });
        let both = if self.mirrors() { &[false, true][..] } else { &[false] };
        let shifts = (-most..=most).flat_map(move |down| (-most..=most).map(move |x| (down, x)));
        let in_cross = move |&(down, right): &(isize, isize)| {
            !is_cross
                || [(down, right), (right, down)]
                    .iter()
                    .any(|&(a, b)| a == 0 && (b == 0 || b.abs() == most))
        };
        shifts.filter(in_cross).flat_map(move |(down, right)| {
            both.iter().map(move |&mirrored| View { down, right, mirrored })
        })
    }

    /// Checks that every view has the label of the image.
    pub(crate) fn check_labels(self, labels: LabelInvariance) -> Result<(), RunError> {
        if self.mirrors() && !labels.horizontal_flip {
            let instead = match self {
                Self::Mirror => "none".to_owned(),
                _ => format!("{self}-no-mirror"),
            };
            let problem = format!(
                "tta {self} does not suit the data set: a mirror image means another class, or \
                 none; expected {instead}"
            );
            return Err(RunError::config("configuration", problem));
        }
        Ok(())
    }

    /// Returns the map of images to each view, pooled: see [`View::columns`].
    pub(crate) fn columns(
        self,
        shape: ImageShape,
        pool: usize,
    ) -> Result<Vec<ColumnMeans>, ModelError> {
        self.each_view().map(|view| view.columns(shape, pool)).collect()
    }
}

/// Returns the mean of `scores` over the views.
///
/// # Shapes
/// `[N, features]` to `[N, classes]`.
pub(crate) fn mean_over(
    views: &[ColumnMeans],
    input: Tensor<2>,
    scores: impl Fn(Tensor<2>) -> Tensor<2>,
) -> Tensor<2> {
    let sum = views.iter().map(|view| scores(view.forward(input.clone()))).reduce(|a, b| a + b);
    sum.map_or_else(|| scores(input), |sum| sum.mul_scalar(1.0 / views.len() as f32))
}

#[cfg(test)]
mod tests;
