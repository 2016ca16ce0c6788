//! The command `predict`: classifies images.

mod paths;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueHint};
use serde_json::json;
use zunder::data::DataError;
use zunder::data::image_folder::{Findings, OnUnread, find_images};
use zunder::eval::{PredictionRow, ScoreKind};
use zunder::report::text::{columns, visible_path};
use zunder::{Prediction, Run, RunError};

use self::paths::Paths;
use crate::args::MachineArgs;
use crate::format::percent;
use crate::output::progress::ProgressLine;
use crate::output::{stdout, terminal};
use crate::signals;

/// Classify your own images with a run's best epoch
#[derive(Args)]
pub struct Predict {
    /// The run's folder
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    run: PathBuf,
    /// Image files of any size, or folders of them: PNG, JPEG, BMP, GIF, WebP and TIFF. A `-` reads
    /// their paths from standard input, one a line, and answers each as it comes
    #[arg(value_name = "FILE|FOLDER", required = true, value_hint = ValueHint::AnyPath)]
    images: Vec<PathBuf>,
    /// Number of classes to print per image, the most probable first
    #[arg(
        long,
        value_name = "K",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    top: u32,
    /// Print one JSON object per line: the file, its class, and the probability (or score) of each
    /// class
    #[arg(long)]
    json: bool,
    /// Print the columns of predictions.csv: the number of the file, the file, an empty label, the
    /// number of the predicted class, and the probability (or score) of each class
    #[arg(long, conflicts_with_all = ["json", "top"])]
    csv: bool,
    /// Continue although more images of a folder are left out than used: HEIC, camera raw, video.
    /// They are counted in any case
    #[arg(long)]
    skip_unread: bool,
    #[command(flatten)]
    machine: MachineArgs,
}

impl Predict {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let from_stdin = self.images.iter().any(|path| path.as_os_str() == "-");
        if from_stdin && self.images.len() > 1 {
            complain!("error: there are {} paths, expected - alone", self.images.len());
            complain!("hint: - reads the paths from standard input: write the others there too");
            return Ok(ExitCode::from(2));
        }
        let mut run = Run::open(&self.run)?;
        run.compute_on(self.machine.device.as_deref(), self.machine.threads, None)?;
        let (files, mut unreadable) = if from_stdin { (Vec::new(), 0) } else { self.find()? };
        if files.is_empty() && !from_stdin {
            complain!(
                "error: no image in {}, expected bmp, gif, jpg, png, tif or webp files",
                self.images[0].display()
            );
            complain!("hint: pass image files, or a folder of them");
            return Ok(ExitCode::from(2));
        }
        let classes = run.classes()?;
        if let Some(leakage) = run.leakage()? {
            complain!(
                "note: {leakage}; the run's test does not show how accurate it is on new images"
            );
        }
        let kind = run.score_kind();
        let predictor = run.predictor()?;
        if self.csv {
            stdout::csv(&PredictionRow::header(&classes, true, kind).map_err(RunError::from)?);
        }
        if kind == ScoreKind::Scores && !self.json && !self.csv {
            complain!(
                "note: the numbers are scores, not probabilities, since the loss of the run is {}",
                run.config().loss.name()
            );
        }
        let mut rows = Rows::new(&self, &files, &classes);
        let interrupt = signals::interrupt();
        signals::keep("the predictions so far are complete");
        // Without a reader of the output, no further image is predicted.
        let stop = || interrupt.requested() || stdout::is_lost();
        let mut predict = |files: &[PathBuf]| {
            predictor.predict_files(files, &mut |file, result| {
                rows.tell(file, result);
                if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        };
        let mut findings = Findings::default();
        if from_stdin {
            let mut report = |error: &DataError| {
                unreadable += 1;
                complain!("skipped: {error}");
            };
            let paths = Paths::from_stdin();
            while !stop() {
                let paths = paths.next(&stop).context("cannot read standard input")?;
                if paths.is_empty() {
                    break;
                }
                let files = paths::files_of(paths, self.on_unread(), &mut report);
                findings = findings.and(predict(&files)?);
            }
        } else {
            findings = predict(&files)?;
        }
        let (done, broken) = (rows.done, rows.broken);
        drop(rows);
        if interrupt.requested() {
            return Ok(signals::interrupted());
        }
        for remark in findings.remarks(&run.decoder()?) {
            complain!("note: {remark} when training: this run reads images as its own were read");
        }
        if broken > 0 {
            complain!("{broken} of {done} files could not be decoded");
        }
        Ok(if broken + unreadable > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn on_unread(&self) -> OnUnread {
        if self.skip_unread { OnUnread::Skip } else { OnUnread::Refuse }
    }

    /// Returns the image files of all arguments, and the number of folders that could not be read.
    /// Prints what is left out.
    fn find(&self) -> Result<(Vec<PathBuf>, usize), RunError> {
        let (mut files, mut unreadable) = (Vec::new(), 0);
        for path in &self.images {
            let found = find_images(path, self.on_unread())?;
            found.left_out.sentences().iter().for_each(|sentence| complain!("{sentence}"));
            if let Some(first) = found.links.first() {
                complain!(
                    "left out: {} linked folders, the first {}",
                    found.links.len(),
                    first.display()
                );
            }
            found.unreadable.iter().for_each(|error| complain!("skipped: {error}"));
            unreadable += found.unreadable.len();
            files.extend(found.files);
        }
        Ok((files, unreadable))
    }
}

/// Prints the predictions, one line each.
struct Rows<'a> {
    classes: &'a [String],
    top: usize,
    json: bool,
    csv: bool,
    width: usize,
    total: usize,
    done: usize,
    broken: usize,
    /// Shown only if the predictions themselves are not.
    progress: Option<ProgressLine>,
}

impl<'a> Rows<'a> {
    fn new(command: &Predict, files: &[PathBuf], classes: &'a [String]) -> Self {
        let width =
            files.iter().map(|file| columns(&visible_path(file))).max().unwrap_or(0).min(60);
        // How many paths will come from standard input is not known.
        let redirected = !terminal::stdout_is_one() && !files.is_empty();
        Self {
            classes,
            top: (command.top as usize).min(classes.len()),
            json: command.json,
            csv: command.csv,
            width,
            total: files.len(),
            done: 0,
            broken: 0,
            progress: redirected.then(|| ProgressLine::new("predict images")),
        }
    }

    fn tell(&mut self, file: &Path, result: Result<Prediction, DataError>) {
        self.done += 1;
        match result {
            Err(error) => {
                self.broken += 1;
                complain!("skipped {error}");
            }
            Ok(prediction) if self.csv => {
                let (index, name) = (self.done as u32 - 1, file.display().to_string());
                let (scores, kind) = (&prediction.scores, prediction.kind);
                let row = PredictionRow { index, file: Some(&name), label: None, scores, kind };
                match row.line() {
                    Ok(line) => stdout::csv(&line),
                    Err(error) => complain!("error: {error}"),
                }
            }
            Ok(prediction) if self.json => {
                let scores: serde_json::Map<String, serde_json::Value> = self
                    .classes
                    .iter()
                    .zip(&prediction.scores)
                    .map(|(class, score)| (class.clone(), json!(score)))
                    .collect();
                let name = match prediction.kind {
                    ScoreKind::Probabilities => "probabilities",
                    ScoreKind::Scores => "scores",
                };
                let file = file.display().to_string();
                stdout::json(
                    &json!({ "file": file, "class": prediction.class, name: scores }).to_string(),
                );
            }
            Ok(prediction) => {
                let mut order: Vec<usize> = (0..self.classes.len()).collect();
                order.sort_by(|&a, &b| prediction.scores[b].total_cmp(&prediction.scores[a]));
                let shares = order.iter().take(self.top).map(|&i| {
                    let score = f64::from(prediction.scores[i]);
                    let share = match prediction.kind {
                        ScoreKind::Probabilities => percent(score),
                        ScoreKind::Scores => format!("{score:.3}"),
                    };
                    format!("{} {share:>8}", self.classes[i])
                });
                let file = visible_path(file);
                let gap = " ".repeat(self.width.saturating_sub(columns(&file)) + 2);
                say!("{file}{gap}{}", shares.collect::<Vec<_>>().join("   "));
            }
        }
        if let Some(line) = &mut self.progress {
            line.update(self.done as u64, self.total as u64, crate::format::thousands);
        }
    }
}
