//! The weighted sums x W + b of a layer as one operation on the CPU backend `flex`, with a backward
//! pass of its own.
//!
//! Burn-flex 0.22.1 clears the memory of each product and copies it before computing. For the
//! gradient of a large weight matrix, 12 MB at 3072 x 1024, that is a tenth of a training step.
//! This operation writes each number once. Products with few columns have a kernel of their own
//! (`narrow_flex.rs`).

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use crate::bias::{add_bias, column_sums};
use crate::flex::{self, Differentiable, Opened, open};
use crate::matrix::{Matrix, Order, forwards, product_of, turned};
use crate::narrow_flex::{self, WIDEST};
use crate::{LayerProduct, Precision, bf16};

/// Computes x W on `flex`. Returns `None` on other devices and for other precisions.
#[cfg(test)]
pub(crate) fn product(input: &Tensor<2>, weight: &Tensor<2>) -> Option<Tensor<2>> {
    affine(input.clone(), weight.clone(), None, Precision::F32).ok()
}

/// Computes x W + b on `flex`. `precision` is that of products with gradients. Those without have
/// 32 bits, and are the same as with gradients of 32 bits. Returns the input as an error on other
/// devices, and for tensors of other types.
pub(crate) fn affine(
    input: Tensor<2>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    precision: Precision,
) -> Result<Tensor<2>, Tensor<2>> {
    let Ok(weight) = open(weight) else { return Err(input) };
    let bias = match bias.map(flex::open_rows) {
        None => None,
        Some(Ok(bias)) => Some(bias),
        Some(Err(_)) => return Err(input),
    };
    match (open(input)?, weight, bias) {
        (Opened::Plain(x), Opened::Plain(w), None) => {
            Ok(plain(forward(&x, &w, None, Precision::F32)))
        }
        (Opened::Plain(x), Opened::Plain(w), Some(Opened::Plain(b))) => {
            Ok(plain(forward(&x, &w, Some(&b), Precision::F32)))
        }
        (Opened::Differentiable(x), Opened::Differentiable(w), None) => {
            Ok(differentiable(x, w, precision))
        }
        (Opened::Differentiable(x), Opened::Differentiable(w), Some(Opened::Differentiable(b))) => {
            Ok(differentiable_with_bias(x, w, &b, precision))
        }
        (x, ..) => Err(x.into_tensor()),
    }
}

/// Computes only the product of a layer. Returns `None` on other devices and for other precisions.
pub(crate) fn layer_product(
    product: LayerProduct,
    precision: Precision,
    left: &Tensor<2>,
    right: &Tensor<2>,
) -> Option<Tensor<2>> {
    let (Ok(Opened::Plain(left)), Ok(Opened::Plain(right))) =
        (open(left.clone()), open(right.clone()))
    else {
        return None;
    };
    Some(plain(match product {
        LayerProduct::Forward => forward(&left, &right, None, precision),
        LayerProduct::WeightGradient => transposed_product(&left, &right, precision),
        LayerProduct::InputGradient => input_gradient(&left, &right, precision),
    }))
}

fn plain(x: FlexTensor) -> Tensor<2> {
    Tensor::from_primitive::<Flex>(x)
}

fn differentiable(x: Differentiable, w: Differentiable, precision: Precision) -> Tensor<2> {
    let output = forward(x.primitive(), w.primitive(), None, precision);
    let output =
        match Product.prepare::<NoCheckpointing>([x.node(), w.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(Factors::of(x, w, precision), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

fn differentiable_with_bias(
    x: Differentiable,
    w: Differentiable,
    b: &Differentiable,
    precision: Precision,
) -> Tensor<2> {
    let output = forward(x.primitive(), w.primitive(), Some(b.primitive()), precision);
    let nodes = [x.node(), w.node(), b.node()];
    let output = match ProductWithBias.prepare::<NoCheckpointing>(nodes).compute_bound().stateful()
    {
        OpsKind::Tracked(prepared) => prepared.finish(Factors::of(x, w, precision), output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

/// Computes x W + b.
fn forward(
    x: &FlexTensor,
    w: &FlexTensor,
    bias: Option<&FlexTensor>,
    precision: Precision,
) -> FlexTensor {
    let ([rows, inputs], [_, outputs]) = (x.layout().shape().dims(), w.layout().shape().dims());
    let mut values = if outputs <= WIDEST
        && let (Some(x), Some(w)) = (x.as_slice(), w.as_slice())
    {
        narrow_flex::product(x, w, [rows, inputs, outputs])
    } else {
        let (x, w) = (forwards(x), forwards(w));
        product_in(precision, outputs, &Matrix::of(&x), &Matrix::of(&w))
    };
    if let Some(bias) = bias.and_then(FlexTensor::as_slice) {
        add_bias(&mut values, bias);
    }
    flex::tensor(values, [rows, outputs])
}

/// Computes a product of a layer with `outputs` units in row-major order. Few units have 32 bits.
fn product_in(
    precision: Precision,
    outputs: usize,
    left: &Matrix<'_>,
    right: &Matrix<'_>,
) -> Vec<f32> {
    match precision {
        Precision::Bf16 if outputs > WIDEST => bf16::product_of(left, right),
        _ => product_of(left, right, Order::Rows),
    }
}

/// The factors that the backward pass needs.
#[derive(Clone, Debug)]
struct Factors {
    /// The input, if the weight needs a gradient.
    x: Option<FlexTensor>,
    /// The weight, if the input needs a gradient.
    w: Option<FlexTensor>,
    precision: Precision,
}

impl Factors {
    fn of(x: Differentiable, w: Differentiable, precision: Precision) -> Self {
        let (of_x, of_w) = (x.is_tracked(), w.is_tracked());
        let (x, w) = (of_w.then(|| x.into_primitive()), of_x.then(|| w.into_primitive()));
        Self { x, w, precision }
    }

    fn register(
        self,
        [input, weight]: [Option<NodeId>; 2],
        gradient: &FlexTensor,
        gradients: &mut Gradients,
    ) {
        if let (Some(node), Some(w)) = (input, self.w) {
            gradients.register::<Flex>(node, input_gradient(gradient, &w, self.precision));
        }
        if let (Some(node), Some(x)) = (weight, self.x) {
            gradients.register::<Flex>(node, transposed_product(&x, gradient, self.precision));
        }
    }
}

#[derive(Debug)]
struct Product;

impl Backward<Flex, 2> for Product {
    type State = Factors;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        ops.state.register(ops.parents.map(|node| node.map(|node| node.id)), &gradient, gradients);
    }
}

#[derive(Debug)]
struct ProductWithBias;

impl Backward<Flex, 3> for ProductWithBias {
    type State = Factors;

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [input, weight, bias] = ops.parents.map(|node| node.map(|node| node.id));
        let gradient = gradients.consume::<Flex>(&ops.node);
        if let Some(node) = bias {
            gradients.register::<Flex>(node, column_sums(&gradient));
        }
        ops.state.register([input, weight], &gradient, gradients);
    }
}

/// Computes x^T g.
///
/// # Shapes
/// `[N, inputs]` and `[N, outputs]` to `[inputs, outputs]`.
fn transposed_product(x: &FlexTensor, g: &FlexTensor, precision: Precision) -> FlexTensor {
    let ([rows, inputs], [_, outputs]) = (x.layout().shape().dims(), g.layout().shape().dims());
    if outputs <= WIDEST
        && let (Some(x), Some(g)) = (x.as_slice(), g.as_slice())
    {
        let values = narrow_flex::transposed_product(x, g, [rows, inputs, outputs]);
        return flex::tensor(values, [inputs, outputs]);
    }
    let (x, g) = (forwards(x), forwards(g));
    let (left, right) = (Matrix::of(&x).transposed(), Matrix::of(&g));
    let values = product_in(precision, outputs, &left, &right);
    flex::tensor(values, [inputs, outputs])
}

/// Computes g W^T.
///
/// With 32 bits and few rows the product is computed column by column and transposed afterwards.
/// Row by row, gemm first copies all of W into another order, which then takes most of the time
/// (128 rows and two threads: 512 x 1024 weights 246 GFLOP/s against 174, 1024 x 512 weights 175
/// against 132; for 512 rows there is no gain).
///
/// # Shapes
/// `[N, outputs]` and `[inputs, outputs]` to `[N, inputs]`.
fn input_gradient(g: &FlexTensor, w: &FlexTensor, precision: Precision) -> FlexTensor {
    /// The number of rows above which transposing the product costs more than copying W.
    const FEW: usize = 256;
    let ([rows, outputs], [inputs, _]) = (g.layout().shape().dims(), w.layout().shape().dims());
    let (g, w) = (forwards(g), forwards(w));
    let (left, right) = (Matrix::of(&g), Matrix::of(&w).transposed());
    let by_rows = rows > FEW || precision != Precision::F32 && outputs > WIDEST;
    let values = if by_rows {
        product_in(precision, outputs, &left, &right)
    } else {
        turned(&product_of(&left, &right, Order::Columns), [rows, inputs])
    };
    flex::tensor(values, [rows, inputs])
}

#[cfg(test)]
mod tests;
