//! Networks with one hidden layer of increasing width, each trained to convergence.

use burn::tensor::Device;
use zunder::ModelConfig;
use zunder_data::{Dataset, ImageShape};
use zunder_models::MlpConfig;
use zunder_random::Key;
use zunder_report::{Drawing, Figure, Plot, Scale, Series, Table, plot};
use zunder_train::{FitConfig, Interrupt, OptimizerConfig, SgdConfig};

use super::super::training::Training;
use super::images::{FEATURES, Images};
use super::listed;
use crate::claim::{Margin, Unit, above};
use crate::means::{across, geometric_mean, mean, mean_and_spread};
use crate::{Claim, ExperimentError};

/// Which networks are trained, and how.
pub(super) struct Networks {
    pub(super) widths: &'static [usize],
    /// Numbers of training images and of held-out images.
    pub(super) images: usize,
    pub(super) held_out: usize,
    /// Share of wrong training labels.
    pub(super) noise: f64,
    /// Weight decay.
    pub(super) decay: f64,
    /// Number of epochs, and of passes in each.
    pub(super) epochs: usize,
    pub(super) passes: usize,
}

const WIDTHS: &[usize] = &[2, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256];
const QUICK_WIDTHS: &[usize] = &[4, 8, 16, 256];
const BATCH: usize = 50;
/// A network has memorised the labels if at most this share of its training predictions is wrong.
const BY_HEART: f64 = 0.03;

/// Training images for each unit at the peak: 500 images have it at 16 units on the pilot seeds.
const IMAGES_OF_A_UNIT: f64 = 31.25;
/// The width before the rise is this many times smaller.
const BEFORE: f64 = 4.0;
/// Margins.
const RISE: Margin = Margin::pilot(3.92, 7.57);
const FALL: Margin = Margin::pilot(2.80, 6.68);
const GAIN: Margin = Margin::pilot(0.040, 0.034);

/// Results of the networks of one seed, by width, at the end of the training and not at the best
/// epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Error rates on the training images, of which some labels are wrong, and on held-out images.
    train_error: Vec<f64>,
    error: Vec<f64>,
    /// Cross-entropy on held-out images.
    loss: Vec<f64>,
}

impl Networks {
    pub(super) fn new(quick: bool, images: Option<usize>, noise: f64) -> Self {
        let images = images.unwrap_or(500);
        if quick {
            Self {
                widths: QUICK_WIDTHS,
                images,
                held_out: 1000,
                noise,
                decay: 0.0,
                epochs: 10,
                passes: 40,
            }
        } else {
            Self {
                widths: WIDTHS,
                images,
                held_out: 2000,
                noise,
                decay: 0.0,
                epochs: 20,
                passes: 20,
            }
        }
    }

    /// Returns the total number of trainings.
    pub(super) fn steps(&self, seeds: &[u64]) -> usize {
        self.widths.len() * seeds.len()
    }

    /// Trains every width with every seed. Reports the progress to `watch`, and returns `None` if
    /// it requests a stop.
    pub(super) fn run(
        &self,
        images: &Images,
        seeds: &[u64],
        device: &Device,
        watch: &mut dyn FnMut(usize, &str) -> Interrupt,
    ) -> Result<Option<Vec<Measured>>, ExperimentError> {
        // Requires half as many held-out images: fewer give too imprecise an error rate.
        let needed = self.images + self.images / 2;
        if self.images < BATCH || images.len() < needed {
            let expected = format!(
                "{BATCH} or more, and half as many again to judge by: the data set has {} training \
                 images",
                images.len()
            );
            return Err(ExperimentError::Setting {
                setting: "data.limit",
                got: self.images.to_string(),
                expected,
            });
        }
        let mut all = Vec::new();
        for seed in seeds {
            let key = Key::new(*seed).named("double descent");
            let (train, others) = images.draw(self.images, self.held_out, self.noise, key);
            let mut measured = Measured::default();
            for width in self.widths {
                let done = all.len() * self.widths.len() + measured.loss.len();
                let interrupt = watch(done, &format!("width {width}, seed {seed}"));
                let optimizer = OptimizerConfig::Sgd(SgdConfig {
                    lr: 0.05,
                    weight_decay: self.decay,
                    ..SgdConfig::default()
                });
                let fit = FitConfig { epochs: self.epochs, optimizer, ..FitConfig::default() };
                let training = Training {
                    fit,
                    batch_size: BATCH,
                    passes: self.passes,
                    key: key.at(*width as u64),
                    device,
                    interrupt,
                };
                let model = ModelConfig::Mlp(MlpConfig {
                    hidden: vec![*width],
                    batch_norm: false,
                    dropout: 0.0,
                    ..MlpConfig::default()
                });
                let shape = ImageShape { channels: 1, height: 1, width: FEATURES };
                let model = model.init(
                    shape,
                    images.classes,
                    key.named("weights").at(*width as u64),
                    device,
                )?;
                let Some((_, records)) = training.run(model, &train, &others)? else {
                    return Ok(None);
                };
                let last = records.last().map_or((f64::NAN, f64::NAN, f64::NAN), |record| {
                    (
                        1.0 - record.train_accuracy,
                        1.0 - record.validation_accuracy,
                        record.validation_loss,
                    )
                });
                measured.train_error.push(last.0);
                measured.error.push(last.1);
                measured.loss.push(last.2);
            }
            all.push(measured);
        }
        Ok(Some(all))
    }

    /// Returns the smallest width at which a seed's network memorises all labels; NaN if no width
    /// does.
    fn threshold(&self, measured: &Measured) -> f64 {
        let known = self.widths.iter().zip(&measured.train_error);
        let mut memorising = known.filter(|(_, error)| **error <= BY_HEART);
        memorising.next().map_or(f64::NAN, |(width, _)| *width as f64)
    }

    /// Returns the place of the width that is nearest to a wanted one, as a ratio.
    fn nearest(&self, wanted: f64) -> usize {
        let ratio = |place: &usize| (self.widths[*place] as f64 / wanted).ln().abs();
        let places = 0..self.widths.len();
        places.min_by(|a, b| ratio(a).total_cmp(&ratio(b))).unwrap_or(0)
    }

    /// Returns the places of the width before the rise and of that at the peak.
    fn rise(&self) -> [usize; 2] {
        let peak = self.images as f64 / IMAGES_OF_A_UNIT;
        [peak / BEFORE, peak].map(|width| self.nearest(width))
    }

    pub(super) fn claims(&self, seeds: &[Measured]) -> Vec<Claim> {
        let last = self.widths.len() - 1;
        let [before, peak] = self.rise();
        let of = |figure: &dyn Fn(&Measured) -> f64| seeds.iter().map(figure).collect::<Vec<f64>>();
        let named = |place: usize| format!("width {}", self.widths[place]);
        let loss = |place: usize| of(&|measured| measured.loss[place]);
        let best_before =
            of(&|measured| measured.error[..peak].iter().copied().fold(f64::INFINITY, f64::min));
        vec![
            above(
                "Networks: the loss on new images rises first, up to about the width that learns \
                 all labels by heart.",
                Unit::Plain(2),
                (&named(peak), &loss(peak)),
                (&named(before), &loss(before)),
                RISE,
            ),
            above(
                "Networks: from there to the widest network the loss falls.",
                Unit::Plain(2),
                (&named(peak), &loss(peak)),
                (&named(last), &loss(last)),
                FALL,
            ),
            above(
                "Networks: the widest one, which knows all wrong labels by heart, is wrong less \
                 often than the best that is too small for that.",
                Unit::Percent,
                ("best of the narrower", &best_before),
                (&named(last), &of(&|measured| measured.error[last])),
                GAIN,
            ),
        ]
    }

    pub(super) fn figure(&self, seeds: &[Measured]) -> Figure {
        let line = |name: &str, list: fn(&Measured) -> Vec<f64>| {
            let lists: Vec<Vec<f64>> = seeds.iter().map(list).collect();
            let (points, spread) = self
                .widths
                .iter()
                .zip(across(&lists))
                .map(|(width, values)| ((*width as f64, mean(&values)), deviation(&values)))
                .unzip();
            Series::line(name, points).with_spread(spread)
        };
        let thresholds: Vec<f64> = seeds
            .iter()
            .map(|measured| self.threshold(measured))
            .filter(|width| width.is_finite())
            .collect();
        let plots = [
            (
                "wrong answers in %",
                vec![
                    line("training images", |measured| {
                        measured.train_error.iter().map(|error| 100.0 * error).collect()
                    }),
                    line("new images", |measured| {
                        measured.error.iter().map(|error| 100.0 * error).collect()
                    }),
                ],
            ),
            ("cross-entropy", vec![line("new images", |measured| measured.loss.clone())]),
        ]
        .map(|(y_name, series)| Plot {
            x_name: "width of the hidden layer".to_owned(),
            x: Scale::PowersBetween(1.7, 300.0),
            y_name: y_name.to_owned(),
            y: Scale::FromZero,
            series,
            mark: (!thresholds.is_empty()).then(|| geometric_mean(&thresholds)),
            ..Plot::default()
        });
        Figure {
            name: "networks".to_owned(),
            caption: "Networks: errors and loss by width, mean over the seeds with a band of one \
                standard deviation; the line marks where all labels are learnt by heart. The peak \
                is one of the loss, which counts how sure a wrong answer is; their number hardly \
                rises before the line, and falls behind it."
                .to_owned(),
            drawing: Drawing::Svg(plot(&plots)),
        }
    }

    pub(super) fn table(&self, seeds: &[Measured]) -> Table {
        let row = |(i, width): (usize, &usize)| {
            let of = |unit: Unit, figure: &dyn Fn(&Measured) -> f64| {
                mean_and_spread(unit, seeds.iter().map(figure).collect())
            };
            vec![
                width.to_string(),
                of(Unit::Percent, &|measured| measured.train_error[i]),
                of(Unit::Percent, &|measured| measured.error[i]),
                of(Unit::Plain(2), &|measured| measured.loss[i]),
            ]
        };
        Table {
            caption: "Networks, mean ± standard deviation over the seeds".to_owned(),
            headings: [
                "width",
                "wrong on training images",
                "wrong on new images",
                "loss on new images",
            ]
            .map(str::to_owned)
            .into(),
            rows: self.widths.iter().enumerate().map(row).collect(),
            ..Table::default()
        }
    }

    pub(super) fn setting(
        &self,
        images: &Images,
        dataset: &Dataset,
        seeds: &[u64],
    ) -> Vec<(String, String)> {
        let pair = |key: &str, value: String| (key.to_owned(), value);
        vec![
            pair("networks: data", format!("{}, as 8x8 grey values", dataset.name)),
            pair(
                "networks: training images",
                format!("{}, {:.0} % of their labels wrong", self.images, 100.0 * self.noise),
            ),
            pair(
                "networks: new images",
                format!(
                    "{} of the training part, with their own labels",
                    self.held_out.min(images.len() - self.images)
                ),
            ),
            pair(
                "networks: training",
                format!(
                    "sgd with momentum, rate 0.05, batches of {BATCH}, {} passes; the last weights \
                     count",
                    self.epochs * self.passes
                ),
            ),
            pair("weight decay", self.decay.to_string()),
            pair("networks: seeds", listed(seeds)),
        ]
    }
}

fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>()
        / (values.len().max(2) - 1) as f64)
        .sqrt()
}

#[cfg(test)]
mod tests {
    use zunder_data::shapes::ShapesConfig;

    use super::*;

    #[test]
    fn too_many_images_are_refused() {
        let images =
            Images::new(&ShapesConfig { train: 100, test: 10, seed: 1 }.generate().unwrap());
        let networks = Networks::new(true, Some(90), 0.3);
        let message = networks
            .run(&images, &[1], &Device::flex(), &mut |_, _| Interrupt::new())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("data.limit is 90") && message.contains("100 training images"),
            "{message}"
        );
    }
}
