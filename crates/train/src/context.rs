//! The inputs of a training besides its data and its configuration.

use std::path::Path;

use burn::tensor::Device;
use zunder_random::Key;

use crate::{BurnOptimizer, Events, Interrupt, LossFunction, Metric};

/// The inputs of a training besides its data and its configuration: the device, the source of
/// randomness, and optionally files, a listener and a flag that stops it.
///
/// ```
/// use std::path::Path;
/// use burn::tensor::Device;
/// use zunder_train::{FitContext, Interrupt, Key};
///
/// let (device, interrupt) = (Device::flex(), Interrupt::new());
/// let context = FitContext::new(&device, Key::new(1))
///     .with_checkpoint(Path::new("last.safetensors"))
///     .with_best(Path::new("best.safetensors"))
///     .with_interrupt(&interrupt);
/// # let _ = context;
/// ```
pub struct FitContext<'a> {
    pub(crate) device: &'a Device,
    pub(crate) devices: &'a [Device],
    pub(crate) key: Key,
    pub(crate) checkpoint: Option<&'a Path>,
    pub(crate) best: Option<&'a Path>,
    pub(crate) note: &'a str,
    pub(crate) pause: Option<usize>,
    pub(crate) events: &'a mut dyn Events,
    pub(crate) interrupt: Interrupt,
    pub(crate) report_interval: Option<usize>,
    pub(crate) loss: Option<&'a dyn LossFunction>,
    pub(crate) optimizer: Option<BurnOptimizer>,
    pub(crate) metric: Option<&'a dyn Metric>,
}

impl<'a> FitContext<'a> {
    /// Creates the context of a training on `device`, without files, listener or interruption. The
    /// random draws are named by `key`.
    ///
    /// `device` has no automatic differentiation: the loop adds it.
    pub fn new(device: &'a Device, key: Key) -> Self {
        Self {
            device,
            devices: &[],
            key,
            checkpoint: None,
            best: None,
            note: "",
            pause: None,
            // A `()` takes no memory, so nothing is leaked.
            events: Box::leak(Box::new(())),
            interrupt: Interrupt::new(),
            report_interval: None,
            loss: None,
            optimizer: None,
            metric: None,
        }
    }

    /// Sets the devices that compute the batches of an update, side by side: batch k, counted from
    /// 0, on device k mod n. They may differ from each other and from `device`, which keeps the
    /// weights, updates and validates them, and should be one of them. Default: `device` alone.
    ///
    /// How many batches make an update is what
    /// [`GradientsConfig::accumulate`](crate::GradientsConfig::accumulate) says, at least one for
    /// each device; the devices change nothing but the place. See [`fit`](crate::fit).
    ///
    /// ```
    /// use burn::module::Module;
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::{Device, Tensor};
    /// use zunder_train::{
    ///     BatchSource, Batches, Classifier, FitConfig, FitContext, Key, LabelledBatch, fit,
    /// };
    ///
    /// #[derive(Module, Debug)]
    /// struct Line {
    ///     scores: Linear,
    /// }
    ///
    /// impl Classifier for Line {
    ///     type Input = Tensor<2>;
    ///
    ///     fn scores(&self, input: Tensor<2>) -> Tensor<2> {
    ///         self.scores.forward(input)
    ///     }
    /// }
    ///
    /// /// Batches of two numbers, whose class is the sign.
    /// struct Signs;
    ///
    /// impl BatchSource for Signs {
    ///     type Input = Tensor<2>;
    ///
    ///     fn epoch<'a>(&'a self, _: usize, device: &'a Device) -> Batches<'a, Tensor<2>> {
    ///         Box::new((1..=self.batches()).map(move |n| {
    ///             let input = Tensor::from_floats([[-(n as f32)], [n as f32]], device);
    ///             Ok(LabelledBatch { input, labels: vec![0, 1], soft_labels: None })
    ///         }))
    ///     }
    ///
    ///     fn batches(&self) -> usize {
    ///         8
    ///     }
    /// }
    ///
    /// // Two GPUs would be `Device::cuda(0)` and `Device::cuda(1)`.
    /// let devices = [Device::flex(), Device::flex()];
    /// let context = FitContext::new(&devices[0], Key::new(1)).with_devices(&devices);
    /// let mut config = FitConfig { epochs: 2, ..FitConfig::default() };
    /// config.gradients.accumulate = devices.len();
    /// let model = Line { scores: LinearConfig::new(1, 2).init(&devices[0]) };
    /// let fitted = fit(model, &Signs, &Signs, &config, None, context)?;
    /// assert_eq!(fitted.records[1].validation_accuracy, 1.0);
    /// # Ok::<(), zunder_train::TrainError>(())
    /// ```
    #[must_use]
    pub fn with_devices(self, devices: &'a [Device]) -> Self {
        Self { devices, ..self }
    }

    /// Sets the file that receives a checkpoint after each epoch. Default: none.
    #[must_use]
    pub fn with_checkpoint(self, path: impl Into<Option<&'a Path>>) -> Self {
        Self { checkpoint: path.into(), ..self }
    }

    /// Sets the file that receives the weights of each new best epoch. A resumed training reads it.
    /// Default: none.
    #[must_use]
    pub fn with_best(self, path: impl Into<Option<&'a Path>>) -> Self {
        Self { best: path.into(), ..self }
    }

    /// Sets a text that each checkpoint keeps, such as the configuration that it belongs to.
    /// Default: empty.
    #[must_use]
    pub fn with_note(self, note: &'a str) -> Self {
        Self { note, ..self }
    }

    /// Sets the number of finished epochs at which the training pauses
    /// ([`Outcome::Paused`](crate::Outcome::Paused)). Learning rates remain those of all
    /// [`FitConfig::epochs`](crate::FitConfig::epochs), and a training that goes on from the
    /// checkpoint ends with the same bits as one that did not pause. Default: none.
    #[must_use]
    pub fn with_pause(self, epochs: impl Into<Option<usize>>) -> Self {
        Self { pause: epochs.into(), ..self }
    }

    /// Sets the listener that receives progress events. Default: none.
    #[must_use]
    pub fn with_events(self, events: &'a mut dyn Events) -> Self {
        Self { events, ..self }
    }

    /// Sets the handle with which another thread or a listener stops the training. Default: a
    /// handle that only the training has.
    #[must_use]
    pub fn with_interrupt(self, interrupt: &Interrupt) -> Self {
        Self { interrupt: interrupt.clone(), ..self }
    }

    /// Sets the loss that training minimises and validation reports, in place of the
    /// configuration's. Default: [`FitConfig::loss`](crate::FitConfig::loss).
    #[must_use]
    pub fn with_loss(self, loss: &'a dyn LossFunction) -> Self {
        Self { loss: Some(loss), ..self }
    }

    /// Sets the optimiser, in place of the configuration's; its learning rate is the base rate of
    /// the schedule. Clipping and the moving average stay those of the configuration. Default:
    /// [`FitConfig::optimizer`](crate::FitConfig::optimizer).
    #[must_use]
    pub fn with_optimizer(self, optimizer: impl Into<Option<BurnOptimizer>>) -> Self {
        Self { optimizer: optimizer.into(), ..self }
    }

    /// Sets the metric by which epochs are compared, in place of the configuration's. Validation
    /// computes it for the weights and for their moving average, and the records of the epochs
    /// contain it. Default:
    /// [`EarlyStoppingConfig::monitor`](crate::EarlyStoppingConfig::monitor).
    #[must_use]
    pub fn with_metric(self, metric: &'a dyn Metric) -> Self {
        Self { metric: Some(metric), ..self }
    }

    /// Sets how many steps are done before their losses are read back from the device and reported
    /// ([`Events::step_finished`] is called for each of them). Reading waits for the device. From 1
    /// to 1,024; other numbers are replaced by the nearer end. Losses are also read 250 ms after
    /// the last read.
    ///
    /// The gradients of `steps + 2` updates are kept on the device, for a message about a diverging
    /// loss. Default: 1 on a CPU backend. On other devices 16, or fewer for large models: as many
    /// as have gradients of 256 MiB together.
    #[must_use]
    pub fn with_report_interval(self, steps: usize) -> Self {
        Self { report_interval: Some(steps.clamp(1, 1024)), ..self }
    }
}
