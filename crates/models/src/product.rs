//! The weighted sums of a layer.

use burn::nn::Linear;
use burn::tensor::Tensor;

/// Computes x W + b, as [`Linear::forward`], by the fastest method of the device.
///
/// # Shapes
/// `[N, inputs]` to `[N, outputs]`.
pub(crate) fn affine(linear: &Linear, input: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    let input = {
        let bias = linear.bias.as_ref().map(burn::module::Param::val);
        match crate::product_flex::affine(input, linear.weight.val(), bias) {
            Ok(output) => return output,
            Err(input) => input,
        }
    };
    linear.forward(input)
}
