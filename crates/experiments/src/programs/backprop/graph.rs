//! An expression as a graph: forward values, and reverse-mode gradients by the chain rule.

use super::operation::Operation;

/// An operation, with the nodes that are its inputs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) operation: Operation,
    pub(super) inputs: Vec<usize>,
    /// Position in the expression at which it begins, counted from 1.
    pub(super) place: usize,
}

/// An expression. The inputs of a node come before it, and the last node is the result. Each
/// variable has one node, however often it is used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

/// Derivatives of an operation with respect to its inputs, given their values and its own.
pub(super) type Rule = fn(&Operation, &[f64], f64) -> Vec<f64>;

/// Results of the forward and the backward pass at one point.
#[derive(Clone, Debug)]
pub(super) struct Passes {
    /// Value of each node.
    pub(super) values: Vec<f64>,
    /// Derivative of each node with respect to each of its inputs.
    pub(super) local: Vec<Vec<f64>>,
    /// Derivative of the result with respect to each node; `None` where the node depends on no
    /// variable.
    pub(super) gradients: Vec<Option<f64>>,
}

/// A node whose value or derivative is infinite or NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NotFinite {
    pub(super) node: usize,
    pub(super) got: f64,
    pub(super) derivative: bool,
}

impl Graph {
    /// Returns the variables with their nodes, in the order of their first use.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.nodes.iter().enumerate().filter_map(|(i, node)| match &node.operation {
            Operation::Input(name) => Some((name.as_str(), i)),
            _ => None,
        })
    }

    /// Returns the values of all nodes; `at` holds those of the variables in their order.
    pub(super) fn forward(&self, at: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.nodes.len());
        let mut given = at.iter();
        for node in &self.nodes {
            let inputs = input_values(node, &values);
            values.push(match &node.operation {
                Operation::Input(_) => given.next().copied().unwrap_or(f64::NAN),
                operation => operation.value(&inputs),
            });
        }
        values
    }

    /// Computes the values forwards and the gradients backwards: the gradient of a node is the sum
    /// over the nodes that use it of their gradient times their derivative with respect to it.
    pub(super) fn passes(&self, at: &[f64], rule: Rule) -> Result<Passes, NotFinite> {
        let values = self.forward(at);
        if let Some(node) = values.iter().position(|value| !value.is_finite()) {
            return Err(NotFinite { node, got: values[node], derivative: false });
        }
        let local: Vec<Vec<f64>> = self
            .nodes
            .iter()
            .zip(&values)
            .map(|(node, value)| rule(&node.operation, &input_values(node, &values), *value))
            .collect();
        let mut gradients = self
            .named()
            .into_iter()
            .map(|named| named.then_some(0.0))
            .collect::<Vec<Option<f64>>>();
        if let Some(Some(result)) = gradients.last_mut() {
            *result = 1.0;
        }
        for (i, node) in self.nodes.iter().enumerate().rev() {
            let Some(gradient) = gradients[i] else { continue };
            for (input, derivative) in node.inputs.iter().zip(&local[i]) {
                if let Some(sum) = &mut gradients[*input] {
                    *sum += gradient * derivative;
                    if !sum.is_finite() {
                        return Err(NotFinite { node: i, got: *derivative, derivative: true });
                    }
                }
            }
        }
        Ok(Passes { values, local, gradients })
    }

    /// Returns the nodes that have a kink at a point with these values.
    pub(super) fn kinks(&self, values: &[f64]) -> Vec<usize> {
        let kink = |node: &Node| node.operation.has_kink(&input_values(node, values));
        (0..self.nodes.len()).filter(|i| kink(&self.nodes[*i])).collect()
    }

    /// Returns for each node whether it depends on a variable.
    fn named(&self) -> Vec<bool> {
        let mut named: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            named.push(
                matches!(node.operation, Operation::Input(_))
                    || node.inputs.iter().any(|input| named[*input]),
            );
        }
        named
    }
}

fn input_values(node: &Node, values: &[f64]) -> Vec<f64> {
    node.inputs.iter().map(|input| values[*input]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn gradients(expression: &str, at: &[f64]) -> Vec<f64> {
        let graph = parse(expression).unwrap();
        let passes = graph.passes(at, Operation::derivatives).unwrap();
        graph.names().map(|(_, node)| passes.gradients[node].unwrap()).collect()
    }

    /// Tests the lecture's example, and a point at which the other argument of max is the larger.
    #[test]
    fn the_lecture_s_gradient() {
        let graph = parse("(x*y + max(z, w))^2").unwrap();
        assert_eq!(
            graph.passes(&[4.0, -2.0, 5.0, -1.0], Operation::derivatives).unwrap().values.last(),
            Some(&9.0)
        );
        assert_eq!(
            gradients("(x*y + max(z, w))^2", &[4.0, -2.0, 5.0, -1.0]),
            [12.0, -24.0, -6.0, 0.0]
        );
        // m = 1·3 + 2 = 5: 2m = 10.
        assert_eq!(
            gradients("(x*y + max(z, w))^2", &[1.0, 3.0, -7.0, 2.0]),
            [30.0, 10.0, 0.0, 10.0]
        );
    }

    #[test]
    fn a_name_sums_up_what_its_uses_hand_it() {
        assert_eq!(gradients("x*x + x", &[3.0]), [7.0]);
        assert_eq!(gradients("x - x", &[3.0]), [0.0]);
    }

    #[test]
    fn of_equals_the_first_gets_the_gradient() {
        assert_eq!(gradients("max(x, y)", &[2.0, 2.0]), [1.0, 0.0]);
        assert_eq!(gradients("min(x, y)", &[2.0, 2.0]), [1.0, 0.0]);
        assert_eq!(gradients("relu(x) + abs(x)", &[0.0]), [0.0]);
        let graph = parse("max(x, 2) + relu(x)").unwrap();
        assert_eq!(graph.kinks(&graph.forward(&[2.0])).len(), 1);
    }

    #[test]
    fn what_is_not_finite_is_found() {
        let failure = |expression: &str, at: f64| {
            let graph = parse(expression).unwrap();
            let failure = graph.passes(&[at], Operation::derivatives).unwrap_err();
            (graph.nodes[failure.node].operation.label(), failure.derivative)
        };
        assert_eq!(failure("3 + 1/x", 0.0), ("/".to_owned(), false));
        assert_eq!(failure("ln(x)", -1.0), ("ln".to_owned(), false));
        assert_eq!(failure("2 * sqrt(x)", 0.0), ("sqrt".to_owned(), true));
        // The exponent is a number: that -2 has no logarithm does not matter.
        assert_eq!(gradients("x^(1+1)", &[-2.0]), [-4.0]);
    }
}
