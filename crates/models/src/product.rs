use burn::nn::Linear;
use burn::tensor::Tensor;

/// x W + b, as [`Linear::forward`], by the fastest way that the device offers.
///
/// # Shapes
/// `[N, inputs]` to `[N, outputs]`.
pub(crate) fn affine(linear: &Linear, input: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if let Some(product) = crate::product_flex::product(&input, &linear.weight.val()) {
        return match &linear.bias {
            Some(bias) => product + bias.val().unsqueeze(),
            None => product,
        };
    }
    linear.forward(input)
}
