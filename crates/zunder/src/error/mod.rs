//! The error type of runs.

mod change;
mod create;
mod hint;
mod text;

use std::io;
use std::path::PathBuf;

use text::{first, how, kept, name, told};
use thiserror::Error;
use zunder_data::DataError;
use zunder_eval::EvalError;
#[cfg(feature = "fetch")]
use zunder_fetch::FetchError;
use zunder_models::ModelError;
#[cfg(feature = "report")]
use zunder_report::ReportError;
use zunder_train::TrainError;

pub use change::Change;

/// Why a run cannot be created or continued.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The configuration is invalid.
    #[error("{origin}: {problem}")]
    Config {
        /// Where it was read from: a file, or "configuration".
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// A setting does not belong to the chosen model, loss, optimizer or schedule, but to others.
    #[error("{origin}: {setting} is set, and {choice}.name is {name}, which does not have it, \
        expected {}", owners.join(" or "))]
    NoSetting {
        /// Where it was read from: a file, a flag, or "configuration".
        origin: String,
        /// Name of the setting, such as `model.dropout`.
        setting: String,
        /// Table whose name is chosen: `model`, `loss`, `optimizer`, `schedule` or `on_nan`.
        choice: &'static str,
        /// Name that is chosen.
        name: String,
        /// Names that have the setting.
        owners: Vec<String>,
    },
    /// The selection of images leaves classes without a training image.
    #[error("configuration: {cause} leaves {} of {classes} classes without a training image ({}), \
        expected some of each class", lost.len(), first(lost))]
    LostClasses {
        /// Setting that caused it, as the start of a sentence.
        cause: String,
        /// Classes without a training image.
        lost: Vec<String>,
        /// Number of classes.
        classes: usize,
        /// Setting that keeps them.
        hint: String,
    },
    /// The build has no such device.
    #[error("device {got:?} is not in this build, expected one of {}", compiled_in.join(", "))]
    Device {
        /// Name that was given.
        got: String,
        /// Devices in this build.
        compiled_in: Vec<String>,
    },
    /// The name of a device is malformed.
    #[error("device {got:?} is not a device's name, expected {expected}")]
    DeviceName {
        /// Name that was given.
        got: String,
        /// Form of valid names.
        expected: String,
    },
    /// The device is in this build, but not on this machine, or it does not work.
    #[error("device {got:?} cannot be used: {problem}")]
    DeviceUnusable {
        /// Name that was given.
        got: String,
        /// Reason.
        problem: String,
    },
    /// The server of a device cannot be used.
    #[error("device {device} cannot be reached: {problem}")]
    DeviceUnreachable {
        /// Name of the device.
        device: String,
        /// Reason.
        problem: String,
    },
    /// The connection to the server of a device ended during the work.
    #[error("device {device} was lost: {problem}{}", kept(run.is_some(), *epochs))]
    DeviceLost {
        /// Name of the device.
        device: String,
        /// Reason.
        problem: String,
        /// Folder of the run, if the work was a run that can be resumed.
        run: Option<PathBuf>,
        /// Number of finished epochs of the run.
        epochs: usize,
    },
    /// A server of devices cannot listen at its address.
    #[error("{address}: cannot listen there: {source}")]
    Serve {
        /// Address that was given.
        address: std::net::SocketAddr,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The folder for a new run or export already exists.
    #[error("{}: already exists, expected a new or an empty folder", .0.display())]
    FolderExists(PathBuf),
    /// The output file already exists and was not written by Zunder.
    #[error("{}: already exists and was not written by Zunder, expected the name of a new \
        file", .0.display())]
    FileExists(PathBuf),
    /// The folder is not that of a run.
    #[error("{}: is not a run's folder, expected {missing} in it", folder.display())]
    NotARun {
        /// Folder that was given.
        folder: PathBuf,
        /// File that is missing in it.
        missing: &'static str,
    },
    /// The folder contains another kind of output of Zunder.
    #[error("{}: is {what}, expected {expected}", folder.display())]
    OtherKind {
        /// Folder that was given.
        folder: PathBuf,
        /// What it contains.
        what: &'static str,
        /// What was expected.
        expected: &'static str,
        /// Command for this kind of folder.
        hint: String,
    },
    /// The run diverged and would diverge again.
    #[error("{}: its training diverged, and would diverge again: {problem}", run.display())]
    Diverged {
        /// Folder of the run.
        run: PathBuf,
        /// Epoch, loss and learning rate of the divergence.
        problem: String,
        /// Learning rate to try.
        rate: f64,
        /// Whether the run was already rolled back to its last epoch.
        rolled_back: bool,
    },
    /// A run has records of its epochs but no checkpoint.
    #[error("{}: {found} but checkpoints/last.safetensors is missing, expected both or \
        neither", run.display())]
    NoCheckpoint {
        /// Folder of the run.
        run: PathBuf,
        /// Records that were found.
        found: String,
    },
    /// The files are not an exported model.
    #[error("{}: is not an exported model, expected {missing}", path.display())]
    NotAnExport {
        /// Folder or file that was given.
        path: PathBuf,
        /// What is missing.
        missing: &'static str,
    },
    /// A file of an exported model is invalid.
    #[error("{}: {problem}", path.display())]
    BadExport {
        /// Path of the file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The command needs a trained run, but the folder contains an imported model.
    #[error("{}: is an imported model, which has no training and no test", .0.display())]
    Imported(PathBuf),
    /// A range test found no learning rate that lowers the loss.
    #[error("no learning rate from {from:e} to {to:e} lowered the \
        loss{}", how(*reached, *exploded))]
    NoRate {
        /// First learning rate of the test.
        from: f64,
        /// Last learning rate of the test.
        to: f64,
        /// Last learning rate with a finite loss.
        reached: Option<f64>,
        /// Whether the test ended there because the loss exploded.
        exploded: bool,
    },
    /// All trials of a sweep diverged.
    #[error("{}: all of its trials diverged ({trials} of {trials}), expected at least one to \
        rank", sweep.display())]
    AllDiverged {
        /// Folder of the sweep.
        sweep: PathBuf,
        /// Number of trials.
        trials: usize,
    },
    /// The folder of a run that has not begun contains other files.
    #[error("{}: has no config.toml but holds {}, expected an empty folder or a \
        run", folder.display(), name(file))]
    Occupied {
        /// Path of the folder.
        folder: PathBuf,
        /// Path of a file in it.
        file: PathBuf,
    },
    /// Another process is writing to the run.
    #[error("{}: another process is working on this run", .0.display())]
    Busy(PathBuf),
    /// The run is finished.
    #[error("{}: is finished, it has been tested already", .0.display())]
    Finished(PathBuf),
    /// The training is not finished.
    #[error("{}: its training is not finished, expected a run that has been tested", .0.display())]
    NotFinished(PathBuf),
    /// The configuration file was changed after the run began.
    #[error("{}: {}", file.display(), told(changes, |c| format!("{} is {}, and was {} when the run \
        began", c.setting, c.asked, c.run)))]
    OtherConfig {
        /// Path of the file.
        file: PathBuf,
        /// Settings that were changed.
        changes: Vec<Change>,
    },
    /// A resumed run was given other settings.
    #[error("{}: {}", run.display(), told(changes, |c| format!("{} is {} in this run, and {} was \
        asked for", c.setting, c.run, c.asked)))]
    Unchangeable {
        /// Folder of the run.
        run: PathBuf,
        /// Settings that differ.
        changes: Vec<Change>,
    },
    /// A resumed run was given fewer epochs than are done.
    #[error("{}: epochs is {epochs}, expected at least the {done} that are done", run.display())]
    EpochsDone {
        /// Folder of the run.
        run: PathBuf,
        /// Number of epochs that was given.
        epochs: usize,
        /// Number of epochs that are done.
        done: usize,
    },
    /// The data set differs from that of the run.
    #[error("the data set {name} has the hash {got}, expected {expected} as when the run began")]
    OtherData {
        /// Name of the data set.
        name: String,
        /// Hash of the data set now.
        got: String,
        /// Hash of the data set of the run.
        expected: String,
    },
    /// The initial weights differ from those in the configuration.
    #[error("{}: has SHA-256 {got}, expected {expected} as in init_sha256", path.display())]
    OtherWeights {
        /// Path of the file.
        path: PathBuf,
        /// Hash of the file.
        got: String,
        /// Expected hash.
        expected: String,
    },
    /// Images of validation or test were used to train the initial weights.
    #[error("{problem}")]
    Leakage {
        /// Number of images, their part, and the runs that trained on them.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// Operation that failed.
        action: &'static str,
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A file of the run is invalid.
    #[error("{}: {problem}", path.display())]
    BadFile {
        /// Path of the file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The images to predict have another shape than those of the run.
    #[error("the images are {got}, expected {expected} as in training")]
    OtherShape {
        /// Shape of the images.
        got: String,
        /// Shape of the run's images.
        expected: String,
    },
    /// A score of an image is infinite or NaN.
    #[error(
        "{image}: its score of the class {class:?} is {value:?}, expected a finite number: the \
         run's weights are too large for it"
    )]
    Overflow {
        /// File or index of the image.
        image: String,
        /// Class of the score.
        class: String,
        /// Value of the score.
        value: f32,
    },
    /// The threads cannot be started.
    #[error("the system refused to start {threads} more thread{}: \
        {problem}", if *threads == 1 { "" } else { "s" })]
    Threads {
        /// Number of threads.
        threads: usize,
        /// Error of the operating system.
        problem: String,
    },
    /// An error of the data set.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An error of a download.
    #[cfg(feature = "fetch")]
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An error of the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An error of the training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// An error of the evaluation.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// An error of the report.
    #[cfg(feature = "report")]
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl RunError {
    /// Returns true if the user's input caused the error (wrong usage or invalid files), false if
    /// the run failed for another reason.
    pub fn is_input(&self) -> bool {
        match self {
            Self::Train(error) => {
                use TrainError::{BadCheckpoint, Io, NoBatches, NotAFile, Setting};
                // A folder in place of a file is found before anything is written.
                let taken = matches!(
                    error,
                    Io { source, .. } if source.kind() == io::ErrorKind::IsADirectory
                );
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
            #[cfg(feature = "fetch")]
            Self::Fetch(error) => matches!(
                error,
                FetchError::Unknown { .. }
                    | FetchError::Setting { .. }
                    | FetchError::Offline { .. }
            ),
            Self::Eval(error) => {
                matches!(error, EvalError::Wanted { .. } | EvalError::Threshold { .. })
            }
            #[cfg(feature = "report")]
            Self::Report(_) => false,
            Self::Threads { .. }
            | Self::AllDiverged { .. }
            | Self::NoRate { .. }
            | Self::DeviceUnreachable { .. }
            | Self::DeviceLost { .. }
            | Self::Serve { .. }
            | Self::Overflow { .. } => false,
            Self::Io { source, .. } => {
                !matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => true,
        }
    }
}
