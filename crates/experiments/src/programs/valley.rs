//! A long, narrow valley: a quadratic loss of two parameters with unequal curvatures.

use std::f64::consts::TAU;

use zunder_report::{Form, Series};

/// Curvatures across and along the valley.
pub(super) const CURVATURES: [f64; 2] = [600.0, 5.0];
/// Start points, as angles at a distance of 1 from the minimum.
const STARTS: [f64; 6] = [3.4, 0.8, 1.7, 2.5, 4.4, 5.6];
/// A descent has converged at this share of its first loss.
pub(super) const ARRIVED: f64 = 1e-6;

/// Returns the start points.
pub(super) fn starts() -> [[f64; 2]; 6] {
    STARTS.map(|angle| [angle.cos(), angle.sin()])
}

/// The loss `(h1 a² + h2 b²) / 2`, with a across and b along the valley.
#[derive(Clone, Copy, Debug)]
pub(super) struct Valley {
    /// Curvatures h1 across and h2 along the valley.
    pub(super) curvatures: [f64; 2],
    /// Angle of the valley to the axis of the first parameter.
    pub(super) direction: f64,
}

impl Valley {
    /// Returns the coordinates across and along the valley.
    fn coordinates(self, w: &[f64]) -> [f64; 2] {
        let (sin, cos) = self.direction.sin_cos();
        [cos * w[1] - sin * w[0], cos * w[0] + sin * w[1]]
    }

    pub(super) fn loss(self, w: &[f64]) -> f64 {
        let ([h1, h2], [a, b]) = (self.curvatures, self.coordinates(w));
        f64::midpoint(h1 * a * a, h2 * b * b)
    }

    pub(super) fn gradient(self, w: &[f64]) -> Vec<f64> {
        let (sin, cos) = self.direction.sin_cos();
        let place = self.coordinates(w);
        let slope = [self.curvatures[0] * place[0], self.curvatures[1] * place[1]];
        vec![cos * slope[1] - sin * slope[0], cos * slope[0] + sin * slope[1]]
    }

    /// Returns the rate at which plain descent is fastest in the worst direction, `2 / (h1 + h2)`.
    pub(super) fn best_rate(self) -> f64 {
        2.0 / self.curvatures.iter().sum::<f64>()
    }

    /// Returns the number of steps until a descent has converged; NaN if it has not.
    pub(super) fn steps(self, path: &[Vec<f64>]) -> f64 {
        let first = path.first().map_or(f64::NAN, |start| self.loss(start));
        let arrived = path.iter().position(|w| self.loss(w) <= ARRIVED * first);
        arrived.map_or(f64::NAN, |steps| steps as f64)
    }

    /// Returns the ellipse of the points with this loss.
    pub(super) fn contour(self, loss: f64) -> Series {
        let (sin, cos) = self.direction.sin_cos();
        let radii = self.curvatures.map(|h| (2.0 * loss / h).sqrt());
        let at = |i: u32| {
            let angle = TAU * f64::from(i) / 720.0;
            let (across, along) = (radii[0] * angle.sin(), radii[1] * angle.cos());
            (cos * along - sin * across, cos * across + sin * along)
        };
        Series { form: Form::Line, ..Series::line("", (0..=720).map(at).collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        for direction in [0.0, 0.45, 0.8] {
            let valley = Valley { curvatures: CURVATURES, direction };
            let (w, h) = ([0.3, -0.8], 1e-6);
            for i in 0..2 {
                let moved = |by: f64| {
                    let mut w = w;
                    w[i] += by;
                    valley.loss(&w)
                };
                let difference = (moved(h) - moved(-h)) / (2.0 * h);
                assert!((valley.gradient(&w)[i] - difference).abs() < 1e-5, "{direction} {i}");
            }
        }
    }

    #[test]
    fn a_descent_has_converged_at_a_millionth_of_its_first_loss() {
        let valley = Valley { curvatures: [1.0, 1.0], direction: 0.0 };
        let path = |last: f64| vec![vec![1.0, 0.0], vec![0.5, 0.0], vec![last, 0.0]];
        assert_eq!(valley.steps(&path(0.001)), 2.0);
        assert!(valley.steps(&path(0.0011)).is_nan() && valley.steps(&[]).is_nan());
    }
}
