//! An activation as a module, with the learnt slope of PReLU.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};

use crate::Activation;
use crate::activation::PRELU_SLOPE;
use crate::dropout::Mask;

/// An [`Activation`] with its learnt parameter: the slope of PReLU, one per layer.
///
/// The slope is a vector of one number, so weight penalties do not apply to it (He et al. 2015: a
/// penalty would push PReLU towards ReLU).
#[derive(Module, Debug)]
pub struct ActivationLayer {
    #[module(skip)]
    function: Activation,
    slope: Option<Param<Tensor<1>>>,
}

impl ActivationLayer {
    /// Creates the untrained layer.
    pub fn new(function: Activation, device: &Device) -> Self {
        let slope = (function == Activation::Prelu)
            .then(|| Param::from_tensor(Tensor::full([1], PRELU_SLOPE, device)));
        Self { function, slope }
    }

    /// Computes f of each element.
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        self.forward_masked(input, None)
    }

    /// Computes f of each element times the mask's factor.
    pub(crate) fn forward_masked<const D: usize>(
        &self,
        input: Tensor<D>,
        mask: Option<Mask>,
    ) -> Tensor<D> {
        #[cfg(feature = "flex")]
        let input = match self.own(input, mask) {
            Ok(output) => return output,
            Err(input) => input,
        };
        let output = match &self.slope {
            Some(slope) => activation::prelu(input, slope.val()),
            None => self.function.composed(input),
        };
        match mask {
            Some(mask) => mask.apply(output),
            None => output,
        }
    }

    /// [`forward_masked`](Self::forward_masked) by the kernels of `flex`. Returns the input as an
    /// error if they do not apply.
    #[cfg(feature = "flex")]
    fn own<const D: usize>(
        &self,
        input: Tensor<D>,
        mask: Option<Mask>,
    ) -> Result<Tensor<D>, Tensor<D>> {
        match (&self.slope, self.function.function()) {
            (Some(slope), _) => crate::prelu_flex::prelu(input, slope.val(), mask),
            (None, Some(function)) => crate::activation_flex::activated(input, function, mask),
            (None, None) => Err(input),
        }
    }

    /// Returns the kernel for use outside of training, with the current slope.
    #[cfg(feature = "flex")]
    pub(crate) fn kernel(&self) -> Option<crate::function::Function> {
        match &self.slope {
            Some(slope) => {
                let slope = crate::flex::values(slope.val())?;
                slope.first().map(|slope| crate::function::Function::LeakyRelu(*slope))
            }
            None => self.function.function(),
        }
    }

    /// Returns the activation function.
    pub fn function(&self) -> Activation {
        self.function
    }

    /// Returns the number of trainable parameters.
    pub(crate) fn parameters(&self) -> usize {
        usize::from(self.slope.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_prelu_is_learnt() {
        let device = Device::flex().autodiff();
        let layer = ActivationLayer::new(Activation::Prelu, &device);
        let x = Tensor::<2>::from_floats([[-2.0, 3.0], [-0.5, -1.0]], &device).require_grad();
        let y = layer.forward(x.clone());
        let gradients = y.clone().sum().backward();
        assert_eq!(y.inner().try_into_vec_as::<f32>().unwrap(), [-0.5, 3.0, -0.125, -0.25]);
        assert_eq!(
            x.grad(&gradients).unwrap().try_into_vec_as::<f32>().unwrap(),
            [0.25, 1.0, 0.25, 0.25]
        );
        // The gradient is the sum of min(a, 0).
        assert_eq!(
            layer.slope.unwrap().val().grad(&gradients).unwrap().try_into_vec_as::<f32>().unwrap(),
            [-3.5]
        );
    }

    #[test]
    fn only_prelu_learns() {
        for function in Activation::ALL {
            let layer = ActivationLayer::new(function, &Device::flex());
            assert_eq!(
                (layer.num_params(), layer.parameters()),
                if function == Activation::Prelu { (1, 1) } else { (0, 0) }
            );
        }
    }
}
