//! The thread of one device.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, Scope};

use burn::module::{Module, ParamId};
use burn::tensor::Device;
use rayon::ThreadPoolBuilder;
use zunder_random::Key;

use super::route;
use super::statistics::{Statistics, statistics};
use crate::computed_batch::{Computation, ComputedBatch};
use crate::epoch_progress::BatchLoss;
use crate::{Classifier, LabelledBatch, ScoredBatch, TrainError};

/// What a device does next.
pub(super) enum Task<M: Classifier> {
    /// Makes a replica of this model for the batches of an update.
    Weights(M),
    /// Computes a batch, whose draws are named by the key.
    Batch(LabelledBatch<M::Input>, Key),
    /// Drops the replica.
    End,
}

/// What a device returns of a task.
#[expect(clippy::large_enum_variant, reason = "a handful of them, each the handle of tensors")]
enum Answer {
    Nothing,
    Batch(ComputedBatch),
    Statistics(Statistics),
}

/// A device and what it needs to compute batches.
pub(super) struct Worker<'a> {
    pub device: &'a Device,
    /// Its number, from 1, and the number of devices.
    pub number: usize,
    pub of: usize,
    /// Device of the weights.
    pub home: &'a Device,
    pub computation: Computation<'a>,
    /// Held while the generator of its backend is in use.
    pub generator: Option<&'a Mutex<()>>,
    /// Tensors without gradient.
    pub untrained: &'a [ParamId],
}

/// The other end of a worker, whose thread ends when this is dropped.
pub(super) struct WorkerHandle<M: Classifier> {
    tasks: Sender<Task<M>>,
    answers: Receiver<Result<Answer, TrainError>>,
}

impl<'scope, 'a: 'scope> Worker<'a> {
    /// Starts the thread. What the device computes on the CPU gets a share of the threads of the
    /// current pool.
    pub(super) fn start<M: Classifier + 'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
    ) -> Result<WorkerHandle<M>, TrainError>
    where
        M::Input: 'scope,
    {
        let failed = |problem: String| TrainError::Device(format!("{}: {problem}", self.name()));
        let share = (rayon::current_num_threads() / self.of).max(1);
        let pool = ThreadPoolBuilder::new().num_threads(share).build();
        let pool = pool.map_err(|e| failed(e.to_string()))?;
        let (tasks, received) = channel();
        let (sent, answers) = channel();
        let name = self.name();
        Builder::new()
            .name(name.clone())
            .spawn_scoped(scope, move || pool.install(|| self.serve(received, &sent)))
            .map_err(|e| TrainError::Device(format!("{name}: cannot start its thread: {e}")))?;
        Ok(WorkerHandle { tasks, answers })
    }
}

impl Worker<'_> {
    fn name(&self) -> String {
        format!("device {} of {}", self.number, self.of)
    }

    /// Does tasks until there are no more, or one fails.
    fn serve<M: Classifier>(
        &self,
        tasks: Receiver<Task<M>>,
        answers: &Sender<Result<Answer, TrainError>>,
    ) {
        let mut replica = None;
        for task in tasks {
            // After a panic the replica is not used again.
            let done = catch_unwind(AssertUnwindSafe(|| self.answer(&mut replica, task)));
            let failed = |e: String| Err(TrainError::Device(format!("{}: {e}", self.name())));
            let answer = match done {
                Ok(Ok(Answer::Nothing)) => continue,
                Ok(Err(TrainError::Device(problem))) => failed(problem),
                Ok(answer) => answer,
                Err(panic) => failed(message(&*panic)),
            };
            // The receiver no longer exists if the training has ended already.
            let ends = answer.is_err();
            if answers.send(answer).is_err() || ends {
                return;
            }
        }
    }

    fn answer<M: Classifier>(
        &self,
        replica: &mut Option<M>,
        task: Task<M>,
    ) -> Result<Answer, TrainError> {
        match task {
            Task::Weights(model) => {
                *replica = Some(route::replica(model, (self.home, self.device))?);
                Ok(Answer::Nothing)
            }
            Task::Batch(batch, key) => {
                let Some(model) = replica else {
                    return Err(TrainError::Device("has no weights".to_owned()));
                };
                let scored = {
                    let turn = self.generator.map(Mutex::lock);
                    let _turn = turn.map(|turn| turn.unwrap_or_else(PoisonError::into_inner));
                    ScoredBatch::training(model, batch, self.computation.loss, self.device, key)?
                };
                // The device of the weights reads the loss.
                let computation = Computation { reads_first: false, ..self.computation };
                let computed = computation.differentiate(model, scored)?;
                Ok(Answer::Batch(computed.moved((self.device, self.home), model)?))
            }
            Task::End => {
                let replica = replica.take();
                let found = replica.as_ref().map(|of| statistics(of, self.untrained, self.home));
                drop(replica);
                Ok(Answer::Statistics(found.transpose()?.unwrap_or_default()))
            }
        }
    }
}

impl<M: Classifier> WorkerHandle<M> {
    pub(super) fn send(&mut self, task: Task<M>) -> Result<(), TrainError> {
        // A thread that has ended has left the reason among the answers.
        self.tasks.send(task).map_err(|_| self.error())
    }

    /// Waits for the next batch.
    pub(super) fn batch(&mut self) -> Result<ComputedBatch, TrainError> {
        match self.answers.recv() {
            Ok(Ok(Answer::Batch(batch))) => Ok(batch),
            Ok(Err(error)) => Err(error),
            _ => Err(gone()),
        }
    }

    /// Waits for the statistics of the replica.
    pub(super) fn statistics(&mut self) -> Result<Statistics, TrainError> {
        match self.answers.recv() {
            Ok(Ok(Answer::Statistics(statistics))) => Ok(statistics),
            Ok(Err(error)) => Err(error),
            _ => Err(gone()),
        }
    }

    fn error(&self) -> TrainError {
        self.answers.iter().find_map(Result::err).unwrap_or_else(gone)
    }
}

fn gone() -> TrainError {
    TrainError::Device("the thread of a device has ended".to_owned())
}

impl ComputedBatch {
    /// Returns the batch of `model` with its tensors on another device than that of the batch.
    fn moved<M: Module>(
        self,
        (from, to): (&Device, &Device),
        model: &M,
    ) -> Result<Self, TrainError> {
        let Self { labels, weight, loss, scores, gradients } = self;
        let loss = match loss {
            BatchLoss::OnDevice(loss) => BatchLoss::OnDevice(route::moved(loss, to)?),
            known @ BatchLoss::Known(_) => known,
        };
        let scores = route::moved(scores, to)?;
        let gradients = route::gradients(gradients, (from, to), model)?;
        Ok(Self { labels, weight, loss, scores, gradients })
    }
}

/// Returns the message of a panic on one line.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it failed without a message");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
