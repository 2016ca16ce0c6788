//! Models, data and listeners of the tests of the training loop.

use std::path::Path;

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use zunder_eval::EpochRecord;
use zunder_train::{
    BatchSource, BurnOptimizer, Checkpoint, Classifier, Events, FitConfig, FitContext, Fitted,
    Interrupt, Key, LabelledBatch, Metric, Rollback, SourceError, StepReport, TrainError, fit,
};

#[derive(Module, Debug)]
pub struct Net {
    pub hidden: Linear,
    pub norm: BatchNorm,
    pub output: Linear,
}

impl Net {
    pub fn new() -> Self {
        let device = Device::flex();
        // Fixed weights: Burn's own initialiser draws from a generator that all tests of the
        // process share.
        let fixed = |linear: Linear, seed| Linear {
            weight: linear.weight.map(|w| draw(w.dims(), seed)),
            bias: linear.bias.map(|b| b.map(|b| b.zeros_like())),
        };
        Self {
            hidden: fixed(LinearConfig::new(3, 16).init(&device), 1),
            norm: BatchNormConfig::new(16).init(&device),
            output: fixed(LinearConfig::new(16, 3).init(&device), 2),
        }
    }
}

fn draw(shape: [usize; 2], seed: u64) -> Tensor<2> {
    let mut rng = Key::new(seed).rng();
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| rng.range(-0.5, 0.5)).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

impl Classifier for Net {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.output.forward(relu(self.norm.forward(self.hidden.forward(input))))
    }

    /// Noise by the step's key, as dropout would draw it.
    fn scores_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let shape = input.dims();
        let noise = draw(shape, key.to_u64()).to_device(&input.device());
        self.scores(input.clone() + Tensor::from_inner(noise.inner()).mul_scalar(0.1))
    }
}

/// A single layer, without noise: what is done to its gradients can be followed.
#[derive(Module, Debug)]
pub struct Plain {
    pub layer: Linear,
}

impl Plain {
    pub fn new() -> Self {
        let layer = LinearConfig::new(3, 3).init(&Device::flex());
        Self {
            layer: Linear {
                weight: layer.weight.map(|w| draw(w.dims(), 7)),
                bias: layer.bias.map(|b| b.map(|b| b.zeros_like())),
            },
        }
    }
}

impl Classifier for Plain {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.layer.forward(input)
    }
}

/// The class is the largest of three numbers; `label` and `value` spoil the first label and the
/// first number of each batch.
#[derive(Clone, Copy)]
pub struct Largest {
    pub seed: u64,
    pub label: Option<u32>,
    pub value: Option<f32>,
    pub batches: usize,
}

impl Default for Largest {
    fn default() -> Self {
        Self { seed: 0, label: None, value: None, batches: 8 }
    }
}

impl BatchSource for Largest {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        Box::new((0..self.batches()).map(move |batch| {
            let mut rng = Key::new(self.seed).at(epoch as u64).at(batch as u64).rng();
            let mut values: Vec<f32> = (0..32 * 3).map(|_| rng.range(-1.0, 1.0)).collect();
            let mut labels: Vec<u32> =
                values.chunks(3).map(|row| zunder_eval::argmax(row) as u32).collect();
            labels[0] = self.label.unwrap_or(labels[0]);
            values[0] = self.value.unwrap_or(values[0]);
            Ok(LabelledBatch {
                input: Tensor::from_data(TensorData::new(values, [32, 3]), device),
                labels,
                soft_labels: None,
            })
        }))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

/// Asks to stop at a step of an epoch, and keeps what went wrong.
pub struct Watch {
    pub interrupt: Interrupt,
    pub stop: (usize, usize),
    /// Steps between two reads of losses.
    pub interval: usize,
    pub reports: Vec<StepReport>,
    pub rollbacks: Vec<Rollback>,
    pub optimizer: Option<BurnOptimizer>,
    pub metric: Option<&'static dyn Metric>,
    /// Finished epochs at which the training pauses.
    pub pause: Option<usize>,
    /// Devices of the batches.
    pub devices: Vec<Device>,
}

impl Watch {
    pub fn new(stop: (usize, usize)) -> Self {
        Self {
            interrupt: Interrupt::new(),
            stop,
            interval: 1,
            reports: Vec::new(),
            rollbacks: Vec::new(),
            optimizer: None,
            metric: None,
            pause: None,
            devices: Vec::new(),
        }
    }
}

impl Events for Watch {
    fn step_finished(&mut self, step: &StepReport) {
        self.reports.push(*step);
        if (step.epoch, step.step) == self.stop {
            self.interrupt.request();
        }
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        self.rollbacks.push(rollback.clone());
    }
}

pub fn config(epochs: usize) -> FitConfig {
    FitConfig { epochs, ..FitConfig::default() }
}

pub fn run(
    train: Largest,
    config: &FitConfig,
    folder: Option<&Path>,
    stop: (usize, usize),
) -> Result<Fitted<Net>, TrainError> {
    watched(Net::new(), &train, config, folder, &mut Watch::new(stop))
}

/// Trains a model, or goes on with what lies in the folder.
pub fn watched<M: Classifier<Input = Tensor<2>>>(
    model: M,
    train: &impl BatchSource<Input = Tensor<2>>,
    config: &FitConfig,
    folder: Option<&Path>,
    watch: &mut Watch,
) -> Result<Fitted<M>, TrainError> {
    let interrupt = watch.interrupt.clone();
    let files = folder.map(|f| (f.join("last.safetensors"), f.join("best.safetensors")));
    let resume = match &files {
        Some((last, _)) if last.exists() => Some(Checkpoint::load(last)?),
        _ => None,
    };
    let (device, interval) = (Device::flex(), watch.interval);
    let devices = watch.devices.clone();
    let context = FitContext::new(&device, Key::new(3)).with_devices(&devices);
    let context = match watch.metric {
        Some(metric) => context.with_metric(metric),
        None => context,
    };
    let context = context
        .with_optimizer(watch.optimizer.clone())
        .with_checkpoint(files.as_ref().map(|f| f.0.as_path()))
        .with_best(files.as_ref().map(|f| f.1.as_path()))
        .with_note("test")
        .with_pause(watch.pause)
        .with_report_interval(interval)
        .with_events(watch)
        .with_interrupt(&interrupt);
    fit(model, train, &VALIDATION, config, resume, context)
}

/// Another part of the same data.
pub const VALIDATION: Largest = Largest { seed: 99, label: None, value: None, batches: 8 };

pub fn bits(net: &Net) -> Vec<u32> {
    let tensors = [
        net.hidden.weight.val().flatten::<1>(0, 1),
        net.output.weight.val().flatten(0, 1),
        net.norm.gamma.val(),
        net.norm.running_var.value(),
    ];
    tensors
        .into_iter()
        .flat_map(|t| t.try_into_vec_as::<f32>().unwrap())
        .map(f32::to_bits)
        .collect()
}

pub fn without_times(records: &[EpochRecord]) -> Vec<EpochRecord> {
    records
        .iter()
        .map(|r| EpochRecord {
            seconds: 0.0,
            images_per_second: 0.0,
            validation_seconds: 0.0,
            ..r.clone()
        })
        .collect()
}

pub const NEVER: (usize, usize) = (0, 0);
