//! The outline of each class: the signed distance to it, negative inside, after I. Quilez, "2D
//! distance functions".
//!
//! Coordinates are in units of the shape's radius, x to the right and y down. The distance is exact
//! or a lower bound, which suffices for a clean edge.

/// Returns the signed distance from (x, y) to the outline of class `label`.
pub(super) fn distance(label: u32, x: f32, y: f32) -> f32 {
    match label {
        0 => circle(x, y),
        1 => ring(x, y),
        2 => crescent(x, y),
        3 => square(x, y),
        4 => rectangle(x, y, 1.0, 0.3),
        5 => triangle(x, y),
        6 => hourglass(x, y),
        7 => cross(x, y),
        8 => star(x, y),
        _ => heart(x, y),
    }
}

fn length(x: f32, y: f32) -> f32 {
    libm::sqrtf(x * x + y * y)
}

fn circle(x: f32, y: f32) -> f32 {
    length(x, y) - 0.9
}

fn ring(x: f32, y: f32) -> f32 {
    (length(x, y) - 0.76).abs() - 0.2
}

/// Returns a disc from which another disc cuts the right side.
fn crescent(x: f32, y: f32) -> f32 {
    let (x, y) = (x - 0.15, y);
    (length(x, y) - 1.0).max(0.8 - length(x - 0.55, y))
}

fn square(x: f32, y: f32) -> f32 {
    rectangle(x, y, 0.8, 0.8)
}

/// Returns an upright rectangle, `half_width` and `half_height` from its centre.
fn rectangle(x: f32, y: f32, half_width: f32, half_height: f32) -> f32 {
    let (dx, dy) = (x.abs() - half_width, y.abs() - half_height);
    length(dx.max(0.0), dy.max(0.0)) + dx.max(dy).min(0.0)
}

/// Returns an equilateral triangle with the tip up.
fn triangle(x: f32, y: f32) -> f32 {
    let side = 0.866_025_4 * x.abs() - 0.5 * (y - 0.15);
    (side - 0.5).max(y - 0.15 - 0.5)
}

/// Two triangles that touch at their tips.
fn hourglass(x: f32, y: f32) -> f32 {
    let side = 0.8 * (x.abs() - 0.08) - 0.6 * y.abs();
    side.max(y.abs() - 0.95)
}

fn cross(x: f32, y: f32) -> f32 {
    rectangle(x, y, 0.95, 0.27).min(rectangle(x, y, 0.27, 0.95))
}

/// Five points, one up: the plane is folded along the star's axes of symmetry until one edge is
/// left.
fn star(x: f32, y: f32) -> f32 {
    const COS_36: f32 = 0.809_017;
    const SIN_36: f32 = 0.587_785_25;
    const OUTER: f32 = 1.05;
    const INNER: f32 = 0.42;
    let (mut x, mut y) = (x.abs(), -y);
    let fold = 2.0 * (COS_36 * x - SIN_36 * y).max(0.0);
    (x, y) = (x - fold * COS_36, y + fold * SIN_36);
    let fold = 2.0 * (-COS_36 * x - SIN_36 * y).max(0.0);
    (x, y) = (x + fold * COS_36, y + fold * SIN_36);
    (x, y) = (x.abs(), y - OUTER);
    let (edge_x, edge_y) = (INNER * SIN_36, INNER * COS_36 - OUTER);
    let along = ((x * edge_x + y * edge_y) / (edge_x * edge_x + edge_y * edge_y)).clamp(0.0, 1.0);
    let outside = y * edge_x - x * edge_y;
    length(x - edge_x * along, y - edge_y * along).copysign(outside)
}

/// Two discs over a triangle whose tip points down.
fn heart(x: f32, y: f32) -> f32 {
    let x = x.abs();
    let lobe = length(x - 0.45, y + 0.35) - 0.5;
    let side = 0.74 * x + 0.6726 * (y - 0.95);
    lobe.min(side.max(-0.4 - y).max(0.74 * x + 0.6726 * -y - 0.9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::CLASSES;

    fn classes() -> impl Iterator<Item = u32> {
        0..CLASSES.len() as u32
    }

    /// Returns the share of the square [-1.25, 1.25]^2 on a 50x50 grid for which `test` is true.
    fn share(test: impl Fn(f32, f32) -> bool) -> f32 {
        let at = |i: u16| (f32::from(i) - 24.5) / 20.0;
        (0..2500_u16).filter(|i| test(at(i % 50), at(i / 50))).count() as f32 / 2500.0
    }

    #[test]
    fn every_outline_lies_within_its_radius_and_covers_enough_to_be_seen() {
        for class in classes() {
            let covered = share(|x, y| distance(class, x, y) < 0.0);
            assert!((0.15..0.5).contains(&covered), "class {class} covers {covered}");
            let outside = share(|x, y| distance(class, x, y) < 0.0 && length(x, y) > 1.2);
            assert!(outside < 0.001, "class {class} reaches out by {outside}");
        }
    }

    #[test]
    fn no_class_is_another_or_its_mirror_image() {
        for a in classes() {
            for b in 0..a {
                for flip in [1.0, -1.0] {
                    let differ =
                        share(|x, y| (distance(a, x, y) < 0.0) != (distance(b, flip * x, y) < 0.0));
                    assert!(differ > 0.05, "{a} and {b} differ on {differ}");
                }
            }
        }
    }

    #[test]
    fn distances_change_no_faster_than_the_place() {
        for class in classes() {
            let steep =
                share(|x, y| (distance(class, x + 0.01, y) - distance(class, x, y)).abs() > 0.0101);
            assert!(steep == 0.0, "class {class}: {steep}");
        }
    }
}
