//! The page to play with: ideas of the lecture as pictures that follow sliders.
//!
//! The page is one HTML file without references to others. Its style sheet, formulas, texts and
//! parts are the files of the folder `play`, which this module joins.

use std::fs;
use std::path::{Path, PathBuf};

use zunder::check_replaceable;
use zunder_train::write_atomically;

use crate::experiment::is_threads;
use crate::{ExperimentConfig, ExperimentError};

/// Name of the page on the command line.
pub(crate) const NAME: &str = "play";
/// Title of the page.
pub(crate) const TITLE: &str = "Neural networks to play with";
/// What the page is for, in the index of all experiments.
pub(crate) const QUESTION: &str = "A neuron, a network that learns, descent in a valley, losses \
    and a threshold that follow sliders, in German and English.";

/// The formulas, which the tests also run in Node.
const FORMULAS: [&str; 2] = [include_str!("play/formulas.js"), include_str!("play/network.js")];

/// The texts, then the parts of the page in their order.
const PARTS: [&str; 9] = [
    include_str!("play/words.js"),
    include_str!("play/questions.js"),
    include_str!("play/ui.js"),
    include_str!("play/neuron.js"),
    include_str!("play/learn.js"),
    include_str!("play/valley.js"),
    include_str!("play/scores.js"),
    include_str!("play/threshold.js"),
    include_str!("play/quiz.js"),
];

/// Returns the page to play with, as HTML: a neuron, a small network that learns, descent in a
/// valley, scores and losses, a threshold, and questions, in German and English.
///
/// ```
/// let page = zunder_experiments::play_page();
/// assert!(page.starts_with("<!DOCTYPE html>") && !page.contains("https://"));
/// ```
pub fn play_page() -> String {
    let scripts = [FORMULAS.concat(), PARTS.concat()].concat();
    include_str!("play/page.html")
        .replace("/* STYLE */\n", include_str!("play/style.css"))
        .replace("/* SCRIPT */\n", &scripts)
}

/// Writes [`play_page`] as `index.html` to a folder, which is created if needed, and returns its
/// path. An earlier page is replaced.
///
/// # Errors
/// Returns [`ExperimentError::Setting`] if the configuration has settings other than `threads`,
/// seeds or an expression, which the page does not use. Returns another [`ExperimentError`] if the
/// folder cannot be written, or contains a page that Zunder did not create.
pub fn write_play(config: &ExperimentConfig, folder: &Path) -> Result<PathBuf, ExperimentError> {
    let mut settings = config.settings.iter().map(|(path, _)| path);
    let given = [
        ("setting", settings.find(|path| !is_threads(path)).map(|path| path.join("."))),
        ("seeds", config.seeds.map(|seeds| seeds.to_string())),
        ("expr", config.expression.clone()),
        ("at", config.at.clone()),
    ];
    for (setting, got) in given {
        if let Some(got) = got {
            let expected = "no value: everything is set on the page".to_owned();
            return Err(ExperimentError::Setting { setting, got, expected });
        }
    }
    let page = folder.join("index.html");
    check_replaceable(&page)?;
    fs::create_dir_all(folder)
        .map_err(|source| ExperimentError::Folder { folder: folder.to_owned(), source })?;
    write_atomically(&page, play_page().as_bytes())?;
    Ok(page)
}

#[cfg(test)]
mod tests;
