//! The command `sweep`: trains many configurations and ranks them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueHint};
use serde_json::json;
use zunder::eval::EpochRecord;
use zunder::train::{Events, Interrupt, SourceError};
use zunder::{
    Axis, HalvingConfig, RunConfig, RunError, RunEvents, RunOptions, Sweep, SweepConfig,
    SweepPoint, TrialRecord, Trials, program,
};

use crate::args::{OpenArgs, OutputArgs, RecipeArgs};
use crate::commands::fetch::{self, NetworkArgs};
use crate::format::{mark, percent};
use crate::output::progress::ProgressLine;
use crate::output::{browser, file, stdout};
use crate::shell;
use crate::signals;

/// Try many configurations, as a grid or at random
///
/// Each is trained and validated; test images are not used. Ctrl-C loses only the current trial,
/// and --resume continues the sweep.
#[derive(Args)]
pub struct SweepCommand {
    /// A setting and its values, KEY=A,B,C; may be repeated
    ///
    /// With --random also KEY=LOW..HIGH, uniform on a logarithmic scale.
    #[arg(long, value_name = "KEY=VALUES", required_unless_present = "resume")]
    vary: Vec<String>,
    /// Draw N points at random [default: the whole grid]
    #[arg(long, value_name = "N")]
    random: Option<usize>,
    /// With --random: choose points by the results of others
    ///
    /// Eight points are random. Each later one is drawn where points were good, by a
    /// tree-structured Parzen estimator (TPE).
    #[arg(
        long,
        requires = "random",
        conflicts_with_all = ["halving", "resume"],
        hide_short_help = true
    )]
    suggest: bool,
    /// Trials per point, with different seeds
    ///
    /// The seeds count up from --seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seeds: usize,
    /// Stop the worse points early, by successive halving
    ///
    /// All points train for a few epochs, the best third goes on for three times as many, and so
    /// on. Learning rates are those of all epochs.
    #[arg(long)]
    halving: bool,
    /// With --halving: one point in N goes on, to N times the epochs [default: 3]
    #[arg(long, value_name = "N", requires = "halving", hide_short_help = true)]
    factor: Option<usize>,
    /// With --halving: epochs of all points [default: so many that one point remains]
    #[arg(long, value_name = "EPOCHS", requires = "halving", hide_short_help = true)]
    first_rung: Option<usize>,
    /// Continue an interrupted sweep with its configuration
    #[arg(
        long,
        value_name = "SWEEP",
        value_hint = ValueHint::DirPath,
        conflicts_with_all = [
            "vary", "random", "seeds", "halving", "factor", "first_rung", "out", "config", "preset"
        ]
    )]
    resume: Option<PathBuf>,
    /// Folder for the sweep [default: sweeps/sweep-N]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    recipe: RecipeArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    open: OpenArgs,
}

/// The number of points that are printed at the end; the page has all.
const SHOWN: usize = 10;

impl SweepCommand {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let interrupt = signals::interrupt();
        if self.resume.is_none() {
            file::check_folder_to_make(self.out.as_deref().unwrap_or(Path::new("sweeps")))?;
        }
        let sweep = if let Some(folder) = &self.resume {
            Some(self.resumed(folder)?)
        } else {
            self.begun(&interrupt)?
        };
        let Some(mut sweep) = sweep else { return Ok(signals::interrupted()) };
        signals::keep(format!(
            "`{} sweep --resume {}` continues it",
            program(),
            shell::path(sweep.path())
        ));
        if !self.train(&mut sweep, &interrupt)? {
            return Ok(signals::interrupted());
        }
        let points = sweep.finish()?;
        self.print(&sweep, &points);
        if points.iter().all(|point| point.accuracy.is_none()) {
            return Err(RunError::AllDiverged {
                sweep: sweep.path().to_owned(),
                trials: sweep.len(),
            }
            .into());
        }
        if self.open.open {
            browser::open(&sweep.path().join("index.html"));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Opens the sweep to resume.
    fn resumed(&self, folder: &Path) -> anyhow::Result<Sweep> {
        if let Some((path, _)) = self.recipe.settings()?.values().first() {
            let problem = format!(
                "{} is set together with --resume, expected no settings, since the sweep has them",
                path.join(".")
            );
            return Err(RunError::Config { origin: "sweep".to_owned(), problem }.into());
        }
        Ok(Sweep::open(folder)?)
    }

    /// Creates a new sweep. Returns `None` if an interrupt was requested during the download.
    fn begun(&self, interrupt: &Interrupt) -> anyhow::Result<Option<Sweep>> {
        let axes = self.vary.iter().map(|text| Axis::parse(text)).collect::<Result<_, _>>()?;
        let default = HalvingConfig::default();
        let halving = self.halving.then(|| HalvingConfig {
            factor: self.factor.unwrap_or(default.factor),
            first: self.first_rung,
        });
        let config = SweepConfig {
            axes,
            random: self.random,
            seeds: self.seeds,
            halving,
            suggest: self.suggest,
        };
        config.validate()?;
        let settings = self.recipe.settings()?;
        let (file, values) = (settings.file().map(PathBuf::from), settings.values().to_vec());
        let base = settings.resolve()?;
        base.check_devices()?; // before anything is downloaded
        if fetch::on_demand(&base.data, &self.network, &self.output, interrupt)? {
            return Ok(None);
        }
        let sweep = Sweep::create(self.out.as_deref(), file.as_deref(), &values, &config);
        Ok(Some(sweep.map_err(|error| settings.blame_flag(error))?))
    }

    /// Trains the remaining trials. Returns whether all are finished.
    fn train(&self, sweep: &mut Sweep, interrupt: &Interrupt) -> anyhow::Result<bool> {
        if !self.quiet() {
            say!("sweep   {} trials in {}", sweep.planned(), sweep.path().display());
            say_rungs(sweep);
        }
        let mut trials = Trials::default();
        let mut before = 0;
        loop {
            for (rung, planned) in (1..).zip(&sweep.rungs()) {
                let numbers: Vec<usize> =
                    sweep.in_rung(rung)?.into_iter().filter(|number| *number > before).collect();
                if let (false, Some(epoch), false) =
                    (self.quiet(), planned.epoch, numbers.is_empty())
                {
                    say!("rung {rung}  to epoch {epoch}");
                }
                // Halving compares the trials of a rung.
                let of = planned.epoch.map_or_else(|| sweep.planned(), |_| numbers.len());
                for (place, &number) in (before + 1..).zip(&numbers) {
                    let place = format!("{place:>width$}/{of}", width = of.to_string().len());
                    let trial = (rung, number);
                    if !self.train_one(sweep, trial, &place, &mut trials, interrupt)? {
                        sweep.finish()?;
                        return Ok(false);
                    }
                }
            }
            before = sweep.len();
            match sweep.suggest() {
                Ok(true) => {}
                Ok(false) => return Ok(true),
                Err(error) => {
                    // The results so far are kept.
                    sweep.finish()?;
                    return Err(error.into());
                }
            }
        }
    }

    /// Trains a trial to a rung. Returns whether it reached it.
    fn train_one(
        &self,
        sweep: &Sweep,
        (rung, number): (usize, usize),
        place: &str,
        trials: &mut Trials,
        interrupt: &Interrupt,
    ) -> anyhow::Result<bool> {
        let settings = sweep.settings(number).join(" ");
        let mut line = Line {
            shown: None,
            what: format!("{place}  {settings}"),
            epochs: sweep.rungs().get(rung - 1).and_then(|rung| rung.epoch),
            trained: false,
            quiet: self.quiet(),
        };
        let options = RunOptions { events: Some(&mut line), interrupt: interrupt.clone() };
        let record = sweep.run_to(number, rung, trials, options)?;
        let trained = line.trained;
        drop(line);
        let Some(record) = record else { return Ok(false) };
        if !self.quiet() {
            say!("{place}  {}", result(&record, rung, &settings, trained));
        }
        Ok(true)
    }

    /// Returns whether only the result is printed.
    fn quiet(&self) -> bool {
        self.output.quiet || self.output.json
    }

    fn print(&self, sweep: &Sweep, points: &[SweepPoint]) {
        if self.output.json {
            let record = |point: &SweepPoint| {
                json!({
                "settings": point.settings,
                "validation_accuracy": point.accuracy.as_ref().map(|accuracy| accuracy.mean),
                    "deviation": point.accuracy.as_ref().map(|accuracy| accuracy.deviation),
                "validation_loss": point.loss.as_ref().map(|loss| loss.mean),
                "seeds": point.seeds,
                "diverged": point.diverged,
                "epochs": point.epochs,
                "end": point.end.map(|end| end.to_string()),
                    "seconds": point.seconds, "config": point.config,
                })
            };
            stdout::json(&format!(
                "{:#}",
                points.iter().map(record).collect::<serde_json::Value>()
            ));
            return;
        }
        if !self.output.quiet {
            say!("");
            stdout::text(&sweep.table(&points[..points.len().min(SHOWN)]));
            say!("");
        }
        let best = points.first().and_then(|best| Some((best, best.accuracy.as_ref()?)));
        if let Some((best, accuracy)) = best {
            let remark = best.remark().map_or_else(String::new, |remark| format!(" ({remark})"));
            let (settings, mark) = (best.settings.join(" "), mark(best.leakage.as_ref()));
            say!(
                "best    {settings}: {}{mark} of the validation images{remark}",
                percent(accuracy.mean)
            );
        }
        if self.output.quiet {
            return;
        }
        say!("page    {}", sweep.path().join("index.html").display());
        if let Some((best, _)) = best {
            let next = RunConfig::from_layers(Some(&best.config), &[])
                .map_or(2, |config| config.seed + best.seeds as u64);
            say!(
                "next    {} train --config {} --seed {next}, to train and test it with another \
                 seed",
                program(),
                shell::path(&best.config)
            );
        }
    }
}

/// Says how many points train to which epoch, and what that costs.
fn say_rungs(sweep: &Sweep) {
    let rungs = sweep.rungs();
    let Some(all) = rungs.last().and_then(|last| last.epoch) else { return };
    let (mut before, mut cost, mut told) = (0, 0, Vec::new());
    for rung in &rungs {
        let epoch = rung.epoch.unwrap_or(all);
        cost += rung.points * (epoch - before);
        before = epoch;
        told.push(format!("{} to epoch {epoch}", rung.points));
    }
    let points = rungs.first().map_or(0, |first| first.points);
    let seeds = sweep.len() / points.max(1);
    say!(
        "halving {} points, {}: {} epochs instead of {}",
        points,
        told.join(", "),
        cost * seeds,
        points * all * seeds
    );
}

/// Returns the result of a trial on a rung, in one line.
fn result(record: &TrialRecord, rung: usize, settings: &str, trained: bool) -> String {
    let reached = rung.checked_sub(1).and_then(|i| record.rungs.get(i));
    let accuracy = reached.map_or(record.validation_accuracy, |rung| rung.validation_accuracy);
    let epoch = reached.filter(|_| !trained).map_or_else(
        || {
            let best = record.best_epoch.map(|best| format!("epoch {best} of {}", record.epochs));
            best.unwrap_or_else(|| "no epoch".to_owned())
        },
        |reached| format!("to epoch {}", reached.epoch),
    );
    let how = match (trained, &record.divergence) {
        (false, _) => ", already done",
        (true, Some(_)) => ", diverged",
        (true, None) => "",
    };
    format!(
        "{}{}  {epoch}, seed {}, {:.1} s  {settings}{how}",
        accuracy.map_or_else(|| "–".to_owned(), percent),
        mark(record.leakage.as_ref()),
        record.seed,
        record.seconds
    )
}

/// The progress of a trial.
struct Line {
    shown: Option<ProgressLine>,
    what: String,
    /// Epochs to train; `None`: those of the plan.
    epochs: Option<usize>,
    /// Whether a training was begun.
    trained: bool,
    quiet: bool,
}

impl RunEvents for Line {
    fn planned(&mut self, plan: &zunder::Plan) {
        self.epochs.get_or_insert(plan.config.epochs);
        self.trained = true;
    }
}

impl Events for Line {
    fn epoch_finished(&mut self, record: &EpochRecord, _best: bool) -> Result<(), SourceError> {
        if !self.quiet {
            let line = self.shown.get_or_insert_with(|| ProgressLine::passing(self.what.clone()));
            let epochs = self.epochs.unwrap_or(record.epoch);
            line.update(record.epoch as u64, epochs as u64, |n| n.to_string());
        }
        Ok(())
    }
}
