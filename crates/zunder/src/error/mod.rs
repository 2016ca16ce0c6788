//! Why a run cannot be made or go on.

mod change;
mod hint;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zunder_data::DataError;
use zunder_eval::EvalError;
use zunder_fetch::FetchError;
use zunder_models::ModelError;
use zunder_report::ReportError;
use zunder_train::TrainError;

pub use change::Change;

/// Why a run cannot be made, or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The configuration does not hold together.
    #[error("{origin}: {problem}")]
    Config {
        /// Where it stands: a file, or "configuration".
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// A setting that the chosen model, loss, optimizer or schedule does not have, and others have.
    #[error("{origin}: {setting} is set, and {choice}.name is {name}, which does not have it, \
        expected {}", owners.join(" or "))]
    NoSetting {
        /// Where it stands: a file, a flag, or "configuration".
        origin: String,
        /// The setting, such as `model.dropout`.
        setting: String,
        /// What is chosen by its name: `model`, `loss`, `optimizer`, `schedule` or `on_nan`.
        choice: &'static str,
        /// The name that is chosen.
        name: String,
        /// The names that have the setting.
        owners: Vec<String>,
    },
    /// A choice of images leaves classes without a training image.
    #[error("configuration: {cause} leaves {} of {classes} classes without a training image ({}), \
        expected some of each class", lost.len(), first(lost))]
    LostClasses {
        /// What chose, as the start of a sentence.
        cause: String,
        /// The classes that lost all of their training images.
        lost: Vec<String>,
        /// Number of classes.
        classes: usize,
        /// What keeps them.
        hint: String,
    },
    /// No such device in this build.
    #[error("device {got:?} is not in this build, expected one of {}", compiled_in.join(", "))]
    Device {
        /// The name given.
        got: String,
        /// The devices that are there.
        compiled_in: Vec<String>,
    },
    /// No device can have this name.
    #[error("device {got:?} is not a device's name, expected {expected}")]
    DeviceName {
        /// The name given.
        got: String,
        /// What names look like.
        expected: String,
    },
    /// The device is in this build, but not on this machine, or it does not work.
    #[error("device {got:?} cannot be used: {problem}")]
    DeviceUnusable {
        /// The name given.
        got: String,
        /// Why.
        problem: String,
    },
    /// The folder for a new run or export is there already.
    #[error("{}: exists already, expected a new or an empty folder", .0.display())]
    FolderExists(PathBuf),
    /// A file that a command would write is there already, and is no output of Zunder.
    #[error("{}: exists already and was not made by Zunder, expected the name of a new \
        file", .0.display())]
    FileExists(PathBuf),
    /// Not the folder of a run.
    #[error("{}: is not a run's folder, expected {missing} in it", folder.display())]
    NotARun {
        /// The folder given.
        folder: PathBuf,
        /// The file it lacks.
        missing: &'static str,
    },
    /// The folder of something else that Zunder makes.
    #[error("{}: is {what}, expected {expected}", folder.display())]
    OtherKind {
        /// The folder given.
        folder: PathBuf,
        /// What it is.
        what: &'static str,
        /// What was asked for.
        expected: &'static str,
        /// The command that it belongs to.
        hint: String,
    },
    /// A run that diverged would diverge again.
    #[error("{}: its training diverged, and would diverge again: {problem}", run.display())]
    Diverged {
        /// The run's folder.
        run: PathBuf,
        /// Where, and at which learning rate.
        problem: String,
        /// A learning rate to try.
        rate: f64,
        /// Whether the run went back to its last epoch already.
        rolled_back: bool,
    },
    /// A run has records of its epochs and no checkpoint to go on from.
    #[error("{}: {found} but checkpoints/last.safetensors is missing, expected both or \
        neither", run.display())]
    NoCheckpoint {
        /// The run's folder.
        run: PathBuf,
        /// What is there.
        found: String,
    },
    /// Not what an export leaves.
    #[error("{}: is not an exported model, expected {missing}", path.display())]
    NotAnExport {
        /// The folder or file given.
        path: PathBuf,
        /// What it lacks.
        missing: &'static str,
    },
    /// A file of an exported model does not hold what it should.
    #[error("{}: {problem}", path.display())]
    BadExport {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An imported model was asked for what only a run has.
    #[error("{}: is an imported model, which has no training and no test", .0.display())]
    Imported(PathBuf),
    /// A range test found no learning rate that lowers the loss.
    #[error("no learning rate from {from:e} to {to:e} lowered the \
        loss{}", how(*reached, *exploded))]
    NoRate {
        /// The first rate.
        from: f64,
        /// The last rate.
        to: f64,
        /// The last rate whose loss was a finite number.
        reached: Option<f64>,
        /// Whether the test ended there because the loss exploded.
        exploded: bool,
    },
    /// No trial of a sweep came to a figure.
    #[error("{}: all of its trials diverged ({trials} of {trials}), expected at least one to \
        rank", sweep.display())]
    AllDiverged {
        /// The sweep's folder.
        sweep: PathBuf,
        /// How many trials it has.
        trials: usize,
    },
    /// The folder of a run that has not begun holds what no run made.
    #[error("{}: has no config.toml but holds {}, expected an empty folder or a \
        run", folder.display(), name(file))]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What stands in it.
        file: PathBuf,
    },
    /// Another process works on the run.
    #[error("{}: another process is working on this run", .0.display())]
    Busy(PathBuf),
    /// The run is finished.
    #[error("{}: is finished, it has been tested already", .0.display())]
    Finished(PathBuf),
    /// Training is not over.
    #[error("{}: its training is not finished, expected a run that has been tested", .0.display())]
    NotFinished(PathBuf),
    /// The file of the configuration was changed since the run began.
    #[error("{}: {}", file.display(), told(changes, |c| format!("{} is {}, and was {} when the run \
        began", c.setting, c.asked, c.run)))]
    OtherConfig {
        /// The file.
        file: PathBuf,
        /// What was changed.
        changes: Vec<Change>,
    },
    /// A resumed run was asked to be another one.
    #[error("{}: {}", run.display(), told(changes, |c| format!("{} is {} in this run, and {} was \
        asked for", c.setting, c.run, c.asked)))]
    Unchangeable {
        /// The run's folder.
        run: PathBuf,
        /// What was asked for.
        changes: Vec<Change>,
    },
    /// A resumed run was asked to end before the place where it is.
    #[error("{}: epochs is {epochs}, expected at least the {done} that are done", run.display())]
    EpochsDone {
        /// The run's folder.
        run: PathBuf,
        /// The epochs asked for.
        epochs: usize,
        /// The epochs that are done.
        done: usize,
    },
    /// The data set is another one than the run's.
    #[error("the data set {name} has the hash {got}, expected {expected} as when the run began")]
    OtherData {
        /// Its name.
        name: String,
        /// Its hash now.
        got: String,
        /// Its hash then.
        expected: String,
    },
    /// The weights to start from are others than the configuration says.
    #[error("{}: has SHA-256 {got}, expected {expected} as in init_sha256", path.display())]
    OtherWeights {
        /// The file.
        path: PathBuf,
        /// Its hash.
        got: String,
        /// The hash that it should have.
        expected: String,
    },
    /// Images to validate or test on were learnt from by the runs that a run starts from.
    #[error("{problem}")]
    Leakage {
        /// How many images of which part, and which runs learnt from them.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file of the run does not hold what it should.
    #[error("{}: {problem}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The images to predict have another shape than the run's.
    #[error("the images are {got}, expected {expected} as in training")]
    OtherShape {
        /// The images' shape.
        got: String,
        /// The run's.
        expected: String,
    },
    /// A score of an image is infinite or not a number, so nothing can be said of it.
    #[error(
        "{image}: its score of the class {class:?} is {value:?}, expected a finite number: the \
         run's weights are too large for it"
    )]
    Overflow {
        /// The image: its file or its number.
        image: String,
        /// The class.
        class: String,
        /// The score.
        value: f32,
    },
    /// The threads could not be started.
    #[error("the system refused to start {threads} more thread{}: \
        {problem}", if *threads == 1 { "" } else { "s" })]
    Threads {
        /// How many.
        threads: usize,
        /// The system's answer.
        problem: String,
    },
    /// From the data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// From the download.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// From the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// From the training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// From the evaluation.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// From the report.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl RunError {
    /// Whether the user asked for what cannot be (wrong usage or input), and not the run failed on
    /// its way.
    pub fn is_input(&self) -> bool {
        match self {
            Self::Train(error) => {
                use TrainError::{BadCheckpoint, Io, NoBatches, NotAFile, Setting};
                // A folder in the place of a file is there before anything is written.
                let taken = matches!(error, Io { source, .. } if source.kind() == io::ErrorKind::IsADirectory);
                taken
                    || matches!(
                        error,
                        Setting { .. }
                            | BadCheckpoint { .. }
                            | NoBatches { .. }
                            | NotAFile { .. }
                            | Io { action: "read", .. }
                    )
            }
            Self::Data(error) => {
                !matches!(error, DataError::Panicked { .. } | DataError::Spawn { .. })
            }
            Self::Fetch(error) => matches!(
                error,
                FetchError::Unknown { .. }
                    | FetchError::Setting { .. }
                    | FetchError::Offline { .. }
            ),
            Self::Eval(error) => {
                matches!(error, EvalError::Wanted { .. } | EvalError::Threshold { .. })
            }
            Self::Report(_)
            | Self::Threads { .. }
            | Self::AllDiverged { .. }
            | Self::NoRate { .. }
            | Self::Overflow { .. } => false,
            Self::Io { source, .. } => {
                !matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => true,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn config(origin: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Config { origin: origin.into(), problem: problem.to_string() }
    }
}

/// How a range test without a suggestion ended.
fn how(reached: Option<f64>, exploded: bool) -> String {
    match (reached, exploded) {
        (None, _) => ": it was no finite number at the first of them".to_owned(),
        (Some(rate), true) => format!(": it exploded at {rate:.1e}"),
        _ => String::new(),
    }
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Changes in a sentence, or the first of them.
fn told(changes: &[Change], sentence: impl Fn(&Change) -> String) -> String {
    /// More would hide the first.
    const MOST: usize = 3;
    let first: Vec<String> = changes.iter().take(MOST).map(sentence).collect();
    match changes.len().saturating_sub(MOST) {
        0 => first.join("; "),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}

/// Names in a sentence: at most five of them.
fn first(names: &[String]) -> String {
    let shown = names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 5 { format!("{shown}, ...") } else { shown }
}
