use zunder_report::{ReportError, Study, study};

use crate::variants::{Variants, run_variants};
use crate::{ExperimentConfig, ExperimentError, Findings, Watch, programs, variants};

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
    pub(crate) kind: Kind,
}

/// How it is run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Trainings of the ordinary configuration, which differ in a few settings.
    Variants(&'static Variants),
    /// A program of its own.
    Program {
        run: fn(&ExperimentConfig, &mut dyn Watch) -> Result<Option<Findings>, ExperimentError>,
        /// The settings that it has a use for, by their beginning, such as `data.`; others are
        /// refused.
        takes: &'static [&'static str],
        /// Of those, what switches its effect off, as on the command line after `--set`; empty
        /// where the effect is no setting.
        off: &'static [&'static str],
        /// Whether chance has a part in it, so that seeds are of use.
        chance: bool,
    },
}

/// How every source begins.
const SECTION: &str = "Lecture 6a.1";

/// All experiments, in the order of the lecture's sections.
pub fn experiments() -> Vec<Experiment> {
    let mut all = [programs::ALL, variants::ALL].concat();
    // Each source begins with the section; within one the order above stays.
    all.sort_by_key(|experiment| experiment.source.get(..SECTION.len()));
    all
}

/// The experiment with a name.
///
/// # Errors
/// [`ExperimentError::Unknown`] with the names there are.
pub fn experiment(name: &str) -> Result<Experiment, ExperimentError> {
    let all = experiments();
    all.iter().find(|experiment| experiment.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|experiment| experiment.name).collect();
        ExperimentError::Unknown {
            got: name.to_owned(),
            expected: zunder::expected_one_of(name, &names),
        }
    })
}

impl Experiment {
    /// Whether it trains on images, so that other data may be chosen.
    pub fn takes_data(&self) -> bool {
        match self.kind {
            Kind::Variants(_) => true,
            Kind::Program { takes, .. } => takes.contains(&"data."),
        }
    }

    /// Settings that switch its effect off, as flags: its claims must then fail. None of a program
    /// whose effect is no setting.
    pub fn off(&self) -> Option<String> {
        let off = match self.kind {
            Kind::Variants(variants) => variants.off,
            Kind::Program { off, .. } => off,
        };
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
        if let Kind::Program { takes, chance, .. } = self.kind {
            config.settings.retain(|(path, _)| has_use(takes, path));
            config.seeds = config.seeds.filter(|_| chance);
        }
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
        match self.kind {
            Kind::Variants(variants) => run_variants(variants, config, watch),
            Kind::Program { run, takes, chance, .. } => {
                if let Some(n) = config.seeds.filter(|_| !chance) {
                    let expected = "nothing: chance has no part in this experiment".to_owned();
                    return Err(ExperimentError::Setting {
                        setting: "seeds",
                        got: n.to_string(),
                        expected,
                    });
                }
                if let Some(got) = config
                    .settings
                    .iter()
                    .find(|(path, _)| !has_use(takes, path))
                    .map(|(path, _)| path.join("."))
                {
                    let expected = if takes.is_empty() {
                        "none: this experiment has no settings".to_owned()
                    } else {
                        format!("one that begins with {}", takes.join(" or "))
                    };
                    return Err(ExperimentError::Setting { setting: "setting", got, expected });
                }
                run(config, watch)
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_misspelt_ones_are_answered() {
        let all = experiments();
        assert!(
            all.iter().all(|found| found.source.starts_with("Lecture 6a."))
                && all.is_sorted_by_key(|found| &found.source[..SECTION.len()])
        );
        assert!(
            all.iter()
                .enumerate()
                .all(|(i, a)| all[..i].iter().all(|b| a.name != b.name && a.title != b.title))
        );
        let message = experiment("backprob").unwrap_err().to_string();
        assert!(message.contains("(did you mean backprop?)"), "{message}");
    }

    #[test]
    fn what_has_no_place_is_refused() {
        let refusal = |name: &str, config: ExperimentConfig| {
            experiment(name).unwrap().run(&config, &mut ()).unwrap_err().to_string()
        };
        let settings =
            vec![(vec!["model".to_owned(), "dropout".to_owned()], toml::Value::Float(0.1))];
        let message =
            refusal("backprop", ExperimentConfig { settings, ..ExperimentConfig::default() });
        assert!(message.contains("model.dropout"), "{message}");
        let message =
            refusal("descent", ExperimentConfig { seeds: Some(5), ..ExperimentConfig::default() });
        assert!(message.contains("chance has no part"), "{message}");
        let message = refusal(
            "descent",
            ExperimentConfig { at: Some("x=1".to_owned()), ..ExperimentConfig::default() },
        );
        assert!(message.contains("backprop"), "{message}");
    }
}
