//! What several devices send each other in an update, and when they pay.

use zunder_models::Summary;

/// What an update on several devices moves between them, in bytes, computed from the sizes of the
/// model and the batches.
///
/// With n devices, A batches in an update, B images in a batch and P parameters of 4 bytes:
///
/// | | bytes | |
/// |---|---|---|
/// | weights | `4 P (n - 1)` | from the first device to each other one |
/// | gradients | `4 P e` | back, for each of the `e = A - ceil(A / n)` batches computed elsewhere |
/// | images | `4 (pixels + units with dropout) A B` | pixels and masks, from the CPU to the devices |
///
/// Running averages, scores and losses are left out: they are few. Between devices that share the
/// memory of the CPU nothing is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// Weights.
    pub weights: u64,
    /// Gradients.
    pub gradients: u64,
    /// Images and dropout masks. A single device that is not the CPU needs them too.
    pub images: u64,
    /// Batches of an update that are computed while the first device computes others: e.
    elsewhere: u64,
    /// Floating-point operations of the training on one image.
    flops: u64,
}

impl Transfer {
    /// Returns the sizes for an update. `numbers` is the size of an image and its masks.
    pub(super) fn of(
        devices: usize,
        accumulate: usize,
        batch_size: usize,
        numbers: usize,
        summary: &Summary,
    ) -> Self {
        let parameters = 4 * summary.parameters() as u64;
        let elsewhere = (accumulate - accumulate.div_ceil(devices.max(1))) as u64;
        Self {
            weights: parameters * devices.saturating_sub(1) as u64,
            gradients: parameters * elsewhere,
            images: 4 * (numbers as u64) * (accumulate as u64) * (batch_size as u64),
            elsewhere,
            flops: summary.training_flops(),
        }
    }

    /// Estimates the batch size from which several devices are faster than one: that at which the
    /// computation they save takes as long as sending weights and gradients,
    /// `(weights + gradients) F / (W f e)`. F is the speed of one device in floating-point
    /// operations a second, W that of the connection in bytes a second, f the number of operations
    /// for an image, and e that of the batches computed elsewhere. `None` if nothing is saved.
    ///
    /// The estimate assumes equal devices, and one connection that sends only while nothing is
    /// computed.
    ///
    /// ```
    /// use zunder::{DatasetName, ModelKind, Run, RunConfig, RunOptions};
    ///
    /// let mut config = RunConfig::preset(ModelKind::Mlp);
    /// config.data.dataset = DatasetName::Shapes;
    /// (config.data.limit, config.gradients.accumulate) = (Some(500), 2);
    /// config.devices = vec!["flex".into(), "flex".into()];
    /// let plan = Run::plan(&config, RunOptions::default())?;
    /// let transfer = plan.transfer().expect("there are two devices");
    /// assert_eq!(transfer.weights, 4 * plan.summary.parameters() as u64);
    /// // CPUs of 100 GFLOP/s, connected by 1 Gbit/s.
    /// let batch = transfer.pays_from(1e11, 1.25e8).expect("one of two batches is elsewhere");
    /// assert!((1000.0..3000.0).contains(&batch));
    /// # Ok::<(), zunder::RunError>(())
    /// ```
    pub fn pays_from(&self, flops: f64, bytes: f64) -> Option<f64> {
        let saved = self.flops as f64 * self.elsewhere as f64;
        (saved > 0.0).then(|| (self.weights + self.gradients) as f64 * flops / (bytes * saved))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use zunder_data::ImageShape;
    use zunder_models::{Key, MlpConfig};

    use super::*;
    use crate::ModelConfig;

    #[test]
    fn each_further_device_and_each_batch_elsewhere_costs() {
        let shape = ImageShape { channels: 1, height: 2, width: 5 };
        let model = ModelConfig::Mlp(MlpConfig {
            hidden: vec![8, 4],
            dropout: 0.2,
            ..MlpConfig::default()
        });
        let summary = model.init(shape, 3, Key::new(1), &Device::flex()).unwrap().summary();
        assert_eq!(summary.dropout_units(), 12);
        let bytes = 4 * summary.parameters() as u64;
        for (devices, accumulate, weights, gradients) in
            [(2, 2, 1, 1), (2, 3, 1, 1), (2, 4, 1, 2), (3, 3, 2, 2), (3, 7, 2, 4)]
        {
            let transfer = Transfer::of(devices, accumulate, 8, 10, &summary);
            assert_eq!(
                [transfer.weights, transfer.gradients],
                [weights * bytes, gradients * bytes],
                "{devices} devices, {accumulate} batches"
            );
            assert_eq!(transfer.images, 4 * 10 * 8 * accumulate as u64);
            // At that batch size, sending takes as long as what is saved.
            let (flops, speed) = (1e9, 1e7);
            let batch = transfer.pays_from(flops, speed).unwrap();
            let sending = (weights + gradients) as f64 * bytes as f64 / speed;
            let saved = batch * gradients as f64 * summary.training_flops() as f64 / flops;
            assert!((sending / saved - 1.0).abs() < 1e-12);
        }
        assert_eq!(Transfer::of(1, 4, 8, 10, &summary).pays_from(1.0, 1.0), None);
    }
}
