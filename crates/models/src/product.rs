//! The weighted sums of a layer.

use burn::nn::Linear;
use burn::tensor::Tensor;

use crate::Precision;

/// Computes x W + b, as [`Linear::forward`], by the fastest method of the device.
///
/// # Shapes
/// `[N, inputs]` to `[N, outputs]`.
pub(crate) fn affine(linear: &Linear, input: Tensor<2>) -> Tensor<2> {
    affine_in(Precision::F32, linear, input)
}

/// [`affine`] for training, with products of this precision: forwards, and backwards for the
/// gradients. Without gradients, and on devices other than `flex`, the products have 32 bits.
#[cfg_attr(not(feature = "flex"), allow(unused_variables, reason = "only `flex` has others"))]
pub(crate) fn affine_in(precision: Precision, linear: &Linear, input: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    let input = {
        let bias = linear.bias.as_ref().map(burn::module::Param::val);
        match crate::product_flex::affine(input, linear.weight.val(), bias, precision) {
            Ok(output) => return output,
            Err(input) => input,
        }
    };
    linear.forward(input)
}
