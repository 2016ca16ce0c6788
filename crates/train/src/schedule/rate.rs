//! The learning rates of a training.

use zunder_eval::EpochRecord;

use super::kind::SchedulePosition;
use super::plateau::Plateau;
use super::{Schedule, ScheduleKind};

/// The learning rates of one training, created by [`Schedule::learning_rate`].
#[derive(Clone, Debug, PartialEq)]
pub struct LearningRate {
    schedule: Schedule,
    base: f64,
    updates_per_epoch: usize,
    epochs: usize,
    plateau: Plateau,
}

impl LearningRate {
    pub(super) fn new(
        schedule: Schedule,
        base: f64,
        updates_per_epoch: usize,
        epochs: usize,
    ) -> Self {
        Self {
            schedule,
            base,
            updates_per_epoch: updates_per_epoch.max(1),
            epochs,
            plateau: Plateau::new(),
        }
    }

    /// Returns the rate of update k, counted from 0 over all epochs.
    pub fn at(&self, update: usize) -> f64 {
        let place = SchedulePosition {
            update,
            updates_per_epoch: self.updates_per_epoch,
            epochs: self.epochs,
        };
        self.base
            * (self.schedule.kind.multiple(place) * self.plateau.multiple * self.warmup(update))
    }

    /// Receives the record of a finished epoch. Only [`Plateau`](ScheduleKind::Plateau) uses it.
    pub fn observe(&mut self, record: &EpochRecord) {
        if let ScheduleKind::Plateau(config) = &self.schedule.kind {
            self.plateau.observe(record, config);
        }
    }

    fn warmup(&self, update: usize) -> f64 {
        let (length, start) = (
            self.schedule.warmup_epochs * self.updates_per_epoch as f64,
            self.schedule.warmup_factor,
        );
        let k = update as f64;
        if k < length { start + (1.0 - start) * k / length } else { 1.0 }
    }
}
