//! Ranks the points of a sweep and writes its results.

use zunder_train::Monitor;

use super::ladder::Ladder;
use super::{Sweep, SweepPoint, page};
use crate::folder::files::write_text;
use crate::{RunConfig, RunError};

impl Sweep {
    /// Returns the points that are done with all their seeds, the best first, ranked by the value
    /// that all trials monitor (see [`EarlyStoppingConfig`](crate::train::EarlyStoppingConfig)), or
    /// by accuracy if that setting or the loss is varied. Writes them to `results.csv` and the
    /// page. Points of which all seeds diverged come last and have no
    /// [`accuracy`](SweepPoint::accuracy). With halving, points on a later rung come first.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] if a record is damaged, and [`RunError::Io`] if the folder
    /// cannot be written.
    pub fn finish(&self) -> Result<Vec<SweepPoint>, RunError> {
        let seeds = self.record.config.seeds;
        let all = self.records()?;
        let ladder = Ladder::of(&self.record, &all);
        let mut points = Vec::new();
        for (i, (settings, records)) in self.record.points.iter().zip(all).enumerate() {
            let Some(records) = records.into_iter().collect::<Option<Vec<_>>>() else { continue };
            let config = self.folder(i * seeds + 1).join("config.toml");
            let (end, number) = (self.end(&ladder, i, &records), i + 1);
            let point = SweepPoint::of(settings.clone(), config, &records);
            points.push(SweepPoint { number, end, ..point });
        }
        // Points that diverged with some seeds rank behind those that did not, and points that
        // diverged with all seeds rank last.
        let monitor = self.record.monitor;
        points.sort_by(|a, b| {
            let (standing_a, standing_b) = (a.standing(monitor), b.standing(monitor));
            let sound = standing_b.worth.is_some().cmp(&standing_a.worth.is_some());
            sound.then(b.rung.cmp(&a.rung)).then_with(|| standing_a.order(&standing_b))
        });
        self.hold()?;
        self.remove_checkpoints(&ladder)?;
        write_text(&self.path.join("results.csv"), &page::csv(&self.record.config.axes, &points))?;
        if !points.is_empty() {
            write_text(
                &self.path.join("index.html"),
                &page::html(&self.path, &self.record, &points)?,
            )?;
        }
        Ok(points)
    }

    /// Formats points as a table for a terminal.
    pub fn table(&self, points: &[SweepPoint]) -> String {
        let mut text = page::table(&self.record.config.axes, points).text();
        for line in page::leakages(points) {
            text.push('\n');
            text.push_str(&line);
        }
        text
    }
}

/// Returns the value by which points are ranked: the one that all their trials monitor. Accuracy if
/// they monitor different values, or if their losses have different scales.
pub(super) fn common_monitor(configs: &[RunConfig]) -> Monitor {
    let Some(first) = configs.first() else { return Monitor::Accuracy };
    let alike = |config: &RunConfig| {
        config.early_stopping.monitor == first.early_stopping.monitor
            && config.loss.name() == first.loss.name()
    };
    if configs.iter().all(alike) { first.early_stopping.monitor } else { Monitor::Accuracy }
}
