//! Where each pixel of an augmented image comes from: one 3x3 matrix, composed of all geometric steps.

/// A projective map from places in the output to places in the input, in pixels: the inverse of what the eye sees happen.
///
/// Pixel centres have whole coordinates, (0, 0) at the top left, x to the right and y down. A place (x, y) comes from (u / w, v / w), where (u, v, w) = M (x, y, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Homography(pub(crate) [[f32; 3]; 3]);

impl Homography {
    pub(crate) const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// The output at (x, y) comes from (x + dx, y + dy).
    pub(crate) fn translation(dx: f32, dy: f32) -> Self {
        Self([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]])
    }

    /// The output at (x, y) comes from (width - 1 - x, y).
    pub(crate) fn mirror(width: usize) -> Self {
        Self([[-1.0, 0.0, width as f32 - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    }

    /// This step, then `next`: places of the last output go through the inverse of the last step first, so the matrix is `self * next`.
    #[must_use]
    pub(crate) fn then(self, next: Self) -> Self {
        let (a, b) = (self.0, next.0);
        Self([0, 1, 2].map(|i| [0, 1, 2].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j])))
    }

    /// Where the output at (x, y) comes from; not finite on the horizon of a perspective.
    #[inline]
    pub(crate) fn source(&self, x: f32, y: f32) -> (f32, f32) {
        let [u, v, w] = self.0.map(|row| row[0] * x + row[1] * y + row[2]);
        (u / w, v / w)
    }

    /// The map as a whole-pixel shift, with or without a mirror, if it is one.
    #[expect(clippy::float_cmp, reason = "shifts and mirrors compose without rounding, and any other map has to take the general path")]
    pub(crate) fn as_shift(&self) -> Option<Shift> {
        let [[xx, xy, dx], [yx, yy, dy], bottom] = self.0;
        let whole = |v: f32| v == v.trunc() && v.abs() < 16_777_216.0;
        let plain = xx.abs() == 1.0 && [xy, yx, yy] == [0.0, 0.0, 1.0] && bottom == [0.0, 0.0, 1.0];
        (plain && whole(dx) && whole(dy)).then_some(Shift { mirrored: xx < 0.0, dx: dx as isize, dy: dy as isize })
    }
}

/// A whole-pixel shift: the output at (x, y) comes from (dx + x, dy + y), or when mirrored from (dx - x, dy + y).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) mirrored: bool,
    pub(crate) dx: isize,
    pub(crate) dy: isize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_happen_in_the_order_written() {
        // Shifted left by 2 (output x comes from x + 2), then mirrored: the output's left edge shows the input's column 7 + 2.
        let map = Homography::translation(2.0, -1.0).then(Homography::mirror(8));
        assert_eq!(map.source(0.0, 5.0), (9.0, 4.0));
        assert_eq!(map.as_shift(), Some(Shift { mirrored: true, dx: 9, dy: -1 }));
        let map = Homography::mirror(8).then(Homography::translation(2.0, -1.0));
        assert_eq!(map.source(0.0, 5.0), (5.0, 4.0));
    }

    #[test]
    fn two_mirrors_are_none() {
        assert_eq!(Homography::mirror(32).then(Homography::mirror(32)), Homography::IDENTITY);
    }

    #[test]
    fn only_whole_pixel_shifts_take_the_fast_path() {
        for (row, column, value) in
            [(0, 0, 0.5), (0, 1, 0.1), (0, 2, 0.5), (1, 1, -1.0), (2, 0, 0.01), (2, 2, 2.0), (1, 2, f32::NAN), (0, 2, 1e30)]
        {
            let mut map = Homography::IDENTITY;
            map.0[row][column] = value;
            assert_eq!(map.as_shift(), None, "{map:?}");
        }
    }
}
