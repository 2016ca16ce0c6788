//! Lists all experiments and finds one by name.

use crate::{Experiment, ExperimentError, play, programs, variants};

/// Prefix of every [`Experiment::source`].
const SECTION: &str = "Lecture 6a.1";

/// Returns all experiments, in the order of the lecture's sections.
pub fn experiments() -> Vec<Experiment> {
    let mut all = [programs::ALL, variants::ALL].concat();
    // The sort is stable: within a section the experiments keep the order above.
    all.sort_by_key(|experiment| experiment.source.get(..SECTION.len()));
    all
}

/// Returns the experiment named `name`.
///
/// # Errors
/// Returns [`ExperimentError::Unknown`], which lists the known names, if there is none.
pub fn experiment(name: &str) -> Result<Experiment, ExperimentError> {
    let all = experiments();
    all.iter().find(|experiment| experiment.name == name).copied().ok_or_else(|| {
        let mut names: Vec<&str> = all.iter().map(|experiment| experiment.name).collect();
        names.push(play::NAME);
        ExperimentError::Unknown {
            got: name.to_owned(),
            expected: zunder::expected_one_of(name, &names),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExperimentConfig;

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
            refusal("examples", ExperimentConfig { seeds: Some(5), ..ExperimentConfig::default() });
        assert!(message.contains("are not random"), "{message}");
        let message = refusal(
            "descent",
            ExperimentConfig { at: Some("x=1".to_owned()), ..ExperimentConfig::default() },
        );
        assert!(message.contains("backprop"), "{message}");
    }
}
