use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::prelude::*;

use crate::ReportError;
use crate::axis::Axis;
use crate::svg::{BACKGROUND, GRID, MARK, TEXT, TRAIN, VALIDATION};

/// The letters' size in units.
pub(crate) const FONT: u32 = 34;
/// The room for the numbers and the name of the vertical axis, in units.
const LEFT: u32 = 140;
/// The width of a curve, in units.
pub(crate) const LINE: u32 = 4;
/// Up to this many epochs, each is also a dot: one epoch alone draws no line.
const DOTTED: usize = 40;
/// Values beyond this are skipped along with NaN and infinities: nothing else could be seen beside them.
const LARGEST: f64 = 1e12;

/// One quantity over the epochs, on the training and on the validation set.
pub(crate) struct Panel<'a> {
    /// The name of the quantity.
    pub(crate) name: &'a str,
    /// Epochs and values on the training set.
    pub(crate) train: Vec<(f64, f64)>,
    /// Epochs and values on the validation set.
    pub(crate) validation: Vec<(f64, f64)>,
    /// The first and the last epoch.
    pub(crate) epochs: (f64, f64),
    /// The epoch to mark.
    pub(crate) best: Option<f64>,
}

impl Panel<'_> {
    /// Draws the panel over the whole area.
    pub(crate) fn draw<D: DrawingBackend>(mut self, area: &DrawingArea<D, Shift>) -> Result<(), ReportError> {
        self.train.retain(|&point| drawable(point));
        self.validation.retain(|&point| drawable(point));
        let values = Axis::of_values(self.train.iter().chain(&self.validation).map(|point| point.1));
        let heights = values.range();
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(24)
            .set_label_area_size(LabelAreaPosition::Left, LEFT)
            .set_label_area_size(LabelAreaPosition::Bottom, 92)
            .build_cartesian_2d(Axis::of_epochs(self.epochs.0, self.epochs.1), values)
            .map_err(failed)?;
        let letters = ("sans-serif", FONT).into_font().color(&TEXT);
        chart
            .configure_mesh()
            .bold_line_style(GRID.stroke_width(2))
            .light_line_style(TRANSPARENT)
            .axis_style(MARK.stroke_width(2))
            .x_desc("epoch")
            .y_desc(self.name)
            .label_style(letters.clone())
            .axis_desc_style(letters)
            .draw()
            .map_err(failed)?;
        if let Some(best) = self.best {
            chart.draw_series([PathElement::new([(best, heights.start), (best, heights.end)], MARK.stroke_width(2))]).map_err(failed)?;
        }
        for (points, colour) in [(&self.train, TRAIN), (&self.validation, VALIDATION)] {
            chart.draw_series([PathElement::new(points.as_slice(), colour.stroke_width(LINE))]).map_err(failed)?;
            if points.len() <= DOTTED {
                chart.draw_series(points.iter().map(|&point| Circle::new(point, 5, colour.filled()))).map_err(failed)?;
            }
        }
        for &point in self.validation.iter().filter(|point| Some(point.0) == self.best) {
            chart.draw_series([Circle::new(point, 11, BACKGROUND.filled())]).map_err(failed)?;
            chart.draw_series([Circle::new(point, 11, VALIDATION.stroke_width(LINE))]).map_err(failed)?;
        }
        Ok(())
    }
}

/// Names a failure of `plotters`.
pub(crate) fn failed(error: impl std::fmt::Display) -> ReportError {
    ReportError::Plot(error.to_string())
}

fn drawable((_, value): (f64, f64)) -> bool {
    value.abs() <= LARGEST
}
