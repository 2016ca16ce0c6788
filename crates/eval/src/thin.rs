//! Thinning of curves for display: few points that keep the shape.

use std::collections::BinaryHeap;

/// Points closer to the last kept one than this, in both directions, are skipped. It is a tenth of
/// a pixel in a picture 1000 wide.
const INVISIBLE: f64 = 1e-4;

/// Returns the positions of at most `max_points` points of a curve that keep its shape, in order.
/// The first and the last point are among them.
///
/// The point farthest from the line drawn so far is added repeatedly (Douglas and Peucker 1973,
/// best first), until the line runs through all points or there are `max_points`. Points within
/// 0.0001 of an earlier one, in both directions, are skipped: the curves of this crate lie in the
/// unit square. A `max_points` below 2 is raised to 2.
///
/// # Shapes
///
/// `x` and `y` have one number per point. If the lengths differ, the excess is ignored.
///
/// ```
/// // A corner is kept, points on a line are dropped.
/// let (x, y) = ([0.0, 0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0, 1.0]);
/// assert_eq!(zunder_eval::thin(&x, &y, 100), [0, 2, 4]);
/// ```
pub fn thin(x: &[f64], y: &[f64], max_points: usize) -> Vec<usize> {
    let mut sketch = Sketch::default();
    x.iter().zip(y).enumerate().for_each(|(of, (&x, &y))| sketch.push(Point { x, y, of }));
    sketch.thinned(max_points).into_iter().map(|point| point.of).collect()
}

/// A point of a curve, with a value that belongs to it.
#[derive(Clone, Copy)]
pub(crate) struct Point<T> {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) of: T,
}

/// The points of a curve that differ visibly from the previous one, and the last point.
pub(crate) struct Sketch<T> {
    kept: Vec<Point<T>>,
    passed_over: Option<Point<T>>,
}

impl<T> Default for Sketch<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), passed_over: None }
    }
}

impl<T: Copy> Sketch<T> {
    pub(crate) fn push(&mut self, point: Point<T>) {
        if self.kept.last().is_some_and(|last| {
            (point.x - last.x).abs() < INVISIBLE && (point.y - last.y).abs() < INVISIBLE
        }) {
            self.passed_over = Some(point);
        } else {
            self.kept.push(point);
            self.passed_over = None;
        }
    }

    /// Returns at most `max_points` points, chosen as by [`thin`].
    pub(crate) fn thinned(mut self, max_points: usize) -> Vec<Point<T>> {
        self.kept.extend(self.passed_over);
        let points = self.kept;
        if points.len() <= 2 {
            return points;
        }
        let last = points.len() - 1;
        let mut kept = vec![0, last];
        let mut parts = BinaryHeap::from_iter(farthest(&points, 0, last));
        while kept.len() < max_points {
            let Some(part) = parts.pop() else { break };
            kept.push(part.middle);
            parts.extend(farthest(&points, part.start, part.middle));
            parts.extend(farthest(&points, part.middle, part.end));
        }
        kept.sort_unstable();
        pick(&points, &kept)
    }
}

/// Returns the values at the positions.
pub(crate) fn pick<T: Copy>(values: &[T], positions: &[usize]) -> Vec<T> {
    positions.iter().map(|&i| values[i]).collect()
}

/// A segment of the line, and the point that is farthest from it. Segments are ordered by that
/// distance first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// The bits of a distance. They sort as the number does, since it is not negative.
    distance: u64,
    start: usize,
    middle: usize,
    end: usize,
}

/// Returns the segment from `start` to `end`, unless all points between are on the line.
fn farthest<T: Copy>(points: &[Point<T>], start: usize, end: usize) -> Option<Part> {
    let (a, b) = (points[start], points[end]);
    let distances = (start + 1..end).map(|i| (distance(points[i], a, b), i));
    let (distance, middle) =
        distances.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    // Smaller distances are rounding errors.
    (distance > 1e-12).then(|| Part { distance: distance.to_bits(), start, middle, end })
}

/// Returns the squared distance of `p` from the segment between `a` and `b`.
fn distance<T: Copy>(p: Point<T>, a: Point<T>, b: Point<T>) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let square = dx * dx + dy * dy;
    let along = if square == 0.0 {
        0.0
    } else {
        (((p.x - a.x) * dx + (p.y - a.y) * dy) / square).clamp(0.0, 1.0)
    };
    let (ex, ey) = (p.x - a.x - along * dx, p.y - a.y - along * dy);
    ex * ex + ey * ey
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_circle_stays_round() {
        let n = 20_000;
        let (x, y): (Vec<f64>, Vec<f64>) = (0..=n)
            .map(|i| f64::from(i) / f64::from(n) * core::f64::consts::FRAC_PI_2)
            .map(|t| (1.0 - t.cos(), t.sin()))
            .unzip();
        let kept = thin(&x, &y, 40);
        assert_eq!((kept.len(), kept[0], kept[39]), (40, 0, n as usize));
        let worst = (0..x.len()).map(|i| {
            let end = kept.partition_point(|&k| k < i).max(1);
            let point = |index| Point { x: x[index], y: y[index], of: index };
            distance(point(i), point(kept[end - 1]), point(kept[end])).sqrt()
        });
        assert!(worst.fold(0.0, f64::max) < 1e-3);
    }

    #[test]
    fn few_points_stay() {
        assert!(thin(&[], &[], 5).is_empty());
        assert_eq!(thin(&[0.5], &[0.5], 5), [0]);
        assert_eq!(thin(&[0.5; 4], &[0.5; 4], 5), [0, 3]);
        assert_eq!(thin(&[0.0, 0.5, 1.0], &[0.0, 1.0, 0.0], 0), [0, 2]);
        assert_eq!(thin(&[0.0, 0.5, 1.0], &[0.0, 1.0, 0.0], 3), [0, 1, 2]);
        assert_eq!(thin(&[f64::NAN; 3], &[0.0; 3], 9), [0, 2]);
    }
}
