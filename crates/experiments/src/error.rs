//! The error type of experiments.

/// Why an experiment cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// No experiment has this name.
    #[error("there is no experiment {got:?}, {expected}")]
    Unknown {
        /// Name that was asked for.
        got: String,
        /// Known names, the most similar one first.
        expected: String,
    },

    /// A setting is out of range, or the experiment does not use it.
    #[error("{setting} is {got}, expected {expected}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// Value that was given.
        got: String,
        /// Values that are allowed.
        expected: String,
    },

    /// A formula cannot be parsed or evaluated.
    #[error("the expression {expression:?} has an error at character {place}: {problem}")]
    Expression {
        /// Text of the formula.
        expression: String,
        /// Position of the character that causes the error, counted from 1.
        place: usize,
        /// What is wrong there.
        problem: String,
    },

    /// A folder cannot be created.
    #[error("cannot make the folder {}: {source}", folder.display())]
    Folder {
        /// Path of the folder.
        folder: std::path::PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },

    /// The folder contains files that are not findings of the experiment.
    #[error("{}: contains {file}, expected a new folder or earlier findings of the \
        experiment", folder.display())]
    Occupied {
        /// Path of the folder.
        folder: std::path::PathBuf,
        /// Name of a file in it.
        file: String,
    },

    /// A training run failed.
    #[error(transparent)]
    Run(#[from] zunder::RunError),

    /// A training loop failed.
    #[error(transparent)]
    Train(#[from] zunder_train::TrainError),

    /// A model cannot be built.
    #[error(transparent)]
    Model(#[from] zunder_models::ModelError),

    /// A figure or a page cannot be created.
    #[error(transparent)]
    Report(#[from] zunder_report::ReportError),
}

impl ExperimentError {
    /// Returns a hint that says what to do about the error.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { .. } => {
                format!("`{} experiment list` says what each shows", zunder::program())
            }
            Self::Setting { .. } | Self::Train(zunder_train::TrainError::Setting { .. }) => {
                format!("`{} experiment --help` explains the flags", zunder::program())
            }
            Self::Expression { .. } => {
                "such as \"(x*y + max(z, w))^2\", with --at x=4,y=-2,z=5,w=-1".to_owned()
            }
            Self::Folder { .. } | Self::Occupied { .. } => {
                "choose another place with --out".to_owned()
            }
            Self::Run(error) => error.hint(),
            Self::Train(_) | Self::Model(_) | Self::Report(_) => {
                "if it happens again, please report it together with the command".to_owned()
            }
        }
    }

    /// Returns true if the input caused the error, false if the machine did.
    pub fn is_input(&self) -> bool {
        match self {
            Self::Unknown { .. }
            | Self::Setting { .. }
            | Self::Expression { .. }
            | Self::Folder { .. }
            | Self::Occupied { .. }
            | Self::Train(zunder_train::TrainError::Setting { .. }) => true,
            Self::Run(error) => error.is_input(),
            Self::Train(_) | Self::Model(_) | Self::Report(_) => false,
        }
    }
}
