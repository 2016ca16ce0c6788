//! An experiment: what it asks, how it is run, and the page of what it found.

use std::fmt::Debug;

use zunder_report::{ReportError, Study, study};

use crate::{ExperimentConfig, ExperimentError, Findings, Watch};

/// An idea of the lecture, to run and to see.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Where the idea comes from: the lecture's section and slide.
    pub source: &'static str,
    /// What it asks.
    pub question: &'static str,
    pub(crate) kind: &'static dyn Kind,
}

/// How an experiment is run.
pub(crate) trait Kind: Debug + Sync {
    /// Whether it trains on images, so that other data may be chosen.
    fn takes_data(&self) -> bool;

    /// The settings that switch its effect off, as on the command line after `--set`; empty where
    /// the effect is no setting.
    fn off(&self) -> &'static [&'static str];

    /// Removes what the experiment has no use for from a configuration for all experiments.
    fn suit(&self, config: &mut ExperimentConfig);

    /// Runs it. Returns none if asked to stop.
    fn run(
        &self,
        config: &ExperimentConfig,
        watch: &mut dyn Watch,
    ) -> Result<Option<Findings>, ExperimentError>;
}

/// An experiment that is a program of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    pub(crate) run:
        fn(&ExperimentConfig, &mut dyn Watch) -> Result<Option<Findings>, ExperimentError>,
    /// The settings that it has a use for, by their beginning, such as `data.`; others are refused.
    pub(crate) takes: &'static [&'static str],
    /// Of those, what switches its effect off; empty where the effect is no setting.
    pub(crate) off: &'static [&'static str],
    /// Whether chance has a part in it, so that seeds are of use.
    pub(crate) chance: bool,
}

impl Kind for Program {
    fn takes_data(&self) -> bool {
        self.takes.contains(&"data.")
    }

    fn off(&self) -> &'static [&'static str] {
        self.off
    }

    fn suit(&self, config: &mut ExperimentConfig) {
        config.settings.retain(|(path, _)| has_use(self.takes, path));
        config.seeds = config.seeds.filter(|_| self.chance);
    }

    fn run(
        &self,
        config: &ExperimentConfig,
        watch: &mut dyn Watch,
    ) -> Result<Option<Findings>, ExperimentError> {
        if let Some(n) = config.seeds.filter(|_| !self.chance) {
            let expected = "nothing: chance has no part in this experiment".to_owned();
            return Err(ExperimentError::Setting {
                setting: "seeds",
                got: n.to_string(),
                expected,
            });
        }
        let useless = config.settings.iter().find(|(path, _)| !has_use(self.takes, path));
        if let Some(got) = useless.map(|(path, _)| path.join(".")) {
            let expected = if self.takes.is_empty() {
                "none: this experiment has no settings".to_owned()
            } else {
                format!("one that begins with {}", self.takes.join(" or "))
            };
            return Err(ExperimentError::Setting { setting: "setting", got, expected });
        }
        (self.run)(config, watch)
    }
}

impl Experiment {
    /// Whether it trains on images, so that other data may be chosen.
    pub fn takes_data(&self) -> bool {
        self.kind.takes_data()
    }

    /// Settings that switch its effect off, as flags: its claims must then fail. None of a program
    /// whose effect is no setting.
    pub fn off(&self) -> Option<String> {
        let off = self.kind.off();
        (!off.is_empty()).then(|| {
            off.iter().map(|setting| format!("--set {setting}")).collect::<Vec<_>>().join(" ")
        })
    }

    /// A configuration for all experiments without what this one has no use for.
    #[must_use]
    pub fn suited(&self, config: &ExperimentConfig) -> ExperimentConfig {
        let mut config = config.clone();
        if self.name != "backprop" {
            (config.expression, config.at) = (None, None);
        }
        self.kind.suit(&mut config);
        config
    }

    /// Runs it. Returns none if asked to stop.
    ///
    /// # Errors
    /// [`ExperimentError`] for a setting that is out of range or has no place here, and whatever
    /// stops a training.
    pub fn run(
        &self,
        config: &ExperimentConfig,
        watch: &mut dyn Watch,
    ) -> Result<Option<Findings>, ExperimentError> {
        if self.name != "backprop" && (config.expression.is_some() || config.at.is_some()) {
            let got = config.expression.clone().or_else(|| config.at.clone()).unwrap_or_default();
            return Err(ExperimentError::Setting {
                setting: "expr",
                got,
                expected: "nothing: it belongs to the experiment backprop".to_owned(),
            });
        }
        self.kind.run(config, watch)
    }

    /// The page of what it found; `reproduce` is the command that repeats it.
    ///
    /// # Errors
    /// [`ReportError`] for pictures that cannot be drawn.
    pub fn page(&self, findings: &Findings, reproduce: &str) -> Result<String, ReportError> {
        study(&Study {
            title: self.title,
            question: self.question,
            source: self.source,
            banner: findings.banner.as_deref(),
            setting: findings.setting.clone(),
            see: &findings.see,
            claims: &findings.claims,
            figures: &findings.figures,
            tables: &findings.tables,
            reproduce,
        })
    }
}

/// Whether a setting begins with one of those that an experiment takes.
fn has_use(takes: &[&str], path: &[String]) -> bool {
    let key = path.join(".");
    takes.iter().any(|start| key.starts_with(start))
}
