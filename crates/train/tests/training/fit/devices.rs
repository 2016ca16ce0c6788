//! Several devices are as one that accumulates: the same bits, the same errors.

use std::path::Path;

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use zunder_train::{
    BatchDevices, BatchSource, Batches, Classifier, Fitted, GradientsConfig, Key, LabelledBatch,
    Monitor, Outcome, TrainError, named_tensors,
};

use super::setup::{Largest, NEVER, Net, Plain, VALIDATION, Watch, bits, config, watched};
use crate::fit::FitConfig;

fn flex(n: usize) -> Vec<Device> {
    (0..n).map(|_| Device::flex()).collect()
}

/// A network without batch normalisation, with noise by the step's key as dropout would draw it.
#[derive(Module, Debug)]
struct Noisy {
    hidden: Linear,
    output: Linear,
    frozen: Param<Tensor<1>>,
}

impl Noisy {
    fn new() -> Self {
        let Net { hidden, output, .. } = Net::new();
        let frozen = Tensor::from_floats([0.1, 0.7, -0.3], &Device::flex());
        Self { hidden, output, frozen: Param::from_tensor(frozen).set_require_grad(false) }
    }
}

impl Classifier for Noisy {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        let input = input + self.frozen.val().unsqueeze();
        self.output.forward(self.hidden.forward(input).tanh())
    }

    fn scores_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let mut rng = key.rng();
        let noise: Vec<f32> = (0..3).map(|_| rng.range(-0.1, 0.1)).collect();
        let device = input.device();
        self.scores(input + Tensor::<1>::from_floats(noise.as_slice(), &device).unsqueeze())
    }
}

/// The batches of `Largest` with mixed labels: 0.75 of the class and 0.25 of the next one.
struct Mixed(Largest);

impl BatchSource for Mixed {
    type Input = Tensor<2>;

    fn epoch<'a>(&'a self, epoch: usize, device: &'a Device) -> Batches<'a, Tensor<2>> {
        Box::new(self.0.epoch(epoch, device).map(|batch| {
            let batch = batch?;
            let shares = |label: &u32| {
                let share = |class: u32| {
                    [(*label, 0.75), ((*label + 1) % 3, 0.25)]
                        .iter()
                        .find(|(of, _)| *of == class)
                        .map_or(0.0, |(_, share)| *share)
                };
                [0, 1, 2].map(share)
            };
            let soft_labels = Some(batch.labels.iter().flat_map(shares).collect());
            Ok(LabelledBatch { soft_labels, ..batch })
        }))
    }

    fn batches(&self) -> usize {
        self.0.batches()
    }
}

fn settings(accumulate: usize) -> FitConfig {
    let clip_norm = Some(0.8);
    let gradients = GradientsConfig { accumulate, clip_norm, ..GradientsConfig::default() };
    let mut config = FitConfig { gradients, ema: 0.8, ..config(4) };
    config.early_stopping.monitor = Monitor::Loss;
    config.early_stopping.patience = Some(3);
    config
}

fn on(devices: usize, stop: (usize, usize)) -> Watch {
    Watch { devices: flex(devices), ..Watch::new(stop) }
}

/// What a training came to, to the bit.
#[derive(Debug, PartialEq)]
struct Essence {
    tensors: Vec<(String, Vec<u32>)>,
    records: String,
    reports: String,
    outcome: Outcome,
}

fn essence<M: Module>(fitted: &Fitted<M>, watch: &Watch) -> Essence {
    let tensors = named_tensors(&fitted.model).unwrap().into_iter();
    Essence {
        tensors: tensors
            .map(|tensor| (tensor.name, tensor.values.into_iter().map(f32::to_bits).collect()))
            .collect(),
        records: format!("{:?} {:?}", super::without_times(&fitted.records), fitted.health),
        reports: format!("{:?}", watch.reports),
        outcome: fitted.outcome,
    }
}

fn train(accumulate: usize, watch: &mut Watch, folder: Option<&Path>) -> Essence {
    let source = Mixed(Largest { batches: 13, ..Largest::default() });
    let fitted = watched(Noisy::new(), &source, &settings(accumulate), folder, watch).unwrap();
    essence(&fitted, watch)
}

/// Momentum, clipping, moving average, noise, mixed labels, remaining batches, and updates in which
/// some devices have more batches than others.
#[test]
fn devices_are_only_the_place() {
    for (accumulate, devices) in [(2, 2), (3, 3), (6, 3), (5, 2), (9, 2)] {
        let alone = train(accumulate, &mut Watch::new(NEVER), None);
        let several = train(accumulate, &mut on(devices, NEVER), None);
        assert_eq!(alone, several, "{accumulate} batches, {devices} devices");
        assert_ne!(alone.tensors, train(accumulate + 1, &mut on(devices, NEVER), None).tensors);
        // Losses that are read later.
        let later = train(accumulate, &mut Watch { interval: 4, ..on(devices, NEVER) }, None);
        assert_eq!(alone, later);
    }
}

#[test]
fn a_training_goes_on_with_other_devices() {
    let expected = train(6, &mut Watch::new(NEVER), None);
    for (before, after, stop) in [(3, 2, (3, 5)), (0, 3, (2, 13)), (2, 0, (4, 1)), (3, 3, (1, 7))] {
        let folder = tempfile::tempdir().unwrap();
        let stopped = train(6, &mut on(before, stop), Some(folder.path()));
        assert_eq!(stopped.outcome, Outcome::Interrupted);
        let resumed = train(6, &mut on(after, NEVER), Some(folder.path()));
        let [expected, resumed] = [&expected, &resumed].map(|of| (&of.tensors, &of.records));
        assert_eq!(expected, resumed, "{before}, then {after} devices, stopped at {stop:?}");
    }
}

/// With batch normalisation the weights are those of one device too. The running averages are not:
/// one device follows all batches, and several devices a part of them each.
#[test]
fn batch_normalisation_trains_the_same_weights_and_resumes() {
    let config = FitConfig {
        gradients: GradientsConfig { accumulate: 2, ..GradientsConfig::default() },
        ..config(3)
    };
    let train = |watch: &mut Watch, folder: Option<&Path>| {
        let last = FitConfig { ema: 0.0, ..config.clone() };
        watched(Net::new(), &Largest::default(), &last, folder, watch).unwrap()
    };
    let weights = |fitted: &Fitted<Net>| -> Vec<Vec<f32>> {
        let tensors = named_tensors(&fitted.model).unwrap().into_iter();
        tensors.filter(|of| !of.name.contains("running")).map(|of| of.values).collect()
    };
    // Of the last epoch: the best one is chosen by running averages.
    let losses = |fitted: &Fitted<Net>| -> Vec<f64> {
        fitted.records.iter().map(|record| record.train_loss).collect()
    };
    let (alone, two) = (train(&mut Watch::new(NEVER), None), train(&mut on(2, NEVER), None));
    assert_eq!(losses(&alone), losses(&two));
    if alone.best_epoch == two.best_epoch {
        assert_eq!(weights(&alone), weights(&two));
    }
    assert_ne!(bits(&alone.model), bits(&two.model), "running averages");
    for stop in [(1, 3), (2, 8), (3, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let stopped = train(&mut on(2, stop), Some(folder.path()));
        assert_eq!(stopped.outcome, Outcome::Interrupted);
        let resumed = train(&mut on(2, NEVER), Some(folder.path()));
        assert_eq!(bits(&resumed.model), bits(&two.model), "stopped at {stop:?}");
    }
}

/// A layer whose running averages depend on the batch alone.
#[derive(Module, Debug)]
struct Normed {
    norm: BatchNorm,
    output: Linear,
}

impl Normed {
    fn new() -> Self {
        let norm = BatchNormConfig::new(3).init(&Device::flex());
        Self { norm, output: Plain::new().layer }
    }
}

impl Classifier for Normed {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.norm.forward(input))
    }
}

/// Some batches of `Largest`.
struct Part(std::ops::Range<usize>);

impl BatchSource for Part {
    type Input = Tensor<2>;

    fn epoch<'a>(&'a self, epoch: usize, device: &'a Device) -> Batches<'a, Tensor<2>> {
        Box::new(
            Largest::default()
                .epoch(epoch, device)
                .skip(self.0.start)
                .take(self.0.len())
                .collect::<Vec<_>>()
                .into_iter(),
        )
    }

    fn batches(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn running_averages_are_the_mean_of_those_of_the_replicas() {
    let averages = |source: &Part, accumulate: usize, devices: usize| {
        let gradients = GradientsConfig { accumulate, ..GradientsConfig::default() };
        let config = FitConfig { gradients, ..config(1) };
        let fitted =
            watched(Normed::new(), source, &config, None, &mut on(devices, NEVER)).unwrap();
        let norm = fitted.model.norm;
        [norm.running_mean.value(), norm.running_var.value()]
            .map(|tensor| tensor.try_into_vec_as::<f32>().unwrap())
    };
    // Batches 0, 2, 4 on the first device, 1 and 3 on the second: each follows its own.
    for (all, first, second) in [(0..2, vec![0], vec![1]), (0..5, vec![0, 2, 4], vec![1, 3])] {
        let several = averages(&Part(all.clone()), 5, 2);
        let chain = |own: &[usize]| {
            // The running averages after one batch are 0.9 a + 0.1 s, from 0 and 1.
            own.iter().fold([[0.0_f32; 3], [1.0; 3]], |chain, batch| {
                let one = averages(&Part(*batch..batch + 1), 1, 0);
                let mut next = chain;
                for (row, start) in [(0, 0.0_f32), (1, 1.0)] {
                    for unit in 0..3 {
                        let statistic = (one[row][unit] - 0.9 * start) / 0.1;
                        next[row][unit] = 0.9 * chain[row][unit] + 0.1 * statistic;
                    }
                }
                next
            })
        };
        let (first, second) = (chain(&first), chain(&second));
        for row in 0..2 {
            for unit in 0..3 {
                let mean = f32::midpoint(first[row][unit], second[row][unit]);
                assert!((several[row][unit] - mean).abs() < 1e-6, "{several:?}, {mean}");
            }
        }
        assert_ne!(several, averages(&Part(all), 5, 0), "one device follows all");
    }
}

/// Panics at an input that is spoiled.
#[derive(Module, Debug)]
struct Panicking {
    layer: Linear,
}

impl Classifier for Panicking {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.layer.forward(input)
    }

    fn scores_training(&self, input: Tensor<2>, _: Key) -> Tensor<2> {
        let largest: f32 = input.clone().inner().max().into_scalar();
        assert!(largest < 100.0, "the driver is\n gone");
        self.scores(input)
    }
}

/// The batches of `Largest`, of which one is spoiled.
struct Spoiled {
    at: usize,
    label: Option<u32>,
    value: Option<f32>,
    fails: bool,
}

impl BatchSource for Spoiled {
    type Input = Tensor<2>;

    fn epoch<'a>(&'a self, epoch: usize, device: &'a Device) -> Batches<'a, Tensor<2>> {
        let good = Largest { batches: 8, ..Largest::default() };
        let bad = Largest { label: self.label, value: self.value, ..good };
        let collected = |from: &Largest| from.epoch(epoch, device).collect::<Vec<_>>();
        let mut batches = collected(&good);
        batches[self.at] = collected(&bad).swap_remove(self.at);
        if self.fails {
            batches[self.at] = Err("the disk is full".into());
        }
        Box::new(batches.into_iter())
    }

    fn batches(&self) -> usize {
        8
    }
}

#[test]
fn an_error_on_one_device_ends_the_training() {
    let good = Spoiled { at: 5, label: None, value: None, fails: false };
    let error = |spoiled: Spoiled, devices| {
        let model = Panicking { layer: Plain::new().layer };
        let result = watched(model, &spoiled, &settings(6), None, &mut on(devices, NEVER));
        result.unwrap_err()
    };
    let panic = error(Spoiled { value: Some(1e3), ..good }, 3);
    assert_eq!(panic.to_string(), "the device failed: device 3 of 3: the driver is gone");
    for devices in [0, 2, 3] {
        let label = error(Spoiled { label: Some(7), ..good }, devices);
        assert!(matches!(label, TrainError::Label { label: 7, .. }), "{label}");
        let source = error(Spoiled { fails: true, ..good }, devices);
        assert_eq!(source.to_string(), "the training batches failed: the disk is full");
    }
    let infinite =
        |devices| error(Spoiled { value: Some(f32::NEG_INFINITY), ..good }, devices).to_string();
    assert!(infinite(0).contains("the loss is NaN at step 6 of epoch 1"), "{}", infinite(0));
    assert_eq!([infinite(2), infinite(3)], [infinite(0), infinite(0)]);
}

#[test]
fn each_device_needs_a_batch() {
    let error = watched(Plain::new(), &Largest::default(), &settings(2), None, &mut on(3, NEVER))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "gradients.accumulate is 2 with 3 devices, expected at least as many batches as devices, \
         each of which computes one"
    );
}

/// A rolled back training, too.
#[test]
fn a_rollback_is_that_of_one_device() {
    let source = Largest { batches: 50, ..Largest::default() };
    let train = |devices| {
        let mut config = FitConfig { on_nan: super::divergence::rollback(), ..settings(2) };
        config.loss = zunder_train::Loss::SquaredError {};
        config.gradients.clip_norm = None;
        config.schedule = zunder_train::ScheduleKind::Constant {}.into();
        config.optimizer = zunder_train::OptimizerConfig::Sgd(zunder_train::SgdConfig {
            lr: 3.0,
            momentum: 0.0,
            ..zunder_train::SgdConfig::default()
        });
        let mut watch = on(devices, NEVER);
        let fitted = watched(Plain::new(), &source, &config, None, &mut watch).unwrap();
        (fitted.rollbacks, essence(&fitted, &watch), format!("{:?}", watch.rollbacks))
    };
    let alone = train(0);
    assert!(alone.0 > 0);
    assert_eq!(alone, train(2));
}

/// The default of a source: each batch on the device that it belongs to, none left out.
#[test]
fn a_source_gives_each_batch_once() {
    let devices = flex(3);
    let order = |devices: BatchDevices<'_>| -> Vec<Vec<f32>> {
        let batches = VALIDATION.epoch_on(2, devices);
        batches.map(|batch| batch.unwrap().input.try_into_vec_as().unwrap()).collect()
    };
    let expected: Vec<Vec<f32>> = VALIDATION
        .epoch(2, &devices[0])
        .map(|batch| batch.unwrap().input.try_into_vec_as().unwrap())
        .collect();
    for accumulate in [3, 5] {
        assert_eq!(order(BatchDevices::new(&devices, accumulate)), expected);
    }
}
