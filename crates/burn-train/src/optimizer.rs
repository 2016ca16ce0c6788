//! Optimisers and schedules of Zunder's configuration for Burn's learner.

use burn::lr_scheduler::{LrScheduler, LrSchedulerRecord};
use burn::module::{Module, ParamGroup};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{self, LearningRate as Rate, ModuleOptimizer, Optimizer};
use zunder_train::{LearningRate, OptimizerConfig, Schedule, ScheduleKind, tensors};

use crate::BurnTrainError;

/// Returns the optimiser of Burn that has the update rule of a configuration: `sgd`, `nesterov`,
/// `adam` (coupled) and `adamw`. The learning rate is that of the learner's scheduler.
///
/// As in the configuration, the weight decay reaches weight matrices only, unless `decay_all` is
/// set; that takes two groups of parameters.
///
/// # Errors
/// Returns [`BurnTrainError::Inexpressible`] for another optimiser or a decoupled weight decay,
/// which Burn has for `adamw` only, and [`BurnTrainError::Train`] if the device does not return the
/// parameters.
///
/// ```
/// use burn::nn::LinearConfig;
/// use burn::tensor::Device;
/// use zunder_burn_train::burn_optimizer;
/// use zunder_train::{LionConfig, OptimizerConfig};
///
/// let model = LinearConfig::new(2, 2).init(&Device::flex());
/// assert!(burn_optimizer(&OptimizerConfig::default(), &model).is_ok());
/// let lion = OptimizerConfig::Lion(LionConfig::default());
/// let error = burn_optimizer(&lion, &model).err().map(|error| error.to_string());
/// assert_eq!(error.as_deref(), Some("Burn's learner cannot express optimizer.name = lion"));
/// ```
pub fn burn_optimizer<M: Module>(
    config: &OptimizerConfig,
    model: &M,
) -> Result<ModuleOptimizer, BurnTrainError> {
    let refuse = |setting: String| Err(BurnTrainError::Inexpressible { setting });
    let decoupled = || refuse("optimizer.decoupled".to_owned());
    match config {
        OptimizerConfig::Sgd(sgd) | OptimizerConfig::Nesterov(sgd) => {
            if sgd.decoupled && sgd.weight_decay > 0.0 {
                return decoupled();
            }
            let nesterov = matches!(config, OptimizerConfig::Nesterov(_));
            let momentum = MomentumConfig::new()
                .with_momentum(sgd.momentum)
                .with_dampening(0.0)
                .with_nesterov(nesterov);
            let rule = |decay| {
                optim::SgdConfig::new()
                    .with_momentum(Some(momentum.clone()))
                    .with_weight_decay(decay)
                    .build()
            };
            grouped(rule(penalty(sgd.weight_decay)), rule(None), sgd.decay_all, model)
        }
        OptimizerConfig::Adam(adam) => {
            if adam.decoupled && adam.weight_decay > 0.0 {
                return decoupled();
            }
            let rule = |decay| {
                optim::AdamConfig::new()
                    .with_beta_1(adam.beta_1 as f32)
                    .with_beta_2(adam.beta_2 as f32)
                    .with_epsilon(adam.epsilon as f32)
                    .with_weight_decay(decay)
                    .build()
            };
            grouped(rule(penalty(adam.weight_decay)), rule(None), adam.decay_all, model)
        }
        OptimizerConfig::AdamW(adam) => {
            let rule = |decay: f64| {
                optim::AdamWConfig::new()
                    .with_beta_1(adam.beta_1 as f32)
                    .with_beta_2(adam.beta_2 as f32)
                    .with_epsilon(adam.epsilon as f32)
                    .with_weight_decay(decay as f32)
                    .build()
            };
            grouped(rule(adam.weight_decay), rule(0.0), adam.decay_all, model)
        }
        other => refuse(format!("optimizer.name = {}", other.name())),
    }
}

fn penalty(strength: f64) -> Option<WeightDecayConfig> {
    (strength > 0.0).then(|| WeightDecayConfig::new(strength as f32))
}

/// Returns an optimiser with weight decay for the weight matrices and without for the rest, or with
/// weight decay for all parameters.
fn grouped<M: Module, O: Optimizer>(
    with_decay: O,
    without: O,
    all: bool,
    model: &M,
) -> Result<ModuleOptimizer, BurnTrainError> {
    let optimizer = ModuleOptimizer::from(with_decay);
    if all {
        return Ok(optimizer);
    }
    let paths = tensors(model)?.into_iter().filter(|tensor| tensor.shape.len() < 2);
    let paths: Vec<String> = paths.map(|tensor| tensor.name).collect();
    Ok(optimizer.with_group(ParamGroup::from_paths(paths), without, None))
}

/// A [`Schedule`] of Zunder as a Burn [`LrScheduler`]: the learning rate of each update.
///
/// ```
/// use burn::lr_scheduler::LrScheduler;
/// use zunder_burn_train::UpdateRates;
/// use zunder_train::Schedule;
///
/// // 10 updates in each of 3 epochs.
/// let mut rates = UpdateRates::new(&Schedule::default(), 0.1, 10, 3)?;
/// assert_eq!(rates.step(), 0.1);
/// assert!(rates.step() < 0.1);
/// # Ok::<(), zunder_burn_train::BurnTrainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UpdateRates {
    rates: LearningRate,
    update: usize,
}

impl UpdateRates {
    /// Creates the rates of a training, given the base rate.
    ///
    /// # Errors
    /// Returns [`BurnTrainError::Inexpressible`] for the schedule `plateau`, since Burn tells a
    /// scheduler no metric.
    pub fn new(
        schedule: &Schedule,
        base: f64,
        updates_per_epoch: usize,
        epochs: usize,
    ) -> Result<Self, BurnTrainError> {
        if matches!(schedule.kind, ScheduleKind::Plateau(_)) {
            let setting = "schedule.name = plateau".to_owned();
            return Err(BurnTrainError::Inexpressible { setting });
        }
        let rates = schedule.learning_rate(base, updates_per_epoch, epochs);
        Ok(Self { rates, update: 0 })
    }
}

impl LrScheduler for UpdateRates {
    fn step(&mut self) -> Rate {
        self.update += 1;
        self.rates.at(self.update - 1)
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new().with_scalar("update", self.update as u64)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        if let Some(update) = record.scalar::<u64>("update") {
            self.update = update as usize;
        }
    }
}
