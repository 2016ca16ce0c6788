/// For how many epochs a figure has not improved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stagnation {
    reference: Option<f64>,
    pub waited: usize,
}

impl Stagnation {
    /// Takes an epoch's figure, higher being better. It improves if it is better than the last
    /// improvement by more than `min_delta`; what is not finite never is.
    pub fn observe(&mut self, value: f64, min_delta: f64) {
        if self.reference.map_or(value.is_finite(), |reference| value > reference + min_delta) {
            self.reference = Some(value);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
    }
}
