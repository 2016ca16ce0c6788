//! Gradients by two other methods: differences of the values, and Burn's automatic differentiation.

use burn::tensor::{DType, Device, Tensor, TensorData, activation};

use super::graph::Graph;
use super::operation::{Function, Operation};

/// Step widths, relative to the larger of the value and 1 (or to the value itself where none of
/// these can be used).
const WIDTHS: [f64; 5] = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/// Returns the derivative with respect to each variable, `(f(x + h) - f(x - h)) / 2h`. A large step
/// has a large truncation error and a small one a large rounding error; the result is the one of
/// the step whose value differs least from that of the next larger step. NaN where f is not defined
/// near x.
pub(super) fn central_differences(graph: &Graph, at: &[f64]) -> Vec<f64> {
    each_name(at, |name, h| (moved(graph, at, name, h) - moved(graph, at, name, -h)) / (2.0 * h))
}

/// Returns the left and the right derivative with respect to each variable.
pub(super) fn one_sided_differences(graph: &Graph, at: &[f64]) -> [Vec<f64>; 2] {
    let here = graph.forward(at).last().copied().unwrap_or(f64::NAN);
    [-1.0, 1.0]
        .map(|side| each_name(at, |name, h| (moved(graph, at, name, side * h) - here) / (side * h)))
}

fn each_name(at: &[f64], difference: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let settled = |name: usize, scale: f64| {
        let all = WIDTHS.map(|width| difference(name, width * scale));
        let change = |pair: &&[f64]| (pair[1] - pair[0]).abs();
        let best = all
            .windows(2)
            .filter(|pair| change(pair).is_finite())
            .min_by(|a, b| change(a).total_cmp(&change(b)));
        best.map(|pair| pair[1])
    };
    // Close to 0, a large step may leave the domain of a logarithm or a root.
    let of = |(name, value): (usize, &f64)| {
        settled(name, value.abs().max(1.0))
            .or_else(|| settled(name, value.abs()))
            .unwrap_or(f64::NAN)
    };
    at.iter().enumerate().map(of).collect()
}

/// Returns the result with one variable changed.
fn moved(graph: &Graph, at: &[f64], name: usize, by: f64) -> f64 {
    let mut at = at.to_vec();
    at[name] += by;
    graph.forward(&at).last().copied().unwrap_or(f64::NAN)
}

/// Returns the derivative with respect to each variable by Burn's automatic differentiation in 64
/// bits. Returns `None` if the device does not support 64 bits or cannot return its numbers.
pub(super) fn burn_gradients(graph: &Graph, at: &[f64], device: &Device) -> Option<Vec<f64>> {
    if !device.supports_dtype(DType::F64) {
        return None;
    }
    let device = device.clone().autodiff();
    let scalar = |value: f64| {
        Tensor::<1>::from_data(TensorData::new(vec![value], [1]), (&device, DType::F64))
    };
    let mut given = at.iter();
    let mut tensors: Vec<Tensor<1>> = Vec::new();
    for node in &graph.nodes {
        let inputs: Vec<Tensor<1>> =
            node.inputs.iter().map(|input| tensors[*input].clone()).collect();
        tensors.push(match (&node.operation, &inputs[..]) {
            (Operation::Input(_), _) => scalar(*given.next()?).require_grad(),
            (Operation::Number(number), _) => scalar(*number),
            (operation, inputs) => in_burn(operation, inputs)?,
        });
    }
    let gradients = tensors.last()?.clone().backward();
    let gradient = |node: usize| match tensors[node].grad(&gradients) {
        Some(gradient) => gradient.try_into_vec_as::<f64>().ok()?.first().copied(),
        None => Some(0.0),
    };
    graph.names().map(|(_, node)| gradient(node)).collect()
}

fn in_burn(operation: &Operation, inputs: &[Tensor<1>]) -> Option<Tensor<1>> {
    let one = |i: usize| inputs.get(i).cloned();
    Some(match operation {
        Operation::Input(_) | Operation::Number(_) => return None,
        Operation::Add => one(0)? + one(1)?,
        Operation::Subtract => one(0)? - one(1)?,
        Operation::Multiply => one(0)? * one(1)?,
        Operation::Divide => one(0)? / one(1)?,
        Operation::Power => one(0)?.powf(one(1)?),
        Operation::PowerOf(c) => one(0)?.powf_scalar(*c),
        Operation::Negate => -one(0)?,
        Operation::Max => one(0)?.max_pair(one(1)?),
        Operation::Min => one(0)?.min_pair(one(1)?),
        Operation::Function(function) => {
            let a = one(0)?;
            match function {
                Function::Exp => a.exp(),
                Function::Ln => a.log(),
                Function::Sqrt => a.sqrt(),
                Function::Relu => activation::relu(a),
                Function::Sigmoid => activation::sigmoid(a),
                Function::Tanh => a.tanh(),
                Function::Sin => a.sin(),
                Function::Cos => a.cos(),
                Function::Abs => a.abs(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    /// Compares the three methods for every operation.
    #[test]
    fn three_ways_agree() {
        for expression in [
            "x + y - x*y/3",
            "x^y + y^x",
            "x^3 - y^-1.5 + x^0",
            "max(x, y)*2 + min(x, y)",
            "-exp(x - y) + ln(x*y)",
            "sqrt(x + y) * relu(x) - relu(-y)",
            "sigmoid(x)*tanh(y)",
            "sin(x)*cos(y) + abs(x - y)",
        ] {
            let graph = parse(expression).unwrap();
            for at in [[0.7, 1.9], [2.5, 0.3]] {
                let passes = graph.passes(&at, Operation::derivatives).unwrap();
                let ours: Vec<f64> =
                    graph.names().map(|(_, node)| passes.gradients[node].unwrap()).collect();
                let differences = central_differences(&graph, &at);
                let burn = burn_gradients(&graph, &at, &Device::flex()).unwrap();
                for ((ours, difference), burn) in ours.iter().zip(differences).zip(burn) {
                    assert!(
                        (ours - difference).abs() < 1e-7 * ours.abs().max(1.0),
                        "{expression} at {at:?}: {ours}, {difference}"
                    );
                    assert!(
                        (ours - burn).abs() < 1e-12 * ours.abs().max(1.0),
                        "{expression} at {at:?}: {ours}, Burn {burn}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_kink_has_two_slopes() {
        let graph = parse("abs(x) + 2*x").unwrap();
        let [left, right] = one_sided_differences(&graph, &[0.0]);
        assert!(
            (left[0] - 1.0).abs() < 1e-9 && (right[0] - 3.0).abs() < 1e-9,
            "{left:?} {right:?}"
        );
        let steep = central_differences(&parse("ln(x)").unwrap(), &[1e-9])[0];
        assert!((steep / 1e9 - 1.0).abs() < 1e-6, "{steep}");
    }
}
