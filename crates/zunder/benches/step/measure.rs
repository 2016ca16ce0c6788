//! Measures the time of one training step through the training loop, always on the same batch;
//! `pytorch_step.py` beside it does the same in PyTorch.

use std::time::Duration;

use zunder::data::ImageShape;
use zunder::models::{Key, LinearClassifierConfig, MlpConfig, Precision, ResidualMlpConfig};
use zunder::train::{AdamConfig, FitConfig, OptimizerConfig, SgdConfig};
use zunder::{FixedBatch, ModelConfig, RunError, time_steps};

const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };
const CLASSES: usize = 10;

/// Returns the median time of a step.
fn median(
    model: &ModelConfig,
    optimizer: OptimizerConfig,
    batch_size: usize,
    steps: usize,
) -> Result<f64, RunError> {
    let device = zunder::device("flex")?;
    let model = model.init(SHAPE, CLASSES, Key::new(1), &device)?;
    let mut rng = Key::new(1).rng();
    let batch = FixedBatch {
        pixels: (0..batch_size * SHAPE.len()).map(|_| rng.normal() as f32).collect(),
        features: SHAPE.len(),
        labels: (0..batch_size as u32).map(|i| i % CLASSES as u32).collect(),
        soft_labels: None,
    };
    let config = FitConfig { optimizer, ..FitConfig::default() };
    let mut times =
        time_steps(model, &batch, &config, &device, (Duration::ZERO, steps), &mut |_| true)?;
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Measures the cases that the arguments name, such as `mlp-128-adam` (all without any); a number
/// among them is the number of steps.
#[allow(clippy::print_stdout, reason = "a benchmark prints its results")]
pub fn main() -> Result<(), RunError> {
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (steps, wanted): (Vec<_>, Vec<_>) =
        arguments.partition(|argument| argument.parse::<usize>().is_ok());
    let steps = steps.first().and_then(|steps| steps.parse().ok());
    let models = [
        ("linear", ModelConfig::Linear(LinearClassifierConfig::default())),
        // As in pytorch_step.py.
        ("mlp", ModelConfig::Mlp(MlpConfig { dropout: 0.2, ..MlpConfig::default() })),
        ("residual", ModelConfig::ResidualMlp(ResidualMlpConfig::default())),
        // As in its modes with bf16.
        (
            "mlp_bf16",
            ModelConfig::Mlp(MlpConfig {
                dropout: 0.2,
                precision: Precision::Bf16,
                ..MlpConfig::default()
            }),
        ),
        (
            "residual_bf16",
            ModelConfig::ResidualMlp(ResidualMlpConfig {
                precision: Precision::Bf16,
                ..ResidualMlpConfig::default()
            }),
        ),
    ];
    let optimizers = [
        ("sgd", OptimizerConfig::Sgd(SgdConfig::default())),
        ("adam", OptimizerConfig::Adam(AdamConfig::default())),
    ];
    for (name, model) in &models {
        for batch_size in [128, 512] {
            for (rule, optimizer) in &optimizers {
                let case = format!("{name}-{batch_size}-{rule}");
                if !wanted.is_empty() && !wanted.iter().any(|filter| case.contains(filter.as_str()))
                {
                    continue;
                }
                let time = median(
                    model,
                    optimizer.clone(),
                    batch_size,
                    steps.unwrap_or(if *name == "linear" { 300 } else { 40 }),
                )?;
                let speed = batch_size as f64 / time;
                println!("{case}: {:.3} ms, {speed:.0} images/s", 1e3 * time);
            }
        }
    }
    Ok(())
}
