//! The decision regions of a classifier in the plane.

use zunder_report::{Area, Drawing, Figure, Plot, Scale, Series, plot};

use super::super::training::Samples;
use crate::ExperimentError;

/// Half the side of the plotted square, and the number of cells along it.
const REACH: f64 = 1.2;
const CELLS: usize = 96;

/// Plots the predictions of a classifier over the plane, behind its training points; `scores`
/// returns two scores for each point.
pub(super) fn regions(
    name: &str,
    points: &Samples,
    scores: impl Fn(&Samples) -> Result<Vec<f32>, ExperimentError>,
) -> Result<Figure, ExperimentError> {
    let at = |i: usize| REACH * (2.0 * (i as f64 + 0.5) / CELLS as f64 - 1.0);
    let centres =
        (0..CELLS * CELLS).flat_map(|i| [at(i % CELLS) as f32, at(i / CELLS) as f32]).collect();
    let said = scores(&Samples { features: centres, labels: vec![0; CELLS * CELLS] })?;
    let classes: Vec<usize> =
        said.chunks_exact(2).map(|row| usize::from(row[1] > row[0])).collect();
    let series = (0..2_u32).map(|class| {
        let own = points
            .features
            .chunks_exact(2)
            .zip(&points.labels)
            .filter(|(_, label)| **label == class);
        Series::points(
            class_name(class as usize),
            own.map(|(x, _)| (f64::from(x[0]), f64::from(x[1]))).collect(),
        )
    });
    let plot = plot(&[Plot {
        x_name: "x1".to_owned(),
        x: Scale::Between(-REACH, REACH),
        y_name: "x2".to_owned(),
        y: Scale::Between(-REACH, REACH),
        series: series.collect(),
        areas: classes
            .chunks(CELLS)
            .enumerate()
            .flat_map(|(row, classes)| runs(row, classes))
            .collect(),
        ..Plot::default()
    }]);
    let file = name.replace(", ", "-").replace(' ', "-");
    Ok(Figure {
        name: format!("regions-{file}"),
        caption: format!("{name}: predictions over the plane, and the training points."),
        drawing: Drawing::Svg(plot),
    })
}

fn class_name(class: usize) -> String {
    format!("class {}", class + 1)
}

/// Merges neighbouring cells of a row that have the same class.
fn runs(row: usize, classes: &[usize]) -> Vec<Area> {
    let edge = |i: usize| REACH * (2.0 * i as f64 / CELLS as f64 - 1.0);
    let mut start = 0;
    let mut areas = Vec::new();
    for run in classes.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        areas.push(Area {
            name: class_name(run[0]),
            x: (edge(start), edge(end)),
            y: (edge(row), edge(row + 1)),
        });
        start = end;
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_class_are_one_area() {
        let areas = runs(0, &[0, 0, 1, 0]);
        assert_eq!(
            areas.iter().map(|area| area.name.as_str()).collect::<Vec<_>>(),
            ["class 1", "class 2", "class 1"]
        );
        assert!(areas[0].x.0 == -REACH && areas[0].x.1 == areas[1].x.0 && areas[0].y.0 == -REACH);
    }
}
