//! Changes of a channel by its own histogram.

use crate::render::level::level;

/// Stretches the values so that the smallest becomes 0 and the largest 255. A plane of one value is
/// unchanged.
pub(crate) fn auto_contrast(plane: &mut [f32]) {
    let (least, most) = plane
        .iter()
        .fold((f32::MAX, f32::MIN), |(least, most), &value| (least.min(value), most.max(value)));
    if most > least {
        let scale = 255.0 / (most - least);
        for value in plane.iter_mut() {
            *value = ((*value - least) * scale).clamp(0.0, 255.0);
        }
    }
}

/// Equalises the histogram as PIL does: with s the number of pixels below the brightest level
/// divided by 255, rounded down, a level becomes the number of darker pixels divided by s, rounded,
/// at most 255. If s is 0 nothing changes.
pub(crate) fn equalise(plane: &mut [f32]) {
    let mut histogram = [0_usize; 256];
    for &value in plane.iter() {
        histogram[usize::from(level(value))] += 1;
    }
    let brightest = histogram.iter().rev().find(|&&n| n > 0).copied().unwrap_or(0);
    let step = (plane.len() - brightest) / 255;
    if step == 0 {
        return;
    }
    let mut darker = step / 2;
    let table = histogram.map(|n| {
        let becomes = (darker / step).min(255);
        darker += n;
        becomes as f32
    });
    for value in plane.iter_mut() {
        *value = table[usize::from(level(*value))];
    }
}
