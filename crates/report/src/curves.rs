use plotters::coord::Shift;
use plotters::prelude::*;
use zunder_eval::EpochRecord;

use crate::ReportError;
use crate::panel::{FONT, LINE, Panel, failed};
use crate::svg::{BACKGROUND, MARK, TEXT, TRAIN, UNITS_PER_PIXEL, VALIDATION, document};

const WIDTH: u32 = 540 * UNITS_PER_PIXEL;
const HEIGHT: u32 = 560 * UNITS_PER_PIXEL;
const LEGEND: u32 = 28 * UNITS_PER_PIXEL;

/// Draws loss and accuracy over the epochs, on training and validation set, as an SVG document.
///
/// Two panels, one above the other, 540 x 560 pixels; the colours follow the reader's light or dark scheme. Epoch `best_epoch`, counted as in the records, is marked if it is
/// among them. The training values are means over the epoch in training mode and are labelled so. NaN, infinite values and those beyond ±10¹² are skipped.
///
/// # Errors
///
/// No records.
///
/// ```
/// use zunder_eval::EpochRecord;
///
/// let epoch = |epoch, loss| EpochRecord { epoch, train_loss: loss, validation_loss: loss + 0.1, ..EpochRecord::default() };
/// let svg = zunder_report::learning_curves(&[epoch(1, 2.0), epoch(2, 1.5)], Some(2))?;
/// assert!(svg.starts_with("<svg") && svg.contains("best epoch 2"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn learning_curves(records: &[EpochRecord], best_epoch: Option<usize>) -> Result<String, ReportError> {
    let epochs = records.iter().map(|record| record.epoch);
    let (Some(first), Some(last)) = (epochs.clone().min(), epochs.clone().max()) else {
        return Err(ReportError::NoEpochs);
    };
    let best = best_epoch.filter(|best| epochs.clone().any(|epoch| epoch == *best));
    let points = |value: fn(&EpochRecord) -> f64| records.iter().map(|record| (record.epoch as f64, value(record))).collect();
    let panel = |name, train, validation| Panel {
        name,
        train: points(train),
        validation: points(validation),
        epochs: (first as f64, last as f64),
        best: best.map(|best| best as f64),
    };
    let mut drawn = String::new();
    {
        let root = SVGBackend::with_string(&mut drawn, (WIDTH, HEIGHT)).into_drawing_area();
        root.fill(&BACKGROUND).map_err(failed)?;
        let (top, panels) = root.split_vertically(LEGEND);
        legend(&top, best)?;
        let (upper, lower) = panels.split_vertically((HEIGHT - LEGEND) / 2);
        panel("loss", |r| r.train_loss, |r| r.validation_loss).draw(&upper)?;
        panel("accuracy in %", |r| 100.0 * r.train_accuracy, |r| 100.0 * r.validation_accuracy).draw(&lower)?;
        root.present().map_err(failed)?;
    }
    Ok(document(&drawn, WIDTH, HEIGHT))
}

/// One line above the panels, outside of them, where no curve can run into it; spaced for wide letters too, since each viewer brings its own.
fn legend<D: DrawingBackend>(area: &DrawingArea<D, Shift>, best: Option<usize>) -> Result<(), ReportError> {
    let y = LEGEND as i32 * 2 / 3;
    let letters = ("sans-serif", FONT).into_font().color(&TEXT);
    let label = |text: String, x: i32| area.draw(&Text::new(text, (x, y - FONT as i32 / 3), letters.clone())).map_err(failed);
    for (x, text, colour) in [(24, "training (running mean)", TRAIN), (504, "validation", VALIDATION)] {
        area.draw(&PathElement::new([(x, y), (x + 48, y)], colour.stroke_width(LINE))).map_err(failed)?;
        label(text.to_owned(), x + 62)?;
    }
    if let Some(best) = best {
        let x = 786;
        area.draw(&PathElement::new([(x, y - 20), (x, y + 20)], MARK.stroke_width(2))).map_err(failed)?;
        area.draw(&Circle::new((x, y), 11, BACKGROUND.filled())).map_err(failed)?;
        area.draw(&Circle::new((x, y), 11, VALIDATION.stroke_width(LINE))).map_err(failed)?;
        label(format!("best epoch {best}"), x + 28)?;
    }
    Ok(())
}
