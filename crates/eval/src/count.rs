use core::iter::Sum;
use core::ops::AddAssign;

/// What a cell of a confusion matrix holds: a count of samples (`u64`) or a sum of their weights (`f64`).
pub trait Count: sealed::Sealed + Copy + Default + PartialEq + Sum + AddAssign {
    /// The value as a real number; exact for counts up to 2^53.
    fn to_f64(self) -> f64;
}

impl Count for u64 {
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Count for f64 {
    fn to_f64(self) -> f64 {
        self
    }
}

/// a / b, and 0.0 where b is 0: the crate's rule for 0/0.
pub(crate) fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

mod sealed {
    #[expect(unnameable_types, reason = "sealed: nobody else implements it")]
    pub trait Sealed {}
    impl Sealed for u64 {}
    impl Sealed for f64 {}
}
