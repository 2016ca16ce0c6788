//! An experiment: its question, how it is run, and the page of its findings.

use std::fmt::Debug;

use rayon::{ThreadPool, ThreadPoolBuilder};
use toml::Value;
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

/// A key as its parts, and its value.
type Setting = (Vec<String>, Value);

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
    /// Settings that it uses, or with a point at the end their prefixes; others are an error.
    pub(crate) takes: &'static [&'static str],
    /// Settings among these under which claims must fail; empty if there are none.
    pub(crate) controls: &'static [Control],
    /// Whether results are random, so that several seeds make sense.
    pub(crate) chance: bool,
}

impl Kind for Program {
    fn takes_data(&self) -> bool {
        self.takes.contains(&"data.dataset")
    }

    fn controls(&self) -> &'static [Control] {
        self.controls
    }

    fn suit(&self, config: &mut ExperimentConfig) {
        config.settings.retain(|(path, _)| is_threads(path) || has_use(self.takes, path));
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
        let (threads, settings) = divided(&config.settings);
        let useless = settings.iter().find(|(path, _)| !has_use(self.takes, path));
        if let Some(got) = useless.map(|(path, _)| path.join(".")) {
            let expected = if self.takes.is_empty() {
                "none: this experiment has no settings".to_owned()
            } else {
                format!("one of {}", self.takes.join(", "))
            };
            return Err(ExperimentError::Setting { setting: "setting", got, expected });
        }
        let config = ExperimentConfig { settings, ..config.clone() };
        match threads {
            None => (self.run)(&config, watch),
            Some(threads) => pool(&threads)?.install(|| (self.run)(&config, watch)),
        }
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

/// Returns true for the number of threads, which every experiment takes.
pub(crate) fn is_threads(path: &[String]) -> bool {
    path == ["threads"]
}

/// Returns the last number of threads among the settings, and the other settings.
fn divided(settings: &[Setting]) -> (Option<Value>, Vec<Setting>) {
    let (threads, others): (Vec<_>, Vec<_>) =
        settings.iter().cloned().partition(|(path, _)| is_threads(path));
    (threads.into_iter().next_back().map(|(_, value)| value), others)
}

/// Creates the thread pool of a program; 0 threads stand for one per processor.
fn pool(threads: &Value) -> Result<ThreadPool, ExperimentError> {
    let error = |expected: String| ExperimentError::Setting {
        setting: "threads",
        got: threads.to_string(),
        expected,
    };
    let n = threads.as_integer().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= 256);
    let n = n.ok_or_else(|| error("0 (one a processor) to 256".to_owned()))?;
    let pool = ThreadPoolBuilder::new().num_threads(n).build();
    pool.map_err(|e| error(format!("a number of threads that can be started: {e}")))
}

/// Returns true if the setting, or the start of it that ends with a point, is one that an
/// experiment uses.
fn has_use(takes: &[&str], path: &[String]) -> bool {
    let key = path.join(".");
    takes.iter().any(|used| key == *used || used.ends_with('.') && key.starts_with(used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiment, experiments};

    fn with_threads(n: impl Into<Value>) -> ExperimentConfig {
        let settings = vec![(vec!["threads".to_owned()], n.into())];
        ExperimentConfig { settings, ..ExperimentConfig::default() }
    }

    #[test]
    fn programs_run_in_as_many_threads_as_are_set() {
        assert_eq!(pool(&Value::Integer(3)).unwrap().current_num_threads(), 3);
        for name in ["regression", "examples", "backprop"] {
            let claims = |config: &ExperimentConfig| {
                let found = experiment(name).unwrap().run(config, &mut ()).unwrap().unwrap();
                found.claims.into_iter().map(|claim| claim.evidence).collect::<Vec<_>>()
            };
            assert_eq!(claims(&with_threads(1)), claims(&ExperimentConfig::default()));
        }
        for program in experiments().iter().filter(|found| !found.takes_data()) {
            let got = [Value::from(257), Value::from(-1), Value::from("two")];
            for message in got.map(|n| program.run(&with_threads(n), &mut ()).unwrap_err()) {
                assert!(message.to_string().contains("0 (one a processor) to 256"), "{message}");
            }
            let kept = program.suited(&with_threads(2)).settings;
            assert_eq!(kept, with_threads(2).settings, "{}", program.name);
        }
    }
}
