//! The matrix product of a hidden layer on the CPU backend `flex`, with a backward pass of its own.
//!
//! Burn-flex 0.22.1 clears the memory of each product and copies it once more before it computes. For the gradient of a large weight matrix, 12 MB at 3072 x 1024, that is a tenth of a
//! training step (measured in ARCHITECTURE.md). This one writes each number once.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::ModuleOps;
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::tensor::{DType, Tensor, TensorData};
use burn_flex::FlexTensor;

/// x W while training on `flex`; none on any other device, in other precision and without gradients.
pub(crate) fn product(input: &Tensor<2>, weight: &Tensor<2>) -> Option<Tensor<2>> {
    let device = input.device();
    let DispatchDevice::Autodiff(_) = device.as_dispatch() else { return None };
    let input = input.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
    let weight = weight.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
    if input.primitive().dtype() != DType::F32 || weight.primitive().dtype() != DType::F32 {
        return None;
    }
    let (x, w) = (input.primitive().clone(), weight.primitive().clone());
    let forward = Flex::linear(x.clone(), w.clone(), None);
    let output = match Product.prepare::<NoCheckpointing>([input.node(), weight.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((x, input.is_tracked().then_some(w)), forward),
        OpsKind::UnTracked(prepared) => prepared.finish(forward),
    };
    Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
}

#[derive(Debug)]
struct Product;

impl Backward<Flex, 2> for Product {
    /// The input; and the weight, where the input's gradient is wanted too.
    type State = (FlexTensor, Option<FlexTensor>);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [input, weight] = ops.parents;
        let (x, w) = ops.state;
        let gradient = gradients.consume::<Flex>(&ops.node);
        if let (Some(node), Some(w)) = (input, w) {
            gradients.register::<Flex>(node.id, Flex::linear_x_backward(w, gradient.clone()));
        }
        if let Some(node) = weight {
            gradients.register::<Flex>(node.id, transposed_product(&x, &gradient));
        }
    }
}

/// x^T g.
///
/// # Shapes
/// `[N, inputs]` and `[N, outputs]` to `[inputs, outputs]`.
fn transposed_product(x: &FlexTensor, g: &FlexTensor) -> FlexTensor {
    let (x, g) = (Matrix::of(x), Matrix::of(g));
    let (m, k, n) = (x.columns, x.rows, g.columns);
    assert_eq!(k, g.rows, "input and gradient have the same rows");
    let mut out: Vec<f32> = Vec::with_capacity(m * n);
    // Small products are not worth waking other threads for: burn-flex's own threshold.
    let parallelism = if m * n * k >= 192 * 192 * 192 { gemm::Parallelism::Rayon(0) } else { gemm::Parallelism::None };
    #[allow(unsafe_code, reason = "gemm takes pointers; Matrix keeps its strides inside its slice, and gemm writes all of out")]
    unsafe {
        let (left, right) = (x.values.as_ptr(), g.values.as_ptr());
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            false,
            left,
            x.row_stride,
            x.column_stride,
            right,
            g.column_stride,
            g.row_stride,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
        out.set_len(m * n);
    }
    FlexTensor::from_data(TensorData::new(out, [m, n]))
}

/// A matrix inside a buffer.
struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
}

impl<'a> Matrix<'a> {
    fn of(tensor: &'a FlexTensor) -> Self {
        let layout = tensor.layout();
        let [rows, columns] = layout.shape().dims();
        let strides = layout.strides();
        let (row_stride, column_stride) = (strides[0], strides[1]);
        let values = &tensor.storage::<f32>()[layout.start_offset()..];
        let last = row_stride * (rows as isize - 1).max(0) + column_stride * (columns as isize - 1).max(0);
        assert!(row_stride >= 0 && column_stride >= 0 && (last as usize) < values.len(), "a matrix lies inside its buffer");
        Self { values, rows, columns, row_stride, column_stride }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Initializer, Key};
    use burn::tensor::Device;

    fn gradients(own: bool, shape: [usize; 3]) -> [Vec<f32>; 3] {
        let device = Device::flex().autodiff();
        let [n, inputs, outputs] = shape;
        let draw = |rows, columns, seed| Initializer::Xavier.weights(rows, columns, Key::new(seed), &device).require_grad();
        let (x, w) = (draw(n, inputs, 1), draw(inputs, outputs, 2));
        let y = if own { product(&x, &w).unwrap() } else { x.clone().matmul(w.clone()) };
        // Squared, so that the gradient differs from entry to entry; transposed and back, so that it is not contiguous.
        let gradients = y.clone().transpose().square().sum().backward();
        let host = |t: Tensor<2>| t.try_into_vec_as::<f32>().unwrap();
        [host(y.inner()), host(x.grad(&gradients).unwrap()), host(w.grad(&gradients).unwrap())]
    }

    #[test]
    fn equals_burns_own_product_and_gradients() {
        for shape in [[1, 1, 1], [5, 7, 3], [16, 33, 20], [128, 300, 200]] {
            for (own, burns) in gradients(true, shape).iter().zip(gradients(false, shape)) {
                assert_eq!(own.len(), burns.len());
                for (a, b) in own.iter().zip(burns) {
                    assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{shape:?}: {a} and {b}");
                }
            }
        }
    }

    #[test]
    fn other_devices_are_left_to_burn() {
        let x = Tensor::<2>::ones([2, 2], &Device::flex());
        assert!(product(&x, &x).is_none(), "no gradients wanted");
    }
}
