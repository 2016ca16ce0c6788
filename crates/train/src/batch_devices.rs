//! Which device computes which batch.

use burn::tensor::Device;

/// The devices of a training, and which of them computes which batch: batch k of an update, counted
/// from 0, runs on device k mod n of the n devices.
///
/// ```
/// use burn::tensor::Device;
/// use zunder_train::BatchDevices;
///
/// // Updates of three batches on two devices.
/// let devices = [Device::flex(), Device::flex()];
/// let devices = BatchDevices::new(&devices, 3);
/// assert_eq!([0, 1, 2, 3, 4, 5].map(|batch| devices.index(batch)), [0, 1, 0, 0, 1, 0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BatchDevices<'a> {
    devices: &'a [Device],
    accumulate: usize,
}

impl<'a> BatchDevices<'a> {
    /// Creates the assignment of batches to devices, of which there is at least one, for updates of
    /// `accumulate` batches.
    pub const fn new(devices: &'a [Device], accumulate: usize) -> Self {
        Self { devices, accumulate }
    }

    /// Returns the devices.
    pub const fn devices(&self) -> &'a [Device] {
        self.devices
    }

    /// Returns the index of the device for a batch of an epoch, counted from 0.
    pub fn index(&self, batch: usize) -> usize {
        batch % self.accumulate.max(1) % self.devices.len().max(1)
    }

    /// Returns the device for a batch of an epoch, counted from 0; `None` if there is no device.
    pub fn device(&self, batch: usize) -> Option<&'a Device> {
        self.devices.get(self.index(batch))
    }
}
