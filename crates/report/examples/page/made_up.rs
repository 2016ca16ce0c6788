//! The values of a made-up run for the example page.

use zunder_eval::{EnvironmentRecord, EpochRecord, EvalError, HealthRecord, Predictions};
use zunder_random::Key;
use zunder_report::Picture;

const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

pub const CONFIG: &str = "\
seed = 0

[data]
dataset = \"shapes\"
batch_size = 128
augment = \"standard\"

[model]
kind = \"mlp\"
hidden = [1024, 512]
activation = \"relu\"
dropout = 0.2

[optimizer]
kind = \"adamw\"
lr = 0.001
";

/// A made-up run.
pub struct Run {
    pub classes: usize,
    pub channels: usize,
    epochs: usize,
}

impl Run {
    pub fn new(classes: usize, epochs: usize, channels: usize) -> Self {
        Self { classes, channels, epochs }
    }

    /// Returns the class names; those of 100 classes are long.
    pub fn classes(&self) -> Vec<String> {
        match self.classes {
            2 => ["benign", "malignant <script>"].map(str::to_owned).into(),
            10 => CLASSES.map(str::to_owned).into(),
            n => (0..n)
                .map(|i| {
                    format!(
                        "a rather long name of the class number {i}, such as users \
                give to their folders"
                    )
                })
                .collect(),
        }
    }

    pub fn epochs(&self) -> Vec<EpochRecord> {
        (1..=self.epochs).map(|epoch| self.epoch(epoch)).collect()
    }

    /// Returns the metrics of an epoch: a curve that falls fast, then slowly, with some noise.
    fn epoch(&self, epoch: usize) -> EpochRecord {
        let (t, whole) = (60.0 * epoch as f64 / self.epochs as f64, self.epochs as f64);
        let unrest = (epoch as f64 * 12.9898).sin() * 0.03 / t.sqrt();
        EpochRecord {
            epoch,
            train_loss: 1.05 + 1.2 * (-t / 14.0).exp() + unrest / 3.0,
            train_accuracy: 0.63 - 0.43 * (-t / 14.0).exp(),
            penalty: 0.0,
            validation_loss: 1.22
                + 0.9 * (-t / 9.0).exp()
                + unrest * 2.0
                + 0.0015 * (t - 48.0).abs(),
            validation_accuracy: 0.57
                - 0.33 * (-t / 9.0).exp()
                - unrest
                - 0.0008 * (t - 48.0).abs(),
            learning_rate: self.learning_rate(whole * t / 60.0),
            seconds: 4.2,
            images_per_second: 11_000.0,
            validation_seconds: 0.3,
            ..EpochRecord::default()
        }
    }

    /// Three layers. The first one loses units.
    pub fn health(&self) -> Vec<HealthRecord> {
        let record = |epoch: usize, layer: usize| {
            let (t, name) =
                (epoch as f64 / self.epochs as f64, ["hidden 1", "hidden 2", "output"][layer]);
            let unrest = 1.0 + 0.2 * (epoch as f64 * 7.1 + layer as f64).sin();
            let hidden = |value: f64| (layer < 2).then_some(value);
            HealthRecord {
                epoch,
                layer: name.to_owned(),
                gradient_norm: Some(unrest * [0.2, 0.3, 0.5][layer]),
                update_ratio: Some(
                    unrest * self.learning_rate(t * self.epochs as f64) * [0.7, 1.0, 2.0][layer],
                ),
                dead: hidden(if layer == 0 { 0.4 * t } else { 0.0 }),
                activation_mean: hidden(0.4),
                activation_deviation: hidden(0.6),
                image_deviation: hidden(0.5 * unrest),
                activation_min: hidden(0.0),
                activation_max: hidden(6.0),
            }
        };
        (1..=self.epochs).flat_map(|epoch| (0..3).map(move |layer| record(epoch, layer))).collect()
    }

    pub fn learning_rate(&self, epochs: f64) -> f64 {
        let part = epochs / self.epochs as f64;
        0.001 * (part / 0.05).min(1.0) * (1.0 + (std::f64::consts::PI * part).cos()) / 2.0
    }

    /// Ten thousand images. Scores are normal numbers, raised for the true class, less so for every
    /// third class, and for its neighbour.
    pub fn predictions(&self, better: f64) -> Result<Predictions, EvalError> {
        let n = self.classes;
        let mut labels = Vec::new();
        let mut probabilities = Vec::new();
        for i in 0..10_000_usize {
            let truth = i % n;
            let mut rng = Key::new(i as u64).rng();
            let mut scores: Vec<f64> = (0..n).map(|_| 1.5 * rng.normal()).collect();
            scores[truth] += better + if truth.is_multiple_of(3) { 2.0 } else { 3.5 };
            scores[(truth + 1) % n] += 0.8;
            let sum: f64 = scores.iter().map(|s| s.exp()).sum();
            labels.push(truth as u32);
            probabilities.extend(scores.iter().map(|s| (s.exp() / sum) as f32));
        }
        Predictions::new((0..10_000).collect(), labels, probabilities, n)
    }

    /// Returns a bright disc on a dark background, both of random colours.
    pub fn picture(&self, index: u32) -> Picture {
        let mut rng = Key::new(index.into()).rng();
        let (cy, cx, radius) = (8 + rng.below(16), 8 + rng.below(16), 4 + rng.below(8));
        let mut pixels = Vec::new();
        for _ in 0..self.channels {
            let (ground, disc) = (rng.below(120), 120 + rng.below(120));
            let inside = |y: usize, x: usize| {
                y.abs_diff(cy).pow(2) + x.abs_diff(cx).pow(2) < radius * radius
            };
            pixels.extend(
                (0..32 * 32)
                    .map(|i| (if inside(i / 32, i % 32) { disc } else { ground } + i % 16) as u8),
            );
        }
        Picture { channels: self.channels, height: 32, width: 32, pixels }
    }

    /// Waves with some noise.
    pub fn weights(&self, unit: usize) -> Vec<f32> {
        let mut rng = Key::new(unit as u64).rng();
        let (a, b, strength) = (rng.normal() / 4.0, rng.normal() / 4.0, rng.f64());
        let wave = |i: usize| strength * ((i / 32 % 32) as f64 * a + (i % 32) as f64 * b).sin();
        (0..self.channels * 1024).map(|i| (wave(i) + 0.1 * rng.normal()) as f32).collect()
    }
}

pub fn environment(run: &Run) -> EnvironmentRecord {
    EnvironmentRecord {
        zunder_version: "0.1.0".to_owned(),
        commit: Some("503b8a3c91d2f04e".to_owned()),
        device: "flex".to_owned(),
        threads: 8,
        cpu: Some("Example CPU 9000 8-Core Processor".to_owned()),
        os: "linux x86_64".to_owned(),
        dataset: "shapes".to_owned(),
        dataset_hash:
            "sha256-list:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                .to_owned(),
        synthetic: run.channels == 3,
        train_images: 45_000,
        validation_images: 5_000,
        test_images: 10_000,
        parameters: 3_805_450,
        ..EnvironmentRecord::default()
    }
}
