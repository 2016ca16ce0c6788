//! Writes the findings of experiments to files.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use zunder::{FolderLock, check_replaceable};
use zunder_report::{Drawing, IndexEntry, study_index};
use zunder_train::{FileKind, UNFINISHED, write_atomically};

use crate::{Experiment, ExperimentConfig, ExperimentError, Findings, play, write_play};

/// The findings as JSON. A folder that contains this file belongs to an experiment.
const RECORD: &str = "findings.json";

/// Content of the JSON file.
#[derive(Serialize)]
struct Record<'a> {
    name: &'a str,
    holds: bool,
    claims: Vec<ClaimRecord<'a>>,
    tables: Vec<TableRecord<'a>>,
    setting: &'a [(String, String)],
}

#[derive(Serialize)]
struct ClaimRecord<'a> {
    statement: &'a str,
    evidence: &'a str,
    holds: bool,
    values: &'a [f64],
    margin: Option<f64>,
}

#[derive(Serialize)]
struct TableRecord<'a> {
    caption: &'a str,
    headings: &'a [String],
    rows: &'a [Vec<String>],
}

impl Experiment {
    /// Returns the findings as JSON.
    pub fn json(&self, findings: &Findings) -> String {
        let claims = findings.claims.iter().map(|c| ClaimRecord {
            statement: &c.statement,
            evidence: &c.evidence,
            holds: c.holds,
            values: &c.values,
            margin: c.margin,
        });
        let tables = findings.tables.iter().map(|t| TableRecord {
            caption: &t.caption,
            headings: &t.headings,
            rows: &t.rows,
        });
        let record = Record {
            name: self.name,
            holds: findings.all_hold(),
            claims: claims.collect(),
            tables: tables.collect(),
            setting: &findings.setting,
        };
        // Serialising strings and booleans does not fail.
        serde_json::to_string_pretty(&record).unwrap_or_default()
    }

    /// Checks that a folder contains nothing but findings of this experiment. Writes nothing.
    ///
    /// # Errors
    /// Returns [`ExperimentError::Occupied`] if it contains anything else, and
    /// [`ExperimentError::Folder`] if it cannot be read.
    pub fn check_folder(&self, folder: &Path) -> Result<(), ExperimentError> {
        let unread = |source| ExperimentError::Folder { folder: folder.to_owned(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(unread)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unread(error)),
        };
        let record = FileKind::Records.read_text(&folder.join(RECORD)).ok();
        let record = record.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        if record.is_some_and(|record| record["name"] == self.name) {
            return Ok(());
        }
        // An interrupted write leaves a lock and figures but no JSON file.
        let names: Vec<String> =
            entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let begun = names.iter().any(|name| name == FolderLock::NAME);
        let ours = |name: &str| {
            let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
            name == FolderLock::NAME
                || name.starts_with(UNFINISHED)
                || (begun && matches!(ending, Some("png" | "svg")))
        };
        match names.into_iter().find(|name| !ours(name)) {
            Some(file) => Err(ExperimentError::Occupied { folder: folder.to_owned(), file }),
            None => Ok(()),
        }
    }

    /// Writes the findings to a folder, which is created if needed: `index.html`, each figure as
    /// PNG and, if it was drawn, as SVG, and `findings.json`. Replaces earlier findings of the same
    /// experiment. Returns the path of the page; `reproduce` is the command that repeats the
    /// experiment.
    ///
    /// # Errors
    /// Returns an [`ExperimentError`] if the folder cannot be written, contains other files or is
    /// being written by another process, or if a figure cannot be drawn.
    pub fn write(
        &self,
        findings: &Findings,
        folder: &Path,
        reproduce: &str,
    ) -> Result<PathBuf, ExperimentError> {
        self.check_folder(folder)?;
        fs::create_dir_all(folder)
            .map_err(|source| ExperimentError::Folder { folder: folder.to_owned(), source })?;
        let _lock = FolderLock::take(folder)?;
        for figure in &findings.figures {
            write_atomically(&folder.join(&figure.name).with_extension("png"), &figure.png()?)?;
            if let Drawing::Svg(svg) = &figure.drawing {
                write_atomically(&folder.join(&figure.name).with_extension("svg"), svg.as_bytes())?;
            }
        }
        write_atomically(&folder.join(RECORD), self.json(findings).as_bytes())?;
        let page = folder.join("index.html");
        write_atomically(&page, self.page(findings, reproduce)?.as_bytes())?;
        Ok(page)
    }
}

/// Writes `index.html`, which links to the pages of several experiments, to the folder above
/// theirs, and the page to play with to its folder `play`. Returns the path of the index.
///
/// # Errors
/// Returns an [`ExperimentError`] if the folder cannot be written, or if one of the two pages
/// exists and Zunder did not create it.
pub fn write_index(
    results: &[(&Experiment, Findings)],
    folder: &Path,
) -> Result<PathBuf, ExperimentError> {
    let entry = |(experiment, findings): &(&Experiment, Findings)| IndexEntry {
        page: format!("{}/index.html", experiment.name),
        title: experiment.title,
        question: experiment.question,
        held: Some((
            findings.claims.iter().filter(|claim| claim.holds).count(),
            findings.claims.len(),
        )),
    };
    let play = IndexEntry {
        page: format!("{}/index.html", play::NAME),
        title: play::TITLE,
        question: play::QUESTION,
        held: None,
    };
    let entries: Vec<IndexEntry<'static>> =
        std::iter::once(play).chain(results.iter().map(entry)).collect();
    let page = folder.join("index.html");
    check_replaceable(&page)?;
    write_play(&ExperimentConfig::default(), &folder.join(play::NAME))?;
    write_atomically(
        &page,
        study_index("The lecture's ideas as experiments", &entries).as_bytes(),
    )?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_links_to_each_experiment_and_to_the_page_to_play_with() {
        let folder = tempfile::tempdir().unwrap();
        let experiment = crate::experiment("examples").unwrap();
        let page = write_index(&[(&experiment, Findings::default())], folder.path()).unwrap();
        let html = fs::read_to_string(page).unwrap();
        for part in ["href=\"play/index.html\"", play::TITLE, "href=\"examples/index.html\""] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let played = fs::read_to_string(folder.path().join("play/index.html")).unwrap();
        assert_eq!(played, crate::play_page());
        assert!(played.contains(&format!("<title>{}</title>", play::TITLE)));
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused_and_a_cut_short_one_is_taken() {
        let experiment = crate::experiment("backprop").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let check = |files: &[(&str, &str)]| {
            let place = folder
                .path()
                .join(files.len().to_string() + files.first().map_or("", |file| file.0));
            fs::create_dir_all(&place).unwrap();
            for (name, text) in files {
                fs::write(place.join(name), text).unwrap();
            }
            experiment.check_folder(&place)
        };
        assert!(check(&[]).is_ok() && experiment.check_folder(&folder.path().join("none")).is_ok());
        assert!(check(&[(RECORD, "{\"name\": \"backprop\"}"), ("notes.txt", "")]).is_ok());
        assert!(check(&[(".lock", ""), ("graph.png", ""), (".writing-abcdef", "")]).is_ok());
        for foreign in [
            &[("index.html", "mine")][..],
            &[("graph.png", "mine")],
            &[(RECORD, "{\"name\": \"roc\"}")],
            &[(".lock", ""), ("config.toml", "")],
        ] {
            let error = check(foreign).unwrap_err();
            assert!(
                matches!(error, ExperimentError::Occupied { .. }) && error.is_input(),
                "{error}"
            );
        }
    }
}
