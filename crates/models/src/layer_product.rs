//! The three matrix products of a fully connected layer, for measurements.

use burn::tensor::Tensor;

use crate::Precision;

/// One of the matrix products of a layer y = x W with N samples, for measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerProduct {
    /// Weighted sums x W, of x `[N, inputs]` and W `[inputs, outputs]`.
    Forward,
    /// Gradient of the weights x^T g, of x `[N, inputs]` and g `[N, outputs]`.
    WeightGradient,
    /// Gradient of the inputs g W^T, of g `[N, outputs]` and W `[inputs, outputs]`.
    InputGradient,
}

impl LayerProduct {
    /// Computes the product as in training: with this crate's kernels if they support the device,
    /// else with Burn.
    ///
    /// # Shapes
    /// The variants state the shapes of the factors. The result is `[N, outputs]` for
    /// [`Forward`](Self::Forward), `[inputs, outputs]` for [`WeightGradient`](Self::WeightGradient)
    /// and `[N, inputs]` for [`InputGradient`](Self::InputGradient).
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use zunder_models::LayerProduct;
    ///
    /// let device = Device::flex();
    /// let (x, g) = (Tensor::<2>::ones([4, 3], &device), Tensor::<2>::ones([4, 2], &device));
    /// assert_eq!(LayerProduct::WeightGradient.compute(x, g).dims(), [3, 2]);
    /// ```
    pub fn compute(self, left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
        self.compute_in(Precision::F32, left, right)
    }

    /// [`compute`](Self::compute) with the precision of a hidden layer in training. On devices
    /// other than `flex`, and for layers of at most 16 units, the precision is that of the tensors.
    #[cfg_attr(not(feature = "flex"), allow(unused_variables, reason = "only `flex` has others"))]
    pub fn compute_in(self, precision: Precision, left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
        #[cfg(feature = "flex")]
        if let Some(product) = crate::product_flex::layer_product(self, precision, &left, &right) {
            return product;
        }
        self.compute_by_burn(left, right)
    }

    /// Computes the product with Burn's own operation.
    pub fn compute_by_burn(self, left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Forward => left.matmul(right),
            Self::WeightGradient => left.transpose().matmul(right),
            Self::InputGradient => left.matmul(right.transpose()),
        }
    }

    /// Returns the floating-point operations for factors of these shapes: a multiplication and an
    /// addition for each of N times inputs times outputs.
    pub fn flops(self, left: [usize; 2], right: [usize; 2]) -> u64 {
        let third = if self == Self::InputGradient { right[0] } else { right[1] };
        2 * (left[0] * left[1] * third) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Initializer, Key};
    use burn::tensor::Device;

    /// Compares both implementations for layers that narrow, layers that widen, and layers with few
    /// units.
    #[test]
    fn burn_gives_the_same() {
        let device = Device::flex();
        let draw =
            |rows, columns, key| Initializer::Xavier.weights(rows, columns, Key::new(key), &device);
        for [n, inputs, outputs] in [[5, 7, 3], [300, 200, 130], [130, 260, 520], [64, 300, 10]] {
            let (x, w, g) = (draw(n, inputs, 1), draw(inputs, outputs, 2), draw(n, outputs, 3));
            for (product, left, right) in [
                (LayerProduct::Forward, &x, &w),
                (LayerProduct::WeightGradient, &x, &g),
                (LayerProduct::InputGradient, &g, &w),
            ] {
                let own = product.compute(left.clone(), right.clone());
                let burn = product.compute_by_burn(left.clone(), right.clone());
                let half = product.compute_in(Precision::Bf16, left.clone(), right.clone());
                assert_eq!([own.dims(), half.dims()], [burn.dims(); 2]);
                let difference =
                    |own: Tensor<2>| (own - burn.clone()).abs().max().into_scalar::<f32>();
                let (own, half) = (difference(own), difference(half));
                assert!(own < 1e-4, "{product:?} of {n}, {inputs}, {outputs}: {own}");
                // Layers of few units have 32 bits in any case.
                let range = if outputs > 16 { 1e-5..3e-2 } else { 0.0..1e-4 };
                assert!(range.contains(&half), "{product:?} of {n}, {inputs}, {outputs}: {half}");
                assert_eq!(
                    product.flops(left.dims(), right.dims()),
                    2 * (n * inputs * outputs) as u64
                );
            }
        }
    }
}
