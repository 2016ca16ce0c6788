//! Why an experiment cannot be made.

/// Why an experiment cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A name that no experiment has.
    #[error("there is no experiment {got:?}, {expected}")]
    Unknown {
        /// The name.
        got: String,
        /// Those there are, and the nearest of them.
        expected: String,
    },

    /// A setting of the experiment that is out of range, or that it has no use for.
    #[error("{setting} is {got}, expected {expected}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// Its value.
        got: String,
        /// What it may be.
        expected: String,
    },

    /// A formula that cannot be read.
    #[error("the expression {expression:?} cannot be read at place {place}: {problem}")]
    Expression {
        /// The text.
        expression: String,
        /// The character at which reading stopped, from 1.
        place: usize,
        /// What was expected there.
        problem: String,
    },

    /// A folder that cannot be made.
    #[error("cannot make the folder {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A folder that holds something else than findings of the experiment.
    #[error("{}: holds {file}, expected a new folder or earlier findings of the \
        experiment", folder.display())]
    Occupied {
        /// The folder.
        folder: std::path::PathBuf,
        /// What stands in it.
        file: String,
    },

    /// A training that cannot be made.
    #[error(transparent)]
    Run(#[from] zunder::RunError),

    /// A training loop that cannot go on.
    #[error(transparent)]
    Train(#[from] zunder_train::TrainError),

    /// A model that cannot be built.
    #[error(transparent)]
    Model(#[from] zunder_models::ModelError),

    /// A picture or page that cannot be made.
    #[error(transparent)]
    Report(#[from] zunder_report::ReportError),
}

impl ExperimentError {
    /// What to do about it.
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
                "if it comes again, please report it with the command".to_owned()
            }
        }
    }

    /// Whether the input is at fault, and not the machine.
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
