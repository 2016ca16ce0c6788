//! An experiment: its question, how it is run, and the page of its findings.

use std::fmt::Debug;

use zunder_report::{ReportError, Study, StudyClaim, Table, study};

use crate::{Claim, Control, ExperimentConfig, ExperimentError, Findings, Watch};

/// An idea of the lecture as a program whose claims can be tested.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Name on the command line.
    pub name: &'static str,
    /// Title of the page.
    pub title: &'static str,
    /// Section and slide of the lecture.
    pub source: &'static str,
    /// Question that the experiment answers.
    pub question: &'static str,
    pub(crate) kind: &'static dyn Kind,
}

/// How an experiment is run.
pub(crate) trait Kind: Debug + Sync {
    /// Returns true if it trains on images, so that other data can be chosen.
    fn takes_data(&self) -> bool;

    /// Returns the settings under which claims must fail; empty if there are none.
    fn controls(&self) -> &'static [Control];

    /// Removes the settings that the experiment does not use from a configuration for all
    /// experiments.
    fn suit(&self, config: &mut ExperimentConfig);

    /// Runs the experiment. Returns `None` if interrupted.
    fn run(
        &self,
        config: &ExperimentConfig,
        watch: &mut dyn Watch,
    ) -> Result<Option<Findings>, ExperimentError>;
}

/// An experiment with a program of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    pub(crate) run:
        fn(&ExperimentConfig, &mut dyn Watch) -> Result<Option<Findings>, ExperimentError>,
    /// Prefixes of the settings that it uses, such as `data.`; others are an error.
    pub(crate) takes: &'static [&'static str],
    /// Settings among these under which claims must fail; empty if there are none.
    pub(crate) controls: &'static [Control],
    /// Whether results are random, so that several seeds make sense.
    pub(crate) chance: bool,
}

impl Kind for Program {
    fn takes_data(&self) -> bool {
        self.takes.contains(&"data.")
    }

    fn controls(&self) -> &'static [Control] {
        self.controls
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
            let expected = "no seeds: the results of this experiment are not random".to_owned();
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
    /// Returns true if it trains on images, so that other data can be chosen.
    pub fn takes_data(&self) -> bool {
        self.kind.takes_data()
    }

    /// Returns the negative controls: settings under which claims must fail.
    pub fn controls(&self) -> &'static [Control] {
        self.kind.controls()
    }

    /// Returns a configuration for all experiments without the settings that this one does not use.
    #[must_use]
    pub fn suited(&self, config: &ExperimentConfig) -> ExperimentConfig {
        let mut config = config.clone();
        if self.name != "backprop" {
            (config.expression, config.at) = (None, None);
        }
        self.kind.suit(&mut config);
        config
    }

    /// Runs the experiment. Returns `None` if interrupted.
    ///
    /// # Errors
    /// Returns an [`ExperimentError`] if a setting is out of range or not used by the experiment,
    /// or if a training fails.
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
                expected: "no value: only the experiment backprop uses it".to_owned(),
            });
        }
        self.kind.run(config, watch)
    }

    /// Returns the page of the findings as HTML; `reproduce` is the command that repeats the
    /// experiment.
    ///
    /// # Errors
    /// Returns a [`ReportError`] if a figure cannot be drawn.
    pub fn page(&self, findings: &Findings, reproduce: &str) -> Result<String, ReportError> {
        let claims: Vec<StudyClaim> = findings.claims.iter().map(study_claim).collect();
        let mut tables = findings.tables.clone();
        tables.extend(self.controls_table());
        study(&Study {
            title: self.title,
            question: self.question,
            source: self.source,
            banner: findings.banner.as_deref(),
            setting: findings.setting.clone(),
            see: &findings.see,
            claims: &claims,
            figures: &findings.figures,
            tables: &tables,
            reproduce,
        })
    }

    /// Returns the negative controls as a table, if there are any.
    fn controls_table(&self) -> Option<Table> {
        let row = |control: &Control| {
            vec![control.claims(), control.settings.join(", "), control.because.to_owned()]
        };
        let rows: Vec<Vec<String>> = self.controls().iter().map(row).collect();
        (!rows.is_empty()).then(|| Table {
            caption: "Negative controls: where the claims must fail, which CI checks on few images"
                .to_owned(),
            headings: ["fails", "with", "because"].map(str::to_owned).into(),
            rows,
            words: true,
            ..Table::default()
        })
    }
}

impl Control {
    /// Returns the numbers of the claims that must fail, as words.
    pub fn claims(&self) -> String {
        let numbers: Vec<String> = self.fails.iter().map(usize::to_string).collect();
        format!("{} {}", if numbers.len() == 1 { "claim" } else { "claims" }, numbers.join(", "))
    }
}

fn study_claim(claim: &Claim) -> StudyClaim {
    StudyClaim {
        statement: claim.statement.clone(),
        evidence: claim.evidence.clone(),
        holds: claim.holds,
    }
}

/// Returns true if the setting begins with one of the prefixes that an experiment uses.
fn has_use(takes: &[&str], path: &[String]) -> bool {
    let key = path.join(".");
    takes.iter().any(|start| key.starts_with(start))
}
