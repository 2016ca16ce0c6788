//! Test-time augmentation.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use zunder_data::{ImageShape, LabelInvariance};

use crate::RunError;

/// Test-time augmentation: the views of an image whose mean score is used in validation, test and
/// prediction. Training is not affected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TestTimeAugmentation {
    /// Only the image itself.
    #[default]
    None,
    /// The image and its horizontal mirror image: s = (f(x) + f(mirror(x))) / 2, which doubles the
    /// time. Krizhevsky, Sutskever and Hinton 2012, section 4.1.
    Mirror,
}

impl TestTimeAugmentation {
    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Mirror => "mirror",
        }
    }

    /// Checks that every view has the label of the image.
    pub(crate) fn check_labels(self, labels: LabelInvariance) -> Result<(), RunError> {
        if self == Self::Mirror && !labels.horizontal_flip {
            let problem = "tta mirror does not suit the data set: a mirror image means another \
                class, or none";
            return Err(RunError::config("configuration", problem));
        }
        Ok(())
    }

    /// Returns the mean of `scores` over the views.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub(crate) fn mean(
        self,
        input: Tensor<2>,
        shape: ImageShape,
        scores: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        match self {
            Self::None => scores(input),
            Self::Mirror => {
                (scores(input.clone()) + scores(mirrored(input, shape))).mul_scalar(0.5)
            }
        }
    }
}

/// Mirrors flattened images: reverses each row of each channel.
fn mirrored(images: Tensor<2>, shape: ImageShape) -> Tensor<2> {
    let [n, features] = images.dims();
    images.reshape([n, shape.channels * shape.height, shape.width]).flip([2]).reshape([n, features])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const SHAPE: ImageShape = ImageShape { channels: 2, height: 1, width: 3 };

    fn mean(tta: TestTimeAugmentation) -> Vec<f32> {
        let images = Tensor::from_floats(
            [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.0, 0.0, 8.0, 0.0, 0.0, 0.0]],
            &Device::flex(),
        );
        let first_two = |x: Tensor<2>| x.slice([0..2, 0..2]);
        tta.mean(images, SHAPE, first_two).try_into_vec_as().unwrap()
    }

    #[test]
    fn scores_are_the_mean_over_image_and_mirror_image() {
        assert_eq!(mean(TestTimeAugmentation::None), [1.0, 2.0, 0.0, 0.0]);
        assert_eq!(mean(TestTimeAugmentation::Mirror), [2.0, 2.0, 4.0, 0.0]);
    }

    #[test]
    fn digits_are_not_mirrored() {
        assert!(TestTimeAugmentation::Mirror.check_labels(LabelInvariance::UPRIGHT).is_ok());
        assert!(TestTimeAugmentation::None.check_labels(LabelInvariance::CHARACTERS).is_ok());
        let error =
            TestTimeAugmentation::Mirror.check_labels(LabelInvariance::CHARACTERS).unwrap_err();
        assert!(error.to_string().contains("tta mirror does not suit the data set"), "{error}");
    }
}
