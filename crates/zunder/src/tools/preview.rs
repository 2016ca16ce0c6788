//! An augmentation as pictures, before a run.

use zunder_data::AugmentConfig;
use zunder_report::{ContactSheet, SheetRow};

use crate::images::lineage::Past;
use crate::images::loaded::LoadedData;
use crate::images::pictures::{columns, rows, settings, subtitle};
use crate::{RunConfig, RunError};

/// What to show of an augmentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewConfig {
    /// Training images, 1 to 1,000, from all classes in turn. Default: 8.
    pub images: usize,
    /// What the first so many epochs make of each, 1 to 100. Default: 8.
    pub draws: usize,
    /// Whether each step is shown alone, a row for each. Default: false.
    pub each: bool,
}

impl Default for PreviewConfig {
    fn default() -> Self {
        Self { images: 8, draws: 8, each: false }
    }
}

/// An augmentation as pictures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Preview {
    /// The original beside its draws.
    pub sheet: ContactSheet,
    /// The data set's name.
    pub dataset: String,
    /// What the user should know about the choice of the data set, if anything.
    pub note: Option<String>,
    /// Steps that do not suit the data set, and are not shown.
    pub left_out: Vec<&'static str>,
}

/// Training images of a run beside what its augmentation makes of them, as its training will see
/// them: the draw of epoch e is what epoch e shows. (Where images are mixed, they are mixed with
/// each other here, and with others of their batch there.)
///
/// # Errors
/// [`RunError`] for a configuration out of its range, and those of reading the data.
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
            // A step that mixes needs partners; any other draws the one image that is shown.
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
