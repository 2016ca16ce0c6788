//! Modules of Burn that draw from the device's generator, which no checkpoint holds.
//!
//! A test program of its own: the generator belongs to the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use zunder_train::{
    BatchSource, Checkpoint, Classifier, Events, FitConfig, FitContext, Fitted, Interrupt, Key,
    LabelledBatch, NamedTensor, Outcome, SourceError, StepReport, fit, named_tensors,
};

/// Held while a test uses the generator.
static GENERATOR: Mutex<()> = Mutex::new(());

const EPOCHS: usize = 3;
const NEVER: (usize, usize) = (0, 0);

/// A convolution and Burn's dropout, on images of one channel and 6 x 6 pixels.
#[derive(Module, Debug)]
struct Cnn {
    convolution: Conv2d,
    dropout: Dropout,
    output: Linear,
}

impl Cnn {
    /// The same weights at each call.
    fn new(dropout: f64) -> Self {
        let device = Device::flex();
        device.seed(1);
        let model = Self {
            convolution: Conv2dConfig::new([1, 4], [3, 3]).init(&device),
            dropout: DropoutConfig::new(dropout).init(),
            output: LinearConfig::new(4 * 4 * 4, 2).init(&device),
        };
        // Parameters are drawn when they are looked at.
        named_tensors(&model).unwrap();
        model
    }
}

impl Classifier for Cnn {
    type Input = Tensor<4>;

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        let hidden = relu(self.convolution.forward(images)).flatten(1, 3);
        self.output.forward(self.dropout.forward(hidden))
    }
}

/// The same network, which undoes the loop's seed by one that no checkpoint knows.
#[derive(Module, Debug)]
struct SeededElsewhere {
    cnn: Cnn,
}

static CALLS: AtomicU64 = AtomicU64::new(0);

impl Classifier for SeededElsewhere {
    type Input = Tensor<4>;

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        self.cnn.scores(images)
    }

    fn scores_training(&self, images: Tensor<4>, _: Key) -> Tensor<2> {
        images.device().seed(CALLS.fetch_add(1, Ordering::Relaxed));
        self.cnn.scores(images)
    }
}

/// Noise that is lighter in the upper or in the lower half.
struct Halves(u64);

impl BatchSource for Halves {
    type Input = Tensor<4>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<4>>, SourceError>> + 'a> {
        Box::new((0..self.batches()).map(move |batch| {
            let mut rng = Key::new(self.0).at(epoch as u64).at(batch as u64).rng();
            let labels: Vec<u32> = (0..16).map(|_| u32::from(rng.chance(0.5))).collect();
            let pixel = |label: u32, i: usize| if (i < 18) == (label == 0) { 0.3 } else { 0.0 };
            let pixels: Vec<f32> = labels
                .iter()
                .flat_map(|&label| (0..36).map(move |i| (label, i)))
                .map(|(label, i)| pixel(label, i) + rng.range(-1.0, 1.0))
                .collect();
            let input = Tensor::from_data(TensorData::new(pixels, [16, 1, 6, 6]), device);
            Ok(LabelledBatch { input, labels, soft_labels: None })
        }))
    }

    fn batches(&self) -> usize {
        6
    }
}

/// Stops at a step of an epoch.
struct Stop((usize, usize), Interrupt);

impl Events for Stop {
    fn step_finished(&mut self, step: &StepReport) {
        if (step.epoch, step.step) == self.0 {
            self.1.request();
        }
    }
}

/// Trains, or goes on with what lies in the folder.
fn train<M: Classifier<Input = Tensor<4>>>(
    model: M,
    folder: &Path,
    stop: (usize, usize),
) -> Fitted<M> {
    train_on(&[], model, folder, stop)
}

/// [`train`], with updates of two batches on several devices.
fn train_on<M: Classifier<Input = Tensor<4>>>(
    devices: &[Device],
    model: M,
    folder: &Path,
    stop: (usize, usize),
) -> Fitted<M> {
    let (last, best) = (folder.join("last.safetensors"), folder.join("best.safetensors"));
    let resume = last.exists().then(|| Checkpoint::load(&last).unwrap());
    let (device, interrupt) = (Device::flex(), Interrupt::new());
    let mut events = Stop(stop, interrupt.clone());
    let context = FitContext::new(&device, Key::new(3))
        .with_devices(devices)
        .with_checkpoint(last.as_path())
        .with_best(best.as_path())
        .with_events(&mut events)
        .with_interrupt(&interrupt);
    let mut config = FitConfig { epochs: EPOCHS, ..FitConfig::default() };
    config.gradients.accumulate = devices.len().max(1);
    fit(model, &Halves(1), &Halves(2), &config, resume, context).unwrap()
}

/// What a training came to, to the bit.
#[derive(PartialEq)]
struct Training {
    /// Of the best epoch.
    weights: Vec<NamedTensor>,
    /// Of each epoch: training and validation.
    losses: Vec<[u64; 2]>,
}

impl Training {
    fn of<M: Module>(fitted: &Fitted<M>) -> Self {
        let losses = fitted.records.iter();
        let losses = losses.map(|r| [r.train_loss, r.validation_loss].map(f64::to_bits)).collect();
        Self { weights: named_tensors(&fitted.model).unwrap(), losses }
    }
}

/// A whole training, and one that is stopped and resumed by a process whose generator is elsewhere.
fn whole_and_resumed<M: Classifier<Input = Tensor<4>>>(
    model: impl Fn() -> M,
    stop: (usize, usize),
) -> [Training; 2] {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = train(model(), whole.path(), NEVER);
    assert_eq!(train(model(), parts.path(), stop).outcome, Outcome::Interrupted);
    let device = Device::flex();
    device.seed(77);
    Tensor::<1>::random([stop.1], Distribution::Default, &device).into_data();
    let resumed = train(model(), parts.path(), NEVER);
    assert_eq!((resumed.outcome, resumed.records.len()), (Outcome::Completed, EPOCHS));
    [Training::of(&expected), Training::of(&resumed)]
}

#[test]
fn a_resumed_cnn_with_burns_dropout_ends_in_the_same_bits() {
    let _generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    for stop in [(1, 2), (2, 5), (3, 1)] {
        let [whole, resumed] = whole_and_resumed(|| Cnn::new(0.5), stop);
        assert!(whole == resumed, "{stop:?}");
        let [without, _] = whole_and_resumed(|| Cnn::new(0.0), stop);
        assert_ne!(whole.losses, without.losses, "dropout draws");
    }
}

/// The generator is one for both devices, whose threads must not draw from it at the same time.
#[test]
fn devices_take_turns_at_the_generator() {
    let _generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = [(); 4].map(|()| {
        let folder = tempfile::tempdir().unwrap();
        let devices = [Device::flex(), Device::flex()];
        Training::of(&train_on(&devices, Cnn::new(0.5), folder.path(), NEVER))
    });
    assert!(runs.iter().all(|run| *run == runs[0]));
    // A single device, named twice through the same path, draws the same.
    let folder = tempfile::tempdir().unwrap();
    let (device, interrupt) = (Device::flex(), Interrupt::new());
    let mut config = FitConfig { epochs: EPOCHS, ..FitConfig::default() };
    config.gradients.accumulate = 2;
    let best = folder.path().join("best.safetensors");
    let context =
        FitContext::new(&device, Key::new(3)).with_best(best.as_path()).with_interrupt(&interrupt);
    let alone = fit(Cnn::new(0.5), &Halves(1), &Halves(2), &config, None, context).unwrap();
    assert!(Training::of(&alone) == runs[0], "as one device that accumulates");
}

/// The control: with draws that the loop does not seed, a resumed training ends in other bits, and
/// the comparison above finds it.
#[test]
fn draws_that_no_key_names_are_not_repeated() {
    let _generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let [whole, resumed] = whole_and_resumed(|| SeededElsewhere { cnn: Cnn::new(0.5) }, (2, 3));
    assert_ne!(whole.losses, resumed.losses);
    assert!(whole.weights != resumed.weights);
}
