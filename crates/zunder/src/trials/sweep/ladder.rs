//! The rungs of a sweep: which trials train to which, and which have ended.

use zunder_eval::Spread;
use zunder_train::Monitor;

use super::halving::{Judgement, Standing};
use super::{PointEnd, Rung, Sweep, SweepRecord, TrialRecord};
use crate::RunError;
use crate::trials::paused::PausedTrial;

/// The state of a sweep with halving, computed from the records of its trials alone.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    /// Points that train to each rung, ascending; of the rungs that have begun.
    pub rungs: Vec<Vec<usize>>,
    /// How the points that were stopped at a rung ended.
    pub ends: Vec<Option<PointEnd>>,
}

impl Ladder {
    /// Judges each rung that all its trials have reached. `records` has those of each point's
    /// seeds.
    pub(super) fn of(record: &SweepRecord, records: &[Vec<Option<TrialRecord>>]) -> Self {
        let points = record.points.len();
        let mut ladder = Self { rungs: vec![(0..points).collect()], ends: vec![None; points] };
        let (Some(config), Some((_, judged))) = (&record.config.halving, record.rungs.split_last())
        else {
            return ladder;
        };
        let mut on: Vec<usize> = (0..points).collect();
        for (rung, &epoch) in judged.iter().enumerate() {
            let standings: Option<Vec<Standing>> = on
                .iter()
                .map(|&point| standing(records.get(point)?, rung, record.monitor))
                .collect();
            let Some(standings) = standings else { break };
            let Judgement { ranked, promoted } = Judgement::of(&standings, config);
            for (place, &i) in ranked.iter().enumerate().skip(promoted) {
                let (place, of) = (place + 1, on.len());
                ladder.ends[on[i]] = Some(PointEnd::Halved { epoch, place, of, promoted });
            }
            on = ranked.iter().take(promoted).map(|&i| on[i]).collect();
            on.sort_unstable();
            ladder.rungs.push(on.clone());
        }
        ladder
    }
}

/// Returns the standing of a point on a rung (counted from 0); `None` before all its trials have
/// reached it.
fn standing(records: &[Option<TrialRecord>], rung: usize, monitor: Monitor) -> Option<Standing> {
    let mut values = Vec::new();
    for record in records {
        let record = record.as_ref()?;
        let reached = record.rungs.get(rung);
        if reached.is_none() && record.divergence.is_none() {
            return None;
        }
        values.extend(reached.and_then(|reached| match monitor {
            Monitor::Loss => reached.validation_loss.map(|loss| -loss),
            _ => reached.validation_accuracy,
        }));
    }
    let diverged = records.len() - values.len();
    Some(Standing { worth: Spread::of(values).ok().map(|spread| spread.mean), diverged })
}

impl Sweep {
    /// Returns the rungs of the sweep: one without halving.
    pub fn rungs(&self) -> Vec<Rung> {
        let mut points = self.record.points.len();
        let Some(config) = &self.record.config.halving else {
            return vec![Rung { epoch: None, points }];
        };
        let rung = |&epoch: &usize| {
            let rung = Rung { epoch: Some(epoch), points };
            points = config.promoted(points);
            rung
        };
        self.record.rungs.iter().map(rung).collect()
    }

    /// Returns the trials (counted from 1) that train to a rung (counted from 1), also those that
    /// have reached it. Those that diverged before are left out.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] for an unknown rung and for one that has not begun, because
    /// trials of the rung before it are not done, and [`RunError::BadFile`].
    pub fn in_rung(&self, rung: usize) -> Result<Vec<usize>, RunError> {
        let seeds = self.record.config.seeds;
        let records = self.records()?;
        let ladder = Ladder::of(&self.record, &records);
        let Some(points) = rung.checked_sub(1).and_then(|i| ladder.rungs.get(i)) else {
            let problem = format!(
                "rung {rung} has not begun, expected 1 to {}: all trials of a rung are trained \
                 before the next one",
                ladder.rungs.len()
            );
            return Err(RunError::config("sweep", problem));
        };
        let lost =
            |record: &TrialRecord| record.divergence.is_some() && record.rungs.len() + 1 < rung;
        let numbers = points.iter().flat_map(|point| point * seeds + 1..=(point + 1) * seeds);
        let of =
            |number: usize| records.get((number - 1) / seeds)?.get((number - 1) % seeds)?.as_ref();
        Ok(numbers.filter(|&number| !of(number).is_some_and(lost)).collect())
    }

    /// Returns the records of the trials: for each point those of its seeds.
    pub(super) fn records(&self) -> Result<Vec<Vec<Option<TrialRecord>>>, RunError> {
        let seeds = self.record.config.seeds;
        let of = |point: usize| (point * seeds + 1..=(point + 1) * seeds).map(|n| self.result(n));
        (0..self.record.points.len()).map(|point| of(point).collect()).collect()
    }

    /// Returns how a point ended; `None` without halving.
    pub(super) fn end(
        &self,
        ladder: &Ladder,
        point: usize,
        records: &[TrialRecord],
    ) -> Option<PointEnd> {
        let last = self.record.rungs.last()?;
        let sound = || records.iter().filter(|record| record.divergence.is_none());
        Some(if sound().next().is_none() {
            PointEnd::Diverged
        } else if let Some(end) = ladder.ends.get(point).copied().flatten() {
            end
        } else if sound().any(|record| record.rungs.len() < self.record.rungs.len()) {
            PointEnd::Unfinished
        } else if sound().all(|record| record.epochs < *last) {
            PointEnd::StoppedEarly
        } else {
            PointEnd::Completed
        })
    }

    /// Removes the checkpoints of trials that do not go on. Call it only with the lock.
    pub(super) fn remove_checkpoints(&self, ladder: &Ladder) -> Result<(), RunError> {
        let seeds = self.record.config.seeds;
        let stopped = (0..ladder.ends.len()).filter(|&point| ladder.ends[point].is_some());
        for number in stopped.flat_map(|point| point * seeds + 1..=(point + 1) * seeds) {
            PausedTrial(&self.paused(number)).remove()?;
        }
        Ok(())
    }
}
