//! Draws augmented training images before a run.

use zunder_data::AugmentConfig;
use zunder_report::{ContactSheet, SheetRow};

use crate::images::lineage::Past;
use crate::images::loaded::LoadedData;
use crate::images::pictures::{columns, rows, settings, subtitle};
use crate::{RunConfig, RunError};

/// The settings of a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewConfig {
    /// Number of training images, 1 to 1,000, from all classes in turn. Default: 8.
    pub images: usize,
    /// Number of augmented versions of each, those of the first epochs, 1 to 100. Default: 8.
    pub draws: usize,
    /// Whether to show each step alone, in a row of its own. Default: false.
    pub each: bool,
}

impl Default for PreviewConfig {
    fn default() -> Self {
        Self { images: 8, draws: 8, each: false }
    }
}

/// A preview of an augmentation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Preview {
    /// Originals and their augmented versions.
    pub sheet: ContactSheet,
    /// Name of the data set.
    pub dataset: String,
    /// Note on the choice of the data set, if any.
    pub note: Option<String>,
    /// Steps that are not shown because they do not suit the data set.
    pub left_out: Vec<&'static str>,
}

/// Draws training images of a run beside their augmented versions, the same as in its training:
/// version e is that of epoch e. (Steps that mix images mix those of the preview with each other,
/// and in training those of a batch.)
///
/// # Errors
/// Returns a [`RunError`] if a setting is out of range, or if the data cannot be read.
pub fn preview(config: &RunConfig, show: PreviewConfig) -> Result<Preview, RunError> {
    config.validate()?;
    for (name, got, most) in [("images", show.images, 1000), ("draws", show.draws, 100)] {
        if !(1..=most).contains(&got) {
            return Err(RunError::config(
                "preview",
                format!("{name} is {got}, expected 1 to {most}"),
            ));
        }
    }
    let loaded = LoadedData::load(config, &mut (), Past::default())?;
    let (augment, left_out) = loaded.suit(&config.augment)?;
    let standardisation = loaded.preprocessing(&mut ())?.standardisation;
    if show.each && augment.steps().is_empty() {
        return Err(RunError::config(
            "preview",
            "the augmentation has no step, expected at least one to show each alone",
        ));
    }
    let images = loaded.of_each_class(show.images);
    let rows = if show.each {
        let steps = augment.each_alone();
        let row = |(i, (step, alone)): (usize, (&str, AugmentConfig))| {
            let which = i % images.len();
            // A step that mixes images needs several; for any other, the shown image is enough.
            let (drawn, which) = if alone.mixing().is_some() {
                (&images[..], which)
            } else {
                (&images[which..=which], 0)
            };
            let mut rows = rows(&loaded, &alone, &standardisation, drawn, show.draws)?;
            Ok(SheetRow {
                caption: step.replace('_', " "),
                details: settings(&alone, step),
                ..rows.swap_remove(which)
            })
        };
        steps.into_iter().enumerate().map(row).collect::<Result<Vec<_>, RunError>>()?
    } else {
        rows(&loaded, &augment, &standardisation, &images, show.draws)?
    };
    let sheet = ContactSheet {
        title: title(config, show.each, loaded.name.name()),
        subtitle: if show.each { String::new() } else { subtitle(&augment) },
        columns: columns(show.draws),
        rows,
    };
    Ok(Preview { sheet, dataset: loaded.name.name().to_owned(), note: loaded.note, left_out })
}

fn title(config: &RunConfig, each: bool, dataset: &str) -> String {
    let which = match config.augment.preset_name() {
        Some(name) => format!("Augmentation {name}"),
        None => "Augmentation".to_owned(),
    };
    format!("{which}{} on {dataset}", if each { ", each step alone" } else { "" })
}
