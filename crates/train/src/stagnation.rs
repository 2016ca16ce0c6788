//! Counts epochs without improvement.

/// The number of epochs since a metric last improved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stagnation {
    reference: Option<f64>,
    pub waited: usize,
}

impl Stagnation {
    /// Adds the metric of an epoch, where higher is better. It improves if it exceeds the last
    /// improvement by more than `min_delta`; a value that is not finite never does.
    pub fn observe(&mut self, value: f64, min_delta: f64) {
        if self.reference.map_or(value.is_finite(), |reference| value > reference + min_delta) {
            self.reference = Some(value);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
    }
}
