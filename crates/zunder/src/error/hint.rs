//! Hints for errors: what the user can do.

use std::path::Path;

use zunder_data::DataError;
#[cfg(feature = "fetch")]
use zunder_fetch::FetchError;
use zunder_train::TrainError;

use super::RunError;
use crate::Backend;

impl RunError {
    /// Returns a hint that says what to do about the error.
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::NoSetting { setting, choice, owners, .. } => {
                let owner = owners.first().map_or("", String::as_str);
                let program = crate::program();
                return format!(
                    "leave {setting} out, or choose another {choice}: `{program} config --set \
                     {choice}={owner}` prints its settings"
                );
            }
            Self::Config { origin, .. } => return settings_hint(origin),
            Self::Model(_)
            | Self::Train(TrainError::Setting { .. })
            | Self::Data(DataError::Setting { .. }) => {
                return settings_hint("");
            }
            Self::LostClasses { hint, .. } | Self::OtherKind { hint, .. } => return hint.clone(),
            Self::Device { got, .. } => return device_hint(got),
            Self::DeviceName { .. } => {
                return format!("`{} devices` lists the devices of this machine", crate::program());
            }
            Self::DeviceUnusable { got, .. } => {
                let needs = Backend::of(got).map_or("a driver", Backend::needs);
                return format!(
                    "it needs {needs}; `{} devices` lists the devices of this machine",
                    crate::program()
                );
            }
            Self::DeviceUnreachable { .. } => return unreachable_hint(),
            Self::DeviceLost { run, .. } => return lost_hint(run.as_deref()),
            Self::Serve { .. } => "choose another port with --bind, or port 0 for any free one",
            Self::FolderExists(_) => {
                "choose another folder with --out; to continue a run in this one, use --resume"
            }
            Self::FileExists(_) => "choose another name with --out, or move the file",
            Self::NotARun { .. } => "name a folder that `train` created, such as one under runs/",
            Self::Diverged { run, rate, rolled_back, .. } => {
                let config = run.join("config.toml");
                let or = if *rolled_back {
                    "with --clip-norm 1"
                } else {
                    "let --on-nan rollback halve it"
                };
                let program = crate::program();
                return format!(
                    "start anew with a lower rate: {program} train --config {} --lr {rate:?}; or \
                     {or}",
                    config.display()
                );
            }
            Self::NoCheckpoint { run, .. } => {
                let config = run.join("config.toml");
                return format!(
                    "put the checkpoint back, or begin anew in another folder: {} train --config \
                     {}",
                    crate::program(),
                    config.display()
                );
            }
            Self::NotAnExport { .. } => {
                "name the folder that `export` created, such as runs/NAME/export, or its file of \
                 weights"
            }
            Self::BadExport { .. } => {
                "names and shapes are those that `export` writes and its model.py has; after a \
                 change in PyTorch, `save` in model.py writes the weights"
            }
            Self::Imported(run) => {
                return format!(
                    "`predict` and `export` can use it; train --from {} continues its training, \
                     and tests it",
                    run.display()
                );
            }
            Self::NoRate { reached: None, .. } => {
                "give a lower --from-lr, and look for infinite or NaN values in the data"
            }
            Self::NoRate { .. } => {
                return format!(
                    "check the data and the model with `{} doctor`, or test other rates with \
                     --from-lr and --to-lr",
                    crate::program()
                );
            }
            Self::AllDiverged { .. } => {
                "begin a sweep with lower learning rates, with a warm-up (schedule.warmup_epochs = \
                 1), or with --on-nan rollback; `find-lr` suggests a rate"
            }
            Self::Occupied { file, .. } => {
                return format!(
                    "put its config.toml back, or move {} elsewhere: then --resume goes on",
                    file.display()
                );
            }
            Self::Busy(_) => "wait for it to end, or stop it",
            Self::Finished(run) => {
                let config = run.join("config.toml");
                return format!(
                    "its test set has been read, so it cannot be trained further; start a new run \
                     with train --config {} and the settings to change, or with train --from {} \
                     from its weights",
                    config.display(),
                    run.display()
                );
            }
            Self::NotFinished(_) => {
                "continue it with --resume: the test set is read once, at the end"
            }
            Self::OtherConfig { .. } => {
                "undo the change, or start a new run with it: train --config FILE"
            }
            Self::Unchangeable { run, .. } => {
                let config = run.join("config.toml");
                return format!(
                    "a resumed run may change --epochs, --device, --devices, --threads and \
                     --data-dir; for a new run with the change: train --config {}",
                    config.display()
                );
            }
            Self::EpochsDone { .. } => {
                "give a larger number, or the same number to begin the test at once"
            }
            Self::OtherData { .. } => "point --data-dir at the data that the run was trained on",
            Self::OtherWeights { .. } => {
                "the run that this one started from has been trained again: start from a copy of \
                 its old weights, or remove init_sha256 to use the new ones"
            }
            Self::Leakage { hint, .. } => hint,
            Self::OtherShape { .. } => {
                "bring the images to that shape; image files of any size are scaled by `predict`"
            }
            Self::Io { .. } => "check the path, its permissions and the free space",
            Self::BadFile { .. } => {
                "the file was damaged or changed: restore it, or start a new run"
            }
            Self::Overflow { .. } => {
                "use another run: train it anew with a smaller --lr, or start from other weights"
            }
            Self::Threads { .. } => {
                "pass --threads 1, end other programs, or raise the limits on processes and memory \
                 (`ulimit -u`, `ulimit -v`)"
            }
            #[cfg(feature = "fetch")]
            Self::Fetch(FetchError::Unknown { .. }) => {
                return format!("`{} fetch` lists the data sets", crate::program());
            }
            Self::Data(error) => return error.hint().unwrap_or_else(unexpected),
            #[cfg(feature = "fetch")]
            Self::Fetch(error) => return error.hint().unwrap_or_else(unexpected),
            Self::Train(TrainError::Source { source, .. }) if source.is::<DataError>() => {
                return source.downcast_ref().and_then(DataError::hint).unwrap_or_else(unexpected);
            }
            Self::Train(error) => return error.hint().map_or_else(unexpected, str::to_owned),
            Self::Eval(error) => return error.hint().map_or_else(unexpected, str::to_owned),
            #[cfg(feature = "report")]
            Self::Report(error) => return error.hint().map_or_else(unexpected, str::to_owned),
        };
        hint.to_owned()
    }
}

/// Returns what explains the settings in an error, or the flags of a sweep.
fn settings_hint(origin: &str) -> String {
    let program = crate::program();
    if ["sweep", "--vary"].contains(&origin) {
        return format!(
            "`{program} sweep --help-all` explains the flags, and `{program} config` prints every \
             setting with its range"
        );
    }
    format!("`{program} config` prints every setting with its range")
}

/// Returns the hint for errors that no known action of a user causes.
fn unexpected() -> String {
    "this error has no known cause: if it happens again, please report it with the command and the \
     data"
        .to_owned()
}

fn unreachable_hint() -> String {
    format!(
        "on the other machine, `{} serve-device` prints the address of its device; \
         ZUNDER_DEVICE_TOKEN holds the token of a server that asks for one",
        Backend::Remote.alias()
    )
}

/// Returns a hint about a lost device, with the folder of the run that can be resumed.
fn lost_hint(run: Option<&Path>) -> String {
    let other = crate::compiled_in().into_iter().next().unwrap_or_default();
    let Some(run) = run.map(Path::display) else {
        return format!("start the server again, or choose another device with --device {other}");
    };
    let resume = format!("{} train --resume {run}", crate::program());
    format!(
        "start the server again and continue with {resume}; or without the server: {resume} \
         --device {other}"
    )
}

/// Returns a hint about the build that contains a device.
fn device_hint(name: &str) -> String {
    match Backend::of(name) {
        Some(backend) => format!("`{}` has it", backend.alias()),
        None => {
            format!(
                "`{} devices` lists the devices of this machine, and which builds have more",
                crate::program()
            )
        }
    }
}
