//! The health statistics of layers over the epochs, as plots.

use zunder_eval::HealthRecord;

use crate::axis::Axis;
use crate::chart::{Chart, Entry, Form, Line, Sign, drawable};
use crate::curves::stacked;
use crate::format::cut;
use crate::svg::Stroke;

/// The largest number of layers with a line.
pub(crate) const MOST_LINES: usize = 8;
/// The largest length of a name in the legend; longer ones are cut.
const NAME: usize = 24;
/// The height of each chart.
const HEIGHT: f64 = 200.0;

/// A statistic of a layer.
type Figure = fn(&HealthRecord) -> Option<f64>;

/// Draws gradient norm and update ratio of each layer with weights, as an SVG document; `None`
/// without such layers.
pub(crate) fn update_curves(records: &[HealthRecord], best_epoch: Option<usize>) -> Option<String> {
    draw(
        records,
        best_epoch,
        [
            ("gradient norm", |r| r.gradient_norm, true),
            ("update / weight", |r| r.update_ratio, true),
        ],
    )
}

/// Draws the share of dead units and the deviation over the images of each observed layer, as an
/// SVG document; `None` without such layers.
pub(crate) fn activation_curves(
    records: &[HealthRecord],
    best_epoch: Option<usize>,
) -> Option<String> {
    draw(
        records,
        best_epoch,
        [
            ("dead units in %", |r| r.dead.map(|dead| 100.0 * dead), false),
            ("spread over images", |r| r.image_deviation, true),
        ],
    )
}

/// Returns the layers that have a statistic. If there are many, some are taken at equal distances,
/// including the first and the last.
fn layers(records: &[HealthRecord], figure: Figure) -> Vec<&str> {
    let first = records.first().map_or(0, |record| record.epoch);
    let all: Vec<&str> = records
        .iter()
        .take_while(|r| r.epoch == first)
        .filter(|r| figure(r).is_some())
        .map(|r| r.layer.as_str())
        .collect();
    let shown = all.len().min(MOST_LINES);
    (0..shown).map(|i| all[i * (all.len() - 1) / (shown - 1).max(1)]).collect()
}

/// Draws charts one above the other with one line per layer. Each has a name, a statistic, and
/// whether its axis is logarithmic.
fn draw(
    records: &[HealthRecord],
    best_epoch: Option<usize>,
    figures: [(&str, Figure, bool); 2],
) -> Option<String> {
    let layers = layers(records, figures[0].1);
    let (first, last) = (records.first()?.epoch as f64, records.last()?.epoch as f64);
    if layers.is_empty() {
        return None;
    }
    let entry = |(i, layer): (usize, &&str)| Entry {
        sign: Sign::Line(Stroke::number(i)),
        label: cut(layer, NAME),
    };
    let entries: Vec<Entry> = layers.iter().enumerate().map(entry).collect();
    let charts = figures.map(|(name, figure, logarithmic)| {
        let points = |layer: &str| -> Vec<(f64, f64)> {
            let of_layer = records.iter().filter(|record| record.layer == layer);
            let points = of_layer.filter_map(|record| Some((record.epoch as f64, figure(record)?)));
            points
                .filter(|(_, value)| drawable(*value) && !(logarithmic && *value <= 0.0))
                .collect()
        };
        let lines: Vec<Line> = layers
            .iter()
            .enumerate()
            .map(|(i, layer)| Line {
                points: points(layer),
                stroke: Stroke::number(i),
                form: Form::Dotted,
            })
            .collect();
        let values = lines.iter().flat_map(|line| line.points.iter().map(|(_, value)| *value));
        let y = if logarithmic { Axis::of_powers(values) } else { Axis::from_zero(values) };
        let mut chart = Chart::new((Axis::of_numbers(first, last), "epoch"), (y, name));
        chart.mark =
            best_epoch.map(|best| best as f64).filter(|best| (first..=last).contains(best));
        chart.lines = lines;
        (chart, HEIGHT)
    });
    Some(stacked(&entries, &charts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(layers: usize, epochs: usize) -> Vec<HealthRecord> {
        let record = |epoch, layer: usize| HealthRecord {
            epoch,
            layer: format!("hidden {}", layer + 1),
            gradient_norm: Some(0.1 / epoch as f64),
            update_ratio: Some(if layer == 0 { 0.0 } else { 1e-3 }),
            dead: (layer + 1 < layers).then_some(0.5),
            image_deviation: (layer + 1 < layers).then_some(1.0),
            ..HealthRecord::default()
        };
        (1..=epochs).flat_map(|epoch| (0..layers).map(move |layer| record(epoch, layer))).collect()
    }

    #[test]
    fn each_layer_has_a_line() {
        let svg = update_curves(&records(3, 4), Some(2)).unwrap();
        assert_eq!(
            (svg.matches("<polyline").count(), svg.matches(">hidden 3</text>").count()),
            (6, 1)
        );
        // A ratio of 0 is outside of a logarithmic axis: 3 lines of 4 dots, and 2.
        assert_eq!(svg.matches("<circle").count(), 20);
        let svg = activation_curves(&records(3, 4), Some(2)).unwrap();
        assert_eq!((svg.matches("<polyline").count(), svg.contains("hidden 3")), (4, false));
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn of_many_layers_some_are_shown() {
        let all = records(100, 1);
        let shown = layers(&all, |r| r.gradient_norm);
        assert_eq!((shown.len(), shown[0], shown[7]), (8, "hidden 1", "hidden 100"));
        assert_eq!(layers(&records(1, 1), |r| r.gradient_norm), ["hidden 1"]);
    }

    #[test]
    fn missing_values_are_not_drawn() {
        assert_eq!(
            (update_curves(&[], None), activation_curves(&records(1, 3), None)),
            (None, None)
        );
    }
}
