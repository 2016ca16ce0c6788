//! The time of one training step, through the training loop itself, on one batch that stays the same: `pytorch_step.py` beside it does the same in PyTorch.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};
use zunder::data::ImageShape;
use zunder::models::{Key, LinearClassifierConfig, MlpConfig, ResidualMlpConfig};
use zunder::train::{
    AdamConfig, BatchSource, Events, FitConfig, FitContext, Interrupt, LabelledBatch, OptimizerConfig, SgdConfig, SourceError, StepReport,
    fit,
};
use zunder::{ModelConfig, RunError};

const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };
const CLASSES: usize = 10;
/// Steps before the clock starts.
const WARM_UP: usize = 5;

/// The same batch again and again, as if it came ready from a loader.
struct Repeated {
    pixels: Vec<f32>,
    labels: Vec<u32>,
    batches: usize,
}

impl Repeated {
    fn new(batch_size: usize, batches: usize) -> Self {
        let mut rng = Key::new(1).rng();
        let pixels = (0..batch_size * SHAPE.len()).map(|_| rng.normal() as f32).collect();
        Self { pixels, labels: (0..batch_size as u32).map(|i| i % CLASSES as u32).collect(), batches }
    }
}

impl BatchSource for Repeated {
    type Input = Tensor<2>;

    fn epoch<'a>(&'a self, _: usize, device: &'a Device) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        let input = Tensor::from_data(TensorData::new(self.pixels.clone(), [self.labels.len(), SHAPE.len()]), device);
        let batch = move |_| Ok(LabelledBatch { input: input.clone(), labels: self.labels.clone(), soft_labels: None });
        Box::new((0..self.batches).map(batch))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

#[derive(Default)]
struct Stopwatch(Vec<Instant>);

impl Events for Stopwatch {
    fn step_finished(&mut self, _: &StepReport) {
        self.0.push(Instant::now());
    }
}

/// The median time of a step.
fn median(model: &ModelConfig, optimizer: OptimizerConfig, batch_size: usize, steps: usize) -> Result<Duration, RunError> {
    let device = zunder::device("flex")?;
    let model = model.init(SHAPE, CLASSES, Key::new(1), &device)?;
    let train = Repeated::new(batch_size, WARM_UP + steps);
    let config = FitConfig { epochs: 1, optimizer, ..FitConfig::default() };
    let mut watch = Stopwatch::default();
    let context = FitContext {
        device: &device,
        key: Key::new(1),
        checkpoint: None,
        best: None,
        note: "",
        events: &mut watch,
        interrupt: &Interrupt::new(),
    };
    fit(model, &train, &Repeated::new(2, 1), &config, None, context)?;
    let mut times: Vec<Duration> = watch.0.windows(2).skip(WARM_UP - 1).map(|pair| pair[1] - pair[0]).collect();
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Measures what the arguments name (all without any), such as `mlp-128-adam`; a number among them is that of the steps.
#[allow(clippy::print_stdout, reason = "a benchmark says what it measured")]
pub fn main() -> Result<(), RunError> {
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (steps, wanted): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.parse::<usize>().is_ok());
    let steps = steps.first().and_then(|steps| steps.parse().ok());
    let models = [
        ("linear", ModelConfig::Linear(LinearClassifierConfig::default())),
        ("mlp", ModelConfig::Mlp(MlpConfig::default())),
        ("residual", ModelConfig::ResidualMlp(ResidualMlpConfig::default())),
    ];
    let optimizers = [("sgd", OptimizerConfig::Sgd(SgdConfig::default())), ("adam", OptimizerConfig::Adam(AdamConfig::default()))];
    for (name, model) in &models {
        for batch_size in [128, 512] {
            for (rule, optimizer) in &optimizers {
                let case = format!("{name}-{batch_size}-{rule}");
                if !wanted.is_empty() && !wanted.iter().any(|filter| case.contains(filter.as_str())) {
                    continue;
                }
                let time = median(model, optimizer.clone(), batch_size, steps.unwrap_or(if *name == "linear" { 300 } else { 40 }))?;
                let speed = batch_size as f64 / time.as_secs_f64();
                println!("{case}: {:.3} ms, {speed:.0} images/s", 1e3 * time.as_secs_f64());
            }
        }
    }
    Ok(())
}
