//! The activation functions, by name and formula.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::ModelError;
#[cfg(feature = "flex")]
use crate::function::Function;

/// The function f that a layer applies to each of its weighted sums a (lecture 6a.2). Default:
/// ReLU.
///
/// | name | f(a) | f'(a) | source |
/// |---|---|---|---|
/// | `identity` | a | 1 | none: a network of such layers is one linear layer (lecture 6a.2, quiz of "Vollständig verbundene Schichten") |
/// | `step` | 1 if a > 0, else 0 | 0; undefined at 0 | lecture 6a.2, "Aktivierungsfunktionen" |
/// | `logistic` | 1 / (1 + exp(-a)) | f(a) (1 - f(a)) | lecture 6a.2, "Sigmoide Aktivierungsfunktion" |
/// | `tanh` | tanh(a) | 1 - f(a)² | LeCun et al. 1998, "Efficient BackProp" |
/// | `relu` | max(a, 0) | 1 if a > 0, else 0 | lecture 6a.2; Nair and Hinton 2010 |
/// | `leaky-relu` | max(0.01 a, a) | 1 if a > 0, else 0.01 | lecture 6a.2; Maas et al. 2013 |
/// | `prelu` | a if a > 0, else s a | 1 if a > 0, else s; by s: min(a, 0) | lecture 6a.2; He et al. 2015 |
/// | `swish` | a / (1 + exp(-a)) | f(a) + σ(a) (1 - f(a)), σ being the logistic function | lecture 6a.2; Ramachandran et al. 2017 |
/// | `gelu` | a Φ(a) | Φ(a) + a φ(a), Φ and φ being the standard normal distribution and its density | Hendrycks and Gimpel 2016 |
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use zunder_models::Activation;
///
/// let x = Tensor::<1>::from_floats([-2.0, 3.0], &Device::flex());
/// assert_eq!(Activation::Relu.forward(x.clone()).try_into_vec_as::<f32>().unwrap(), [0.0, 3.0]);
/// assert_eq!(Activation::LeakyRelu.forward(x).try_into_vec_as::<f32>().unwrap(), [-0.02, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Activation {
    /// The identity: no activation, so that a network of such layers is equivalent to the linear
    /// classifier. For demonstrations.
    Identity,
    /// The step function. No gradient passes through it, so it cannot be trained.
    Step,
    /// The logistic function, with values in (0, 1).
    Logistic,
    /// The hyperbolic tangent, with values in (-1, 1).
    Tanh,
    /// The rectified linear unit.
    #[default]
    Relu,
    /// ReLU with the slope 0.01 below 0, so that no unit dies.
    LeakyRelu,
    /// The parametric ReLU: a ReLU with a learnt slope s below 0, one per layer, initially 0.25.
    Prelu,
    /// Swish, also called SiLU: smooth, and not monotonic.
    Swish,
    /// The Gaussian error linear unit, in its exact form.
    Gelu,
}

/// The slope of the leaky ReLU below 0 (Maas et al. 2013).
const LEAK: f64 = 0.01;

/// The initial slope of PReLU (He et al. 2015).
pub(crate) const PRELU_SLOPE: f64 = 0.25;

impl Activation {
    /// All activation functions.
    pub const ALL: [Self; 9] = [
        Self::Identity,
        Self::Step,
        Self::Logistic,
        Self::Tanh,
        Self::Relu,
        Self::LeakyRelu,
        Self::Prelu,
        Self::Swish,
        Self::Gelu,
    ];

    /// Computes f of each element. PReLU uses its initial slope;
    /// [`ActivationLayer`](crate::ActivationLayer) learns it.
    pub fn forward<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        #[cfg(feature = "flex")]
        let input = match self.function() {
            Some(function) => match crate::activation_flex::activated(input, function, None) {
                Ok(output) => return output,
                Err(input) => input,
            },
            None => input,
        };
        self.composed(input)
    }

    /// [`forward`](Self::forward), computed by Burn's operations.
    pub(crate) fn composed<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Identity => input,
            Self::Step => input.greater_scalar(0.0).float(),
            Self::Logistic => activation::sigmoid(input),
            Self::Tanh => activation::tanh(input),
            Self::Relu => activation::relu(input),
            Self::LeakyRelu => activation::leaky_relu(input, LEAK),
            Self::Prelu => activation::leaky_relu(input, PRELU_SLOPE),
            Self::Swish => activation::silu(input),
            Self::Gelu => gelu(input),
        }
    }

    /// Returns the fixed slope s of a rectifier: f(a) = a above 0 and s a below.
    #[cfg(feature = "flex")]
    pub(crate) const fn slope_below_zero(self) -> Option<f32> {
        match self {
            Self::Relu => Some(0.0),
            Self::LeakyRelu => Some(LEAK as f32),
            Self::Identity => Some(1.0),
            _ => None,
        }
    }

    /// Returns the kernel for `flex`; `None` for the step function, whose derivative is 0. PReLU
    /// has its initial slope.
    #[cfg(feature = "flex")]
    pub(crate) const fn function(self) -> Option<Function> {
        match self {
            Self::Identity => Some(Function::Identity),
            Self::Step => None,
            Self::Logistic => Some(Function::Logistic),
            Self::Tanh => Some(Function::Tanh),
            Self::Relu => Some(Function::Relu),
            Self::LeakyRelu => Some(Function::LeakyRelu(LEAK as f32)),
            Self::Prelu => Some(Function::LeakyRelu(PRELU_SLOPE as f32)),
            Self::Swish => Some(Function::Swish),
            Self::Gelu => Some(Function::Gelu),
        }
    }

    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Step => "step",
            Self::Logistic => "logistic",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::Prelu => "prelu",
            Self::Swish => "swish",
            Self::Gelu => "gelu",
        }
    }

    /// Returns an error if gradient descent cannot train the function.
    ///
    /// # Errors
    /// Returns [`ModelError::NotTrainable`] for the step function: its derivative is 0, so the
    /// layers before it would never change.
    pub fn check_trainable(self) -> Result<(), ModelError> {
        if self == Self::Step {
            Err(ModelError::NotTrainable { activation: self.name() })
        } else {
            Ok(())
        }
    }
}

/// Computes GELU from the error function. Outside of `flex`, the gradient of Burn's own GELU is
/// that of a tanh approximation.
fn gelu<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    let distribution = input
        .clone()
        .mul_scalar(std::f64::consts::FRAC_1_SQRT_2)
        .erf()
        .add_scalar(1.0)
        .mul_scalar(0.5);
    input * distribution
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Value and derivative at a point.
    fn at(f: Activation, a: f32) -> (f64, f64) {
        let x = Tensor::<1>::from_floats([a], &Device::flex().autodiff()).require_grad();
        let y = f.forward(x.clone());
        let gradient = x.grad(&y.backward()).unwrap().into_scalar::<f32>();
        (y.inner().into_scalar::<f32>().into(), gradient.into())
    }

    fn logistic(a: f64) -> f64 {
        1.0 / (1.0 + (-a).exp())
    }

    /// f'(a) by the formulas of the table, from a and y = f(a).
    fn derivative(f: Activation, a: f64, y: f64) -> f64 {
        let below = |slope| if a > 0.0 { 1.0 } else { slope };
        match f {
            Activation::Identity => 1.0,
            Activation::Step | Activation::Relu => below(0.0),
            Activation::Logistic => y * (1.0 - y),
            Activation::Tanh => 1.0 - y * y,
            Activation::LeakyRelu => below(0.01),
            Activation::Prelu => below(0.25),
            Activation::Swish => y + logistic(a) * (1.0 - y),
            Activation::Gelu => y / a + a * (-0.5 * a * a).exp() / std::f64::consts::TAU.sqrt(),
        }
    }

    #[test]
    fn derivatives_follow_the_formulas_and_the_central_differences() {
        let h = 1.0 / 64.0;
        for f in Activation::ALL.into_iter().filter(|f| f.check_trainable().is_ok()) {
            for a in [-4.0, -1.25, -0.5, 0.25, 0.75, 3.0_f32] {
                let (y, dy) = at(f, a);
                let formula = derivative(f, a.into(), y);
                assert!(
                    (dy - formula).abs() < 2e-6,
                    "{}'({a}) is {dy}, expected {formula}",
                    f.name()
                );
                let difference = (at(f, a + h).0 - at(f, a - h).0) / f64::from(2.0 * h);
                assert!(
                    (dy - difference).abs() < 2e-4,
                    "{}'({a}) is {dy}, the difference {difference}",
                    f.name()
                );
            }
        }
    }

    #[test]
    fn values_follow_the_formulas() {
        for a in [-4.0, -0.5, 0.0, 0.25, 3.0_f32] {
            let value = |f: Activation| {
                f64::from(
                    f.forward(Tensor::<1>::from_floats([a], &Device::flex())).into_scalar::<f32>(),
                )
            };
            let a = f64::from(a);
            let close = |f, expected: f64| {
                assert!((value(f) - expected).abs() < 1e-6, "{f:?} of {a} is {}", value(f));
            };
            close(Activation::Identity, a);
            close(Activation::Step, if a > 0.0 { 1.0 } else { 0.0 });
            close(Activation::Logistic, logistic(a));
            close(Activation::Tanh, a.tanh());
            close(Activation::Relu, a.max(0.0));
            close(Activation::LeakyRelu, a.max(0.01 * a));
            close(Activation::Prelu, a.max(0.25 * a));
            close(Activation::Swish, a * logistic(a));
        }
    }

    /// Swish falls from 0 to about -0.278 at -1.278, and is larger again to the left of it (lecture
    /// 6a.2: "Nicht monoton").
    #[test]
    fn swish_is_not_monotonic() {
        let value = |a: f32| at(Activation::Swish, a).0;
        assert!(
            value(-8.0) > value(-3.0) && value(-3.0) > value(-1.278) && value(-1.278) < value(0.0)
        );
        assert!(
            (value(-1.278) + 0.278_46).abs() < 1e-5
                && at(Activation::Swish, -1.278_46).1.abs() < 1e-5
        );
    }

    /// The derivative of the logistic function is at most 1/4 and vanishes far from 0, where that
    /// of ReLU is still 1.
    #[test]
    fn the_logistic_function_flattens() {
        assert_eq!(at(Activation::Logistic, 0.0), (0.5, 0.25));
        for a in [-12.0, 12.0_f32] {
            assert!(at(Activation::Logistic, a).1 < 1e-5);
        }
        assert_eq!(at(Activation::Relu, 12.0).1, 1.0);
    }

    /// A ReLU whose weighted sum is below 0 for every input passes no gradient to its weights, so
    /// it stays dead; a leaky one passes a gradient.
    #[test]
    fn a_dead_relu_has_no_gradient() {
        let gradient = |f: Activation| {
            let device = Device::flex().autodiff();
            let weights = Tensor::<2>::from_floats([[-1.0], [-2.0]], &device).require_grad();
            let sums = Tensor::<2>::from_floats([[1.0, 3.0], [0.5, 2.0], [4.0, 0.25]], &device)
                .matmul(weights.clone());
            weights
                .grad(&f.forward(sums).sum().backward())
                .unwrap()
                .try_into_vec_as::<f32>()
                .unwrap()
        };
        assert_eq!(gradient(Activation::Relu), [0.0, 0.0]);
        assert_eq!(
            at(Activation::Relu, 0.0).1,
            0.0,
            "nor at 0, where the slide gives no derivative"
        );
        let leaky = gradient(Activation::LeakyRelu);
        assert!((leaky[0] - 0.055).abs() < 1e-6 && (leaky[1] - 0.0525).abs() < 1e-6, "{leaky:?}");
    }

    #[test]
    fn names_are_those_of_configurations() {
        for f in Activation::ALL {
            let quoted = format!("\"{}\"", f.name());
            assert_eq!(
                (serde_json::to_string(&f).unwrap(), serde_json::from_str(&quoted).unwrap()),
                (quoted, f)
            );
        }
    }

    #[test]
    fn the_step_function_is_not_trained() {
        let refused: Vec<Activation> =
            Activation::ALL.into_iter().filter(|f| f.check_trainable().is_err()).collect();
        assert_eq!(refused, [Activation::Step]);
        assert!(
            Activation::Step
                .check_trainable()
                .unwrap_err()
                .to_string()
                .contains("its derivative is 0")
        );
    }
}
