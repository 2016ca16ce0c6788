use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use zunder_report::{Drawing, IndexEntry, study_index};
use zunder_train::write_atomically;

use crate::{Experiment, ExperimentError, Findings};

/// What is written beside the page, for programs.
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
}

#[derive(Serialize)]
struct TableRecord<'a> {
    caption: &'a str,
    headings: &'a [String],
    rows: &'a [Vec<String>],
}

impl Experiment {
    /// What it found, as JSON.
    pub fn json(&self, findings: &Findings) -> String {
        let claims = findings.claims.iter().map(|c| ClaimRecord { statement: &c.statement, evidence: &c.evidence, holds: c.holds });
        let tables = findings.tables.iter().map(|t| TableRecord { caption: &t.caption, headings: &t.headings, rows: &t.rows });
        let record = Record {
            name: self.name,
            holds: findings.all_hold(),
            claims: claims.collect(),
            tables: tables.collect(),
            setting: &findings.setting,
        };
        // Strings and booleans alone always have a notation.
        serde_json::to_string_pretty(&record).unwrap_or_default()
    }

    /// Writes what it found into a folder, made if need be: `index.html`, each picture as PNG and, if it was drawn, as SVG, and `findings.json`. Files of the same names are replaced. Returns the page's path;
    /// `reproduce` is the command that repeats the experiment.
    ///
    /// # Errors
    /// [`ExperimentError`] for a folder that cannot be written and pictures that cannot be drawn.
    pub fn write(&self, findings: &Findings, folder: &Path, reproduce: &str) -> Result<PathBuf, ExperimentError> {
        fs::create_dir_all(folder).map_err(|source| ExperimentError::Folder { folder: folder.to_owned(), source })?;
        for figure in &findings.figures {
            write_atomically(&folder.join(&figure.name).with_extension("png"), &figure.png()?)?;
            if let Drawing::Svg(svg) = &figure.drawing {
                write_atomically(&folder.join(&figure.name).with_extension("svg"), svg.as_bytes())?;
            }
        }
        write_atomically(&folder.join("findings.json"), self.json(findings).as_bytes())?;
        let page = folder.join("index.html");
        write_atomically(&page, self.page(findings, reproduce)?.as_bytes())?;
        Ok(page)
    }
}

/// Writes `index.html` in the folder above those of several experiments, which leads to their pages. Returns its path.
///
/// # Errors
/// [`ExperimentError`] for a folder that cannot be written.
pub fn write_index(results: &[(&Experiment, Findings)], folder: &Path) -> Result<PathBuf, ExperimentError> {
    let entry = |(experiment, findings): &(&Experiment, Findings)| IndexEntry {
        page: format!("{}/index.html", experiment.name),
        title: experiment.title,
        question: experiment.question,
        held: (findings.claims.iter().filter(|claim| claim.holds).count(), findings.claims.len()),
    };
    let entries: Vec<IndexEntry<'static>> = results.iter().map(entry).collect();
    let page = folder.join("index.html");
    write_atomically(&page, study_index("The lecture's ideas as experiments", &entries).as_bytes())?;
    Ok(page)
}
