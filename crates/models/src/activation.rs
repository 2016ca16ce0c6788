use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

/// The function f that a layer applies to each of its weighted sums (lecture 6a.2). Default: ReLU.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use zunder_models::Activation;
///
/// let x = Tensor::<1>::from_floats([-2.0, 3.0], &Device::flex());
/// assert_eq!(Activation::Relu.forward(x).try_into_vec_as::<f32>().unwrap(), [0.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Activation {
    /// f(a) = max(a, 0), the rectified linear unit.
    #[default]
    Relu,
    /// f(a) = 1 / (1 + exp(-a)), the logistic function, with values in (0, 1).
    Logistic,
    /// f(a) = tanh(a), with values in (-1, 1).
    Tanh,
}

impl Activation {
    /// f of each element; the shape stays.
    pub fn forward<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Relu => activation::relu(input),
            Self::Logistic => activation::sigmoid(input),
            Self::Tanh => activation::tanh(input),
        }
    }

    /// The name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Logistic => "logistic",
            Self::Tanh => "tanh",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Value and derivative at a point.
    fn at(f: Activation, a: f32) -> (f32, f32) {
        let x = Tensor::<1>::from_floats([a], &Device::flex().autodiff()).require_grad();
        let y = f.forward(x.clone());
        let gradient = x.grad(&y.backward()).unwrap().into_scalar();
        (y.inner().into_scalar(), gradient)
    }

    #[test]
    fn values_and_derivatives_follow_the_formulas() {
        for a in [-4.0, -0.5, 0.25, 3.0_f32] {
            let (y, dy) = at(Activation::Relu, a);
            assert_eq!((y, dy), (a.max(0.0), if a > 0.0 { 1.0 } else { 0.0 }));
            // The lecture's f'(a) = f(a) (1 - f(a)).
            let (y, dy) = at(Activation::Logistic, a);
            let f = 1.0 / (1.0 + (-a).exp());
            assert!((y - f).abs() < 1e-6 && (dy - f * (1.0 - f)).abs() < 1e-6, "{a}: {y} {dy}");
            let (y, dy) = at(Activation::Tanh, a);
            assert!((y - a.tanh()).abs() < 1e-6 && (dy - (1.0 - a.tanh().powi(2))).abs() < 1e-6, "{a}: {y} {dy}");
        }
    }
}
