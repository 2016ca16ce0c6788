//! Views of an image: shifted by whole pixels, and mirrored.

use burn::tensor::{Int, Tensor};
use zunder_data::ImageShape;

/// A view: its pixel (x, y) is that at (x + right, y + down) of the image or of its mirror image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub down: isize,
    pub right: isize,
    pub mirrored: bool,
}

/// Returns the position inside a side for one that may lie outside, by reflection at the centres
/// of the first and the last pixel: of 3 pixels, -1 is 1 and 3 is 1.
pub(crate) fn reflected(position: isize, side: usize) -> usize {
    let period = 2 * side.saturating_sub(1);
    if period == 0 {
        return 0;
    }
    let position = position.rem_euclid(period as isize) as usize;
    position.min(period - position)
}

/// Images with a border of reflected pixels, of which views are windows.
pub(super) struct Padded {
    images: Tensor<4>,
    mirrored: Option<Tensor<4>>,
    shape: ImageShape,
    border: usize,
}

impl Padded {
    /// Pads flattened images, \[N, features\].
    pub(super) fn new(images: Tensor<2>, shape: ImageShape, border: usize, mirror: bool) -> Self {
        let [n, _] = images.dims();
        let ImageShape { channels, height, width } = shape;
        let mut images = images.reshape([n, channels, height, width]);
        if border > 0 {
            for (dim, side) in [(2, height), (3, width)] {
                let positions = -(border as isize)..(side + border) as isize;
                let positions: Vec<i32> =
                    positions.map(|position| reflected(position, side) as i32).collect();
                let device = images.device();
                images = images.select(dim, Tensor::<1, Int>::from_ints(&positions[..], &device));
            }
        }
        let mirrored = mirror.then(|| images.clone().flip([3]));
        Self { images, mirrored, shape, border }
    }

    /// Returns a view as flattened images, \[N, features\].
    pub(super) fn view(&self, view: View) -> Tensor<2> {
        let ImageShape { channels, height, width } = self.shape;
        let images = self.mirrored.as_ref().filter(|_| view.mirrored).unwrap_or(&self.images);
        let [n, ..] = images.dims();
        let [top, left] = [view.down, view.right].map(|shift| {
            // A view is not shifted by more than the border.
            self.border.saturating_add_signed(shift)
        });
        images
            .clone()
            .slice([0..n, 0..channels, top..top + height, left..left + width])
            .reshape([n, self.shape.len()])
    }
}
