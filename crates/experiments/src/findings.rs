use zunder_report::{Figure, Table};

use crate::Claim;

/// What an experiment found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Findings {
    /// What to see, three sentences.
    pub see: Vec<String>,
    /// What was claimed, and whether it appeared.
    pub claims: Vec<Claim>,
    /// Pictures.
    pub figures: Vec<Figure>,
    /// Tables, with mean and spread where chance matters.
    pub tables: Vec<Table>,
    /// What it ran with, as keys and values.
    pub setting: Vec<(String, String)>,
    /// What must be said of the data, if anything.
    pub banner: Option<String>,
}

impl Findings {
    /// Whether everything that was claimed appeared.
    pub fn all_hold(&self) -> bool {
        self.claims.iter().all(|claim| claim.holds)
    }
}
