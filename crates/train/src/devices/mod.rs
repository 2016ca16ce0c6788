//! Training on several devices: replicas of the model compute the batches of an update.
//!
//! The devices are only the place. Gradients come back to the device of the weights, are added in
//! the order of the batches, and update the weights there, as on one device. Each update sends its
//! weights to new replicas. These are dropped before the update, which so finds the only owner of
//! the parameters.

mod route;
mod statistics;
mod worker;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use burn::tensor::Device;

use self::statistics::{untrained, with_mean};
use self::worker::{Task, Worker, WorkerHandle};
use crate::host_memory::backend;
use crate::train_epoch::{EpochEnd, EpochTraining, PART};
use crate::{BatchDevices, BatchSource, Classifier, FitContext, TrainError};

/// Batches that each device has at most: one that it computes and one that waits.
const WAITING: usize = 2;

impl FitContext<'_> {
    /// Returns true if another device than that of the weights computes batches.
    pub(crate) fn computes_on_others(&self) -> bool {
        self.devices.len() > 1 || self.devices.first().is_some_and(|only| only != self.device)
    }

    /// Returns an error if an update has fewer batches than there are devices.
    pub(crate) fn check_devices(&self, accumulate: usize) -> Result<(), TrainError> {
        if accumulate >= self.devices.len() {
            return Ok(());
        }
        Err(TrainError::Setting {
            key: "gradients.accumulate",
            got: format!("{accumulate} with {} devices", self.devices.len()),
            expected: "at least as many batches as devices, each of which computes one",
        })
    }
}

/// Computes the batches of an epoch on the devices of the context.
pub(crate) fn train_on_devices<M: Classifier>(
    mut model: M,
    train: &impl BatchSource<Input = M::Input>,
    training: &mut EpochTraining<'_, '_>,
) -> Result<(M, EpochEnd<()>), TrainError> {
    let (places, home) = (training.context.devices, training.context.device);
    let accumulate = training.computation.accumulate;
    let differentiating: Vec<Device> =
        places.iter().map(|device| device.clone().autodiff()).collect();
    let devices = BatchDevices::new(&differentiating, accumulate);
    // The generator of a backend belongs to the process (`ScoredBatch::training` seeds it).
    let generators: BTreeMap<u16, Mutex<()>> =
        places.iter().map(|device| (backend(device), Mutex::new(()))).collect();
    let untrained = untrained(&model);
    thread::scope(|scope| {
        let mut workers = Vec::with_capacity(places.len());
        for (i, device) in places.iter().enumerate() {
            let worker = Worker {
                device,
                number: i + 1,
                of: places.len(),
                home,
                computation: training.computation,
                generator: generators.get(&backend(device)),
                untrained: &untrained,
            };
            workers.push(worker.start(scope)?);
        }
        let key = training.key();
        let mut batches = train.epoch_on(training.at.epoch, devices);
        let mut first = 1;
        loop {
            let (mut sent, mut added) = (0, 0);
            while sent < accumulate {
                if training.context.interrupt.requested() {
                    return Ok((model, EpochEnd::Interrupted));
                }
                let Some(batch) = batches.next() else { break };
                let batch = batch.map_err(|source| TrainError::Source { part: PART, source })?;
                let worker = of(&mut workers, devices.index(sent))?;
                if sent < places.len() {
                    // Not a clone: it would share the running averages with the model.
                    worker.send(Task::Weights(model.valid().train()))?;
                }
                worker.send(Task::Batch(batch, key.at((first + sent) as u64)))?;
                sent += 1;
                if sent - added > WAITING * places.len() {
                    let batch = of(&mut workers, devices.index(added))?.batch()?;
                    let diverged;
                    (model, diverged) = training.add(first + added, model, batch)?;
                    if let Some(divergence) = diverged {
                        return Ok((model, EpochEnd::Diverged(divergence)));
                    }
                    added += 1;
                }
            }
            let used = sent.min(places.len());
            for worker in workers.iter_mut().take(used) {
                worker.send(Task::End)?;
            }
            while added < sent {
                let batch = of(&mut workers, devices.index(added))?.batch()?;
                if added + 1 == sent {
                    // All replicas are gone now.
                    let each = workers.iter_mut().take(used).map(WorkerHandle::statistics);
                    model = with_mean(model, each.collect::<Result<_, _>>()?);
                }
                let diverged;
                (model, diverged) = training.add(first + added, model, batch)?;
                if let Some(divergence) = diverged {
                    return Ok((model, EpochEnd::Diverged(divergence)));
                }
                added += 1;
            }
            first += sent;
            if sent < accumulate {
                return Ok((model, EpochEnd::Done(())));
            }
        }
    })
}

/// Returns one of the workers.
fn of<M: Classifier>(
    workers: &mut [WorkerHandle<M>],
    i: usize,
) -> Result<&mut WorkerHandle<M>, TrainError> {
    workers.get_mut(i).ok_or_else(|| TrainError::Device("there is none".to_owned()))
}
