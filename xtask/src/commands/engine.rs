//! The loops that can train: Zunder's, and Burn's own learner.

#[cfg(feature = "burn-train")]
mod burn_train;

use clap::ValueEnum;
use zunder::{RunConfig, RunError};

use crate::args::TrainArgs;

#[cfg(feature = "burn-train")]
pub use burn_train::train as train_by_burn;

/// The training loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Zunder's loop, which keeps a run
    #[default]
    Zunder,
    /// Burn's own learner, for comparison; it keeps no run
    BurnTrain,
}

impl Engine {
    /// Checks that the engine is in this program and can express the settings. `config` is `None`
    /// for a resumed run.
    ///
    /// # Errors
    /// Returns an error that names the first setting that Burn's learner cannot express, or that
    /// says how to get a program with Burn's learner.
    pub fn check(self, args: &TrainArgs, config: Option<&RunConfig>) -> Result<(), RunError> {
        if self == Self::Zunder {
            return Ok(());
        }
        if let Some(name) = inexpressible(args, config) {
            let off = if name == "lasso" { " (--l1 0 trains without it)" } else { "" };
            return Err(refused(format!(
                "{name} is set, which Burn's learner cannot express as Zunder's loop does{off}"
            )));
        }
        if cfg!(not(feature = "burn-train")) {
            return Err(refused(
                "it is not in this program: run `cargo xtask-burn-train`, which builds it, in \
                 place of `cargo xtask`"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn refused(problem: String) -> RunError {
    RunError::Config { origin: "--engine burn-train".to_owned(), problem }
}

/// Returns the first flag or setting that is set and that Burn's learner does not have.
fn inexpressible(args: &TrainArgs, config: Option<&RunConfig>) -> Option<&'static str> {
    let default = RunConfig::default();
    let flags = [
        ("--resume", args.resume.is_some()),
        ("--out", args.out.is_some()),
        ("--log", args.log),
        ("--open", args.open.open),
    ];
    let settings = config.map(|config| {
        [
            ("data.folds", config.data.folds.is_some()),
            ("devices", !config.devices.is_empty()),
            ("early_stopping", config.early_stopping != default.early_stopping),
            ("ema", config.ema > 0.0),
            ("gradients", config.gradients != default.gradients),
            ("lasso", !config.lasso.is_off()),
            ("on_nan", config.on_nan != default.on_nan),
            ("steps_per_epoch", config.steps_per_epoch.is_some()),
        ]
    });
    let all = flags.into_iter().chain(settings.into_iter().flatten());
    all.filter(|(_, is_set)| *is_set).map(|(name, _)| name).next()
}
