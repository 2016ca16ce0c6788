//! Reliability diagrams.

use zunder_eval::CalibrationCurve;

use crate::axis::Axis;
use crate::chart::{Bar, Chart, Entry, Form, Line, Sign};
use crate::curves::stacked;
use crate::svg::{FAINT, MARK, Stroke, TRAIN};

/// Draws a calibration curve (reliability diagram), as an SVG document: the accuracy over the
/// confidence, and below it the number of images in each bin.
///
/// On the diagonal, probabilities are calibrated; below it, the model is overconfident. Bins
/// without images interrupt the line.
pub fn reliability_diagram(curve: &CalibrationCurve) -> String {
    let line = Stroke::solid(TRAIN, 2.0);
    let mut shares = Chart::new((Axis::of_shares(), "confidence"), (Axis::of_shares(), "accuracy"));
    shares.diagonal = true;
    let neighbours = curve.bins.chunk_by(|a, b| a.high == b.low);
    shares.lines.extend(neighbours.map(|bins| Line {
        points: bins.iter().map(|bin| (bin.predicted, bin.observed)).collect(),
        stroke: line,
        form: Form::Dotted,
    }));
    let counts = Axis::of_counts(curve.bins.iter().map(|bin| bin.n as f64));
    let mut numbers = Chart::new((Axis::of_shares(), "confidence"), (counts, "images"));
    numbers.bars = curve
        .bins
        .iter()
        .map(|bin| Bar { x: (bin.low, bin.high), height: bin.n as f64, colour: FAINT })
        .collect();
    let entries = [
        Entry { sign: Sign::Line(line), label: "this model".to_owned() },
        Entry {
            sign: Sign::Line(Stroke { colour: MARK, width: 1.0, dash: "4 4" }),
            label: "perfect calibration".to_owned(),
        },
        Entry { sign: Sign::Bar(FAINT), label: "images".to_owned() },
    ];
    stacked(&entries, &[(shares, 330.0), (numbers, 170.0)])
}
