//! The matrix product of a hidden layer on the CPU backend `flex`, with a backward pass of its own.
//!
//! Burn-flex 0.22.1 clears the memory of each product and copies it once more before it computes. For the gradient of a large weight matrix, 12 MB at 3072 x 1024, that is a tenth of a
//! training step (measured in ARCHITECTURE.md). This one writes each number once. Products with few columns have a kernel of their own (`narrow_flex.rs`).

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::ModuleOps;
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::tensor::{DType, Tensor, TensorData};
use burn_flex::FlexTensor;

use crate::narrow_flex::{self, WIDEST};

/// x W on `flex`, the same bits with gradients and without; none on any other device and in other precision.
pub(crate) fn product(input: &Tensor<2>, weight: &Tensor<2>) -> Option<Tensor<2>> {
    match input.device().as_dispatch() {
        DispatchDevice::Autodiff(_) => differentiable(input, weight),
        DispatchDevice::Flex(_) => {
            let (x, w) = (input.clone().try_into_primitive::<Flex>().ok()?, weight.clone().try_into_primitive::<Flex>().ok()?);
            are_floats(&x, &w).then(|| Tensor::from_primitive::<Flex>(forward(&x, &w)))
        }
        #[allow(unreachable_patterns, reason = "where no other backend is compiled in")]
        _ => None,
    }
}

fn are_floats(x: &FlexTensor, w: &FlexTensor) -> bool {
    x.dtype() == DType::F32 && w.dtype() == DType::F32
}

fn differentiable(input: &Tensor<2>, weight: &Tensor<2>) -> Option<Tensor<2>> {
    let input = input.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
    let weight = weight.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
    if !are_floats(input.primitive(), weight.primitive()) {
        return None;
    }
    let (x, w) = (input.primitive().clone(), weight.primitive().clone());
    let forward = forward(&x, &w);
    let output = match Product.prepare::<NoCheckpointing>([input.node(), weight.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((x, input.is_tracked().then_some(w)), forward),
        OpsKind::UnTracked(prepared) => prepared.finish(forward),
    };
    Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
}

/// x W.
fn forward(x: &FlexTensor, w: &FlexTensor) -> FlexTensor {
    let ([rows, inputs], [_, outputs]) = (x.layout().shape().dims(), w.layout().shape().dims());
    match (outputs <= WIDEST, x.as_slice(), w.as_slice()) {
        (true, Some(x), Some(w)) => matrix(narrow_flex::product(x, w, [rows, inputs, outputs]), [rows, outputs]),
        _ => Flex::linear(x.clone(), w.clone(), None),
    }
}

fn matrix(values: Vec<f32>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
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
            gradients.register::<Flex>(node.id, input_gradient(&gradient, &w));
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
    let ([rows, inputs], [_, outputs]) = (x.layout().shape().dims(), g.layout().shape().dims());
    if outputs <= WIDEST
        && let (Some(x), Some(g)) = (x.as_slice(), g.as_slice())
    {
        return matrix(narrow_flex::transposed_product(x, g, [rows, inputs, outputs]), [inputs, outputs]);
    }
    let (x, g) = (forwards(x), forwards(g));
    matrix(product_of(&Matrix::of(&x).transposed(), &Matrix::of(&g), Order::Rows), [inputs, outputs])
}

/// g W^T.
///
/// For few rows and a layer that widens, the product is written column by column and turned afterwards: row by row, gemm copies all of W into another order first, which then takes most of the time (128 rows,
/// 512 x 1024 weights: 0.66 ms against 1.23; of 512 rows, or 1024 x 512 weights, it is no gain).
///
/// # Shapes
/// `[N, outputs]` and `[inputs, outputs]` to `[N, inputs]`.
fn input_gradient(g: &FlexTensor, w: &FlexTensor) -> FlexTensor {
    /// Rows beyond which turning the product costs more than turning W.
    const FEW: usize = 256;
    let ([rows, outputs], [inputs, _]) = (g.layout().shape().dims(), w.layout().shape().dims());
    if rows > FEW || outputs <= inputs {
        return Flex::linear_x_backward(w.clone(), g.clone());
    }
    let (g, w) = (forwards(g), forwards(w));
    let turned = product_of(&Matrix::of(&g), &Matrix::of(&w).transposed(), Order::Columns);
    matrix(turned, [inputs, rows]).transpose(0, 1).to_contiguous()
}

/// The same numbers, no axis of which runs backwards in memory as that of a flipped tensor does.
fn forwards(tensor: &FlexTensor) -> FlexTensor {
    if tensor.layout().strides().iter().all(|stride| *stride >= 0) { tensor.clone() } else { tensor.to_contiguous() }
}

/// How a matrix lies in memory.
#[derive(Clone, Copy)]
enum Order {
    Rows,
    Columns,
}

/// left right.
fn product_of(left: &Matrix<'_>, right: &Matrix<'_>, order: Order) -> Vec<f32> {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert_eq!(k, right.rows, "as many columns to the left as rows to the right");
    if m == 0 || k == 0 || n == 0 {
        return vec![0.0; m * n];
    }
    let mut out: Vec<f32> = Vec::with_capacity(m * n);
    let (column_stride, row_stride) = match order {
        Order::Rows => (1, n as isize),
        Order::Columns => (m as isize, 1),
    };
    // Small products are not worth waking other threads for: burn-flex's own threshold.
    let parallelism = if m * n * k >= 192 * 192 * 192 { gemm::Parallelism::Rayon(0) } else { gemm::Parallelism::None };
    #[allow(unsafe_code, reason = "gemm takes pointers; Matrix keeps its strides inside its slice, and gemm writes all of out")]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            column_stride,
            row_stride,
            false,
            left.values.as_ptr(),
            left.column_stride,
            left.row_stride,
            right.values.as_ptr(),
            right.column_stride,
            right.row_stride,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
        out.set_len(m * n);
    }
    out
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
        let inside = row_stride >= 0 && column_stride >= 0 && (last as usize) < values.len();
        assert!(rows == 0 || columns == 0 || inside, "a matrix lies inside its buffer");
        Self { values, rows, columns, row_stride, column_stride }
    }

    fn transposed(self) -> Self {
        let Self { values, rows, columns, row_stride, column_stride } = self;
        Self { values, rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride }
    }
}

#[cfg(test)]
mod tests;
