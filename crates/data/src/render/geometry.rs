//! The origin of each pixel of an augmented image: one 3x3 matrix, composed of all geometric steps.

/// A projective map from output positions to input positions, in pixels: the inverse of the visible
/// change.
///
/// Pixel centres have whole coordinates, (0, 0) at the top left, x to the right and y down. A
/// position (x, y) is taken from (u / w, v / w), where (u, v, w) = M (x, y, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Homography(pub(crate) [[f64; 3]; 3]);

impl Homography {
    pub(crate) const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// The output at (x, y) is the input at (x + dx, y + dy).
    pub(crate) fn translation(dx: f64, dy: f64) -> Self {
        Self([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]])
    }

    /// The output at (x, y) is the input at (width - 1 - x, y).
    pub(crate) fn mirror_x(width: usize) -> Self {
        Self([[-1.0, 0.0, width as f64 - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    }

    /// The output at (x, y) is the input at (x, height - 1 - y).
    pub(crate) fn mirror_y(height: usize) -> Self {
        Self([[1.0, 0.0, 0.0], [0.0, -1.0, height as f64 - 1.0], [0.0, 0.0, 1.0]])
    }

    /// Returns the linear map ((a, b), (c, d)) about the fixed point (x, y).
    pub(crate) fn about((x, y): (f64, f64), [[a, b], [c, d]]: [[f64; 2]; 2]) -> Self {
        Self([[a, b, x - a * x - b * y], [c, d, y - c * x - d * y], [0.0, 0.0, 1.0]])
    }

    /// Returns an anticlockwise rotation about (x, y). Quarter turns are exact.
    pub(crate) fn rotation(centre: (f64, f64), degrees: f64) -> Self {
        let (sin, cos) = if degrees % 90.0 == 0.0 {
            [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)]
                [(degrees / 90.0).rem_euclid(4.0) as usize % 4]
        } else {
            libm::sincos(degrees.to_radians())
        };
        Self::about(centre, [[cos, -sin], [sin, cos]])
    }

    /// Returns the map that takes the four `corners` of a convex quadrilateral to those of the
    /// rectangle (0, 0) to (right, bottom), both in the order top left, top right, bottom right,
    /// bottom left.
    ///
    /// Heckbert 1989, "Fundamentals of texture mapping and image warping": the map from the unit
    /// square to the quadrilateral, inverted.
    pub(crate) fn from_quadrilateral(
        corners: [(f64, f64); 4],
        (right, bottom): (f64, f64),
    ) -> Self {
        let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = corners;
        let (sx, sy) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let (dx1, dx2, dy1, dy2) = (x1 - x2, x3 - x2, y1 - y2, y3 - y2);
        let determinant = dx1 * dy2 - dx2 * dy1;
        let g = (sx * dy2 - dx2 * sy) / determinant;
        let h = (dx1 * sy - sx * dy1) / determinant;
        let square = Self([
            [x1 - x0 + g * x1, x3 - x0 + h * x3, x0],
            [y1 - y0 + g * y1, y3 - y0 + h * y3, y0],
            [g, h, 1.0],
        ]);
        Self([[right, 0.0, 0.0], [0.0, bottom, 0.0], [0.0, 0.0, 1.0]]).then(square.inverse())
    }

    /// Returns the adjugate divided by its last entry: the inverse, up to a factor that does not
    /// matter for a projective map.
    pub(crate) fn inverse(self) -> Self {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.0;
        let adjugate = [
            [e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ];
        Self(adjugate.map(|row| row.map(|v| v / adjugate[2][2])))
    }

    /// This step followed by `next`: positions of the final output first go through the inverse of
    /// the last step, so the matrix is `self * next`.
    #[must_use]
    pub(crate) fn then(self, next: Self) -> Self {
        let (a, b) = (self.0, next.0);
        Self(
            [0, 1, 2].map(|i| {
                [0, 1, 2].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j])
            }),
        )
    }

    /// Returns whether the map is affine, without a division.
    pub(crate) fn is_affine(&self) -> bool {
        self.0[2] == [0.0, 0.0, 1.0]
    }

    /// Returns the map as a whole-pixel shift, with or without mirroring, if it is one.
    pub(crate) fn as_shift(&self) -> Option<Shift> {
        let [[xx, xy, dx], [yx, yy, dy], _] = self.0;
        let whole = |v: f64| v == v.trunc() && v.abs() < 16_777_216.0;
        let plain =
            xx.abs() == 1.0 && yy.abs() == 1.0 && xy == 0.0 && yx == 0.0 && self.is_affine();
        let shift =
            Shift { mirror_x: xx < 0.0, mirror_y: yy < 0.0, dx: dx as isize, dy: dy as isize };
        (plain && whole(dx) && whole(dy)).then_some(shift)
    }
}

/// A whole-pixel shift: the output at (x, y) is the input at (dx + x, dy + y), or dx - x if
/// mirrored left and right, or dy - y if mirrored top and bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) mirror_x: bool,
    pub(crate) mirror_y: bool,
    pub(crate) dx: isize,
    pub(crate) dy: isize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(map: Homography, x: f64, y: f64) -> (f64, f64) {
        let [u, v, w] = map.0.map(|row| row[0] * x + row[1] * y + row[2]);
        (u / w, v / w)
    }

    #[test]
    fn steps_happen_in_the_order_written() {
        // Shifted left by 2 (output x is input x + 2), then mirrored: the output's left edge shows
        // the input's column 7 + 2.
        let map = Homography::translation(2.0, -1.0).then(Homography::mirror_x(8));
        assert_eq!(source(map, 0.0, 5.0), (9.0, 4.0));
        assert_eq!(map.as_shift(), Some(Shift { mirror_x: true, mirror_y: false, dx: 9, dy: -1 }));
        let map = Homography::mirror_x(8).then(Homography::translation(2.0, -1.0));
        assert_eq!(source(map, 0.0, 5.0), (5.0, 4.0));
    }

    #[test]
    fn mirrors_are_involutions_and_both_are_half_a_turn() {
        let (x, y) = (Homography::mirror_x(32), Homography::mirror_y(20));
        assert_eq!(x.then(x), Homography::IDENTITY);
        assert_eq!(y.then(y), Homography::IDENTITY);
        assert_eq!(x.then(y), Homography::rotation((15.5, 9.5), 180.0));
    }

    #[test]
    fn a_quarter_turn_is_anticlockwise_and_exact() {
        // A pixel to the right of the centre is now above it.
        let turn = Homography::rotation((3.5, 3.5), 90.0);
        assert_eq!(source(turn, 3.5, 2.5), (4.5, 3.5));
        for degrees in [-270.0, 450.0] {
            assert_eq!(Homography::rotation((3.5, 3.5), degrees), turn);
        }
        assert_eq!(turn.then(turn).then(turn).then(turn), Homography::IDENTITY);
        let (u, v) = source(Homography::rotation((3.5, 3.5), 30.0), 3.5, 2.5);
        assert!((u - 4.0).abs() < 1e-12 && (v - (3.5 - 0.75_f64.sqrt())).abs() < 1e-12);
    }

    #[test]
    fn a_quadrilateral_is_taken_to_the_rectangle() {
        let corners = [(1.0, 2.0), (27.0, 0.5), (30.0, 29.0), (0.0, 31.0)];
        let map = Homography::from_quadrilateral(corners, (31.0, 21.0));
        for ((x, y), (u, v)) in
            corners.into_iter().zip([(0.0, 0.0), (31.0, 0.0), (31.0, 21.0), (0.0, 21.0)])
        {
            let got = source(map, x, y);
            assert!((got.0 - u).abs() < 1e-9 && (got.1 - v).abs() < 1e-9, "{got:?}");
        }
        assert!(!map.is_affine());
    }

    #[test]
    fn only_whole_pixel_shifts_take_the_fast_path() {
        for (row, column, value) in [
            (0, 0, 0.5),
            (0, 1, 0.1),
            (0, 2, 0.5),
            (1, 1, -2.0),
            (2, 0, 0.01),
            (2, 2, 2.0),
            (1, 2, f64::NAN),
            (0, 2, 1e30),
        ] {
            let mut map = Homography::IDENTITY;
            map.0[row][column] = value;
            assert_eq!(map.as_shift(), None, "{map:?}");
        }
    }
}
