use toml::Value;
use zunder_train::Interrupt;

use crate::ExperimentError;

/// How an experiment is run. The default is the one that its page speaks of.
#[derive(Clone, Debug, Default)]
pub struct ExperimentConfig {
    /// In half a minute or so, by fewer seeds, and in some programs by a smaller task. What is
    /// claimed may then fail to appear. Default: false.
    pub quick: bool,
    /// Seeds of each variant, 2 to 100; refused where chance has no part. Default: 5, and more
    /// where they are cheap.
    pub seeds: Option<usize>,
    /// Settings of the runs (see [`zunder::parse_setting`]), laid over those of every variant:
    /// other data, or an effect that is switched off. Default: none.
    pub settings: Vec<(Vec<String>, Value)>,
    /// Of `backprop`: the expression to differentiate. Default: the lecture's.
    pub expression: Option<String>,
    /// Of `backprop`: the values of its names, such as `x=4,y=-2`. Default: the lecture's point.
    pub at: Option<String>,
}

impl ExperimentConfig {
    /// The seeds, from 1.
    pub(crate) fn seeds(&self) -> Result<Vec<u64>, ExperimentError> {
        self.seeds_or(if self.quick { 3 } else { 5 })
    }

    /// The same with another default, for what is cheap.
    pub(crate) fn seeds_or(&self, default: usize) -> Result<Vec<u64>, ExperimentError> {
        let n = self.seeds.unwrap_or(default);
        if !(2..=100).contains(&n) {
            let expected = "2 to 100: one run says nothing about luck".to_owned();
            return Err(ExperimentError::Setting {
                setting: "seeds",
                got: n.to_string(),
                expected,
            });
        }
        Ok((1..=n as u64).collect())
    }
}

/// Who is told how far an experiment is, and may stop it.
pub trait Watch: Send {
    /// So many of all steps are done; `doing` is what comes now.
    fn progressed(&mut self, done: usize, total: usize, doing: &str) {
        let _ = (done, total, doing);
    }

    /// Who may ask to stop. Default: nobody.
    fn interrupt(&self) -> Interrupt {
        Interrupt::new()
    }
}

impl Watch for () {}
