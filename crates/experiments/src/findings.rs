//! The results of an experiment.

use zunder_report::{Figure, Table};

use crate::Claim;

/// The results of an experiment.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Findings {
    /// Observations, three sentences.
    pub see: Vec<String>,
    /// Claims, each with the result of its test.
    pub claims: Vec<Claim>,
    /// Figures.
    pub figures: Vec<Figure>,
    /// Tables, with mean and standard deviation where results are random.
    pub tables: Vec<Table>,
    /// Settings of the run, as keys and values.
    pub setting: Vec<(String, String)>,
    /// Warning about the data, if any.
    pub banner: Option<String>,
}

impl Findings {
    /// Returns true if every claim holds.
    pub fn all_hold(&self) -> bool {
        self.claims.iter().all(|claim| claim.holds)
    }
}
