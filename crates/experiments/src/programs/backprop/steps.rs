//! The forward and the backward pass, step by step, as a table and as one picture for each step.

use zunder_report::{Drawing, Figure, GraphNode, GraphStep, Table, computation_step};

use super::super::number::significant;
use super::graph::{Graph, Passes};
use super::operation::Operation;

/// Largest number of steps that are drawn, one picture each.
const MOST_PICTURES: usize = 30;
/// Significant digits of values and gradients.
pub(super) const DIGITS: usize = 5;

/// One step: the value of a node, or its gradient.
pub(super) struct Step {
    pub(super) node: usize,
    pub(super) backward: bool,
    /// What is computed, as symbols: `v3 = v1 + v2`, or `∂f/∂v1 = ∂f/∂v3 · ∂v3/∂v1`.
    symbols: String,
    /// Derivatives of the operations that are used: `∂v3/∂v1 = 1`; empty forwards.
    derivatives: String,
    /// The same with the numbers in place.
    numbers: String,
    result: String,
}

/// Returns the name of each node: a variable keeps its name, a number is its digits, the result is
/// f, and the nodes between are v1, v2, ...
pub(super) fn node_names(graph: &Graph) -> Vec<String> {
    let taken: Vec<&str> = graph.names().map(|(name, _)| name).collect();
    // No variable of an expression contains a prime.
    let free =
        |name: String| if taken.contains(&name.as_str()) { format!("{name}'") } else { name };
    let (last, mut between) = (graph.nodes.len().saturating_sub(1), 0);
    let name = |(i, operation): (usize, &Operation)| match operation {
        Operation::Input(_) | Operation::Number(_) => operation.label(),
        _ if i == last => free("f".to_owned()),
        _ => {
            between += 1;
            free(format!("v{between}"))
        }
    };
    graph.nodes.iter().map(|node| &node.operation).enumerate().map(name).collect()
}

/// Returns all steps: the value of each operation from the inputs on, then the gradient of each
/// node that depends on a variable, from the result back.
pub(super) fn steps(graph: &Graph, passes: &Passes, names: &[String]) -> Vec<Step> {
    let computed = (0..graph.nodes.len()).filter(|i| !graph.nodes[*i].inputs.is_empty());
    let known = (0..graph.nodes.len()).rev().filter(|i| passes.gradients[*i].is_some());
    let forward = computed.map(|i| forward(graph, passes, names, i));
    forward.chain(known.map(|i| backward(graph, passes, names, i))).collect()
}

fn forward(graph: &Graph, passes: &Passes, names: &[String], i: usize) -> Step {
    let node = &graph.nodes[i];
    let inputs: Vec<&str> = node.inputs.iter().map(|input| names[*input].as_str()).collect();
    // The arguments of a function need no parentheses of their own.
    let is_function =
        matches!(node.operation, Operation::Max | Operation::Min | Operation::Function(_));
    let number = |input: &usize| {
        let text = significant(passes.values[*input], DIGITS);
        if text.starts_with('-') && !is_function { format!("({text})") } else { text }
    };
    let numbers: Vec<String> = node.inputs.iter().map(number).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    Step {
        node: i,
        backward: false,
        symbols: format!("{} = {}", names[i], node.operation.formula(&inputs)),
        derivatives: String::new(),
        numbers: node.operation.formula(&numbers),
        result: significant(passes.values[i], DIGITS),
    }
}

/// Adds up what the nodes that use node `i` hand to it: their gradient times their derivative.
fn backward(graph: &Graph, passes: &Passes, names: &[String], i: usize) -> Step {
    let f = names.last().map_or("f", String::as_str);
    let (mut symbols, mut derivatives, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (user, node) in graph.nodes.iter().enumerate() {
        let inputs: Vec<&str> = node.inputs.iter().map(|input| names[*input].as_str()).collect();
        let formulas = node.operation.derivative_formulas(&inputs, &names[user]);
        for ((input, value), formula) in node.inputs.iter().zip(&passes.local[user]).zip(formulas) {
            if let Some(gradient) = passes.gradients[user].filter(|_| *input == i) {
                let [gradient, value] = [gradient, *value].map(|value| significant(value, DIGITS));
                symbols.push(format!("∂{f}/∂{} · ∂{}/∂{}", names[user], names[user], names[i]));
                derivatives.push(format!("∂{}/∂{} = {formula}", names[user], names[i]));
                let value = if value.starts_with('-') { format!("({value})") } else { value };
                numbers.push(format!("{gradient} · {value}"));
            }
        }
    }
    derivatives.dedup();
    let gradient = format!("∂{f}/∂{}", names[i]);
    Step {
        node: i,
        backward: true,
        symbols: if symbols.is_empty() {
            gradient
        } else {
            format!("{gradient} = {}", symbols.join(" + "))
        },
        derivatives: derivatives.join(", "),
        numbers: numbers.join(" + "),
        result: passes.gradients[i].map_or_else(String::new, |g| significant(g, DIGITS)),
    }
}

/// Returns the steps as a table.
pub(super) fn table(steps: &[Step]) -> Table {
    let row = |(n, step): (usize, &Step)| {
        let cells = [&step.symbols, &step.derivatives, &step.numbers, &step.result];
        std::iter::once(format!("{} {}", n + 1, if step.backward { "←" } else { "→" }))
            .chain(cells.map(String::clone))
            .collect()
    };
    Table {
        caption: "Step by step: → forwards, the values; ← backwards, the gradients".to_owned(),
        headings: ["step", "computes", "derivative of the operation", "in numbers", "result"]
            .map(str::to_owned)
            .into(),
        rows: steps.iter().enumerate().map(row).collect(),
        words: true,
        ..Table::default()
    }
}

/// Draws the graph before the first step, where only the inputs are known, and after each step.
/// Returns no pictures for expressions of very many steps.
pub(super) fn pictures(nodes: &[GraphNode], steps: &[Step]) -> Vec<Figure> {
    if steps.len() > MOST_PICTURES {
        return Vec::new();
    }
    let picture = |(n, step): (usize, &Step)| {
        let shown = GraphStep {
            values: if step.backward { nodes.len() } else { step.node + 1 },
            gradients: if step.backward { nodes.len() - step.node } else { 0 },
            current: Some(step.node),
        };
        let way = if step.backward { "backwards" } else { "forwards" };
        let numbers = if step.numbers.is_empty() {
            // Only the gradient of the result has no chain rule.
            format!(" = {}", step.result)
        } else {
            format!(" = {} = {}", step.numbers, step.result)
        };
        let derivatives = if step.derivatives.is_empty() {
            String::new()
        } else {
            format!(", with {}", step.derivatives)
        };
        Figure {
            name: format!("step-{:02}", n + 1),
            caption: format!("Step {}, {way}: {}{numbers}{derivatives}.", n + 1, step.symbols),
            drawing: Drawing::Svg(computation_step(nodes, &shown)),
        }
    };
    let given = Figure {
        name: "step-00".to_owned(),
        caption: "The expression as a graph, with the values of its variables.".to_owned(),
        drawing: Drawing::Svg(computation_step(nodes, &GraphStep::default())),
    };
    std::iter::once(given).chain(steps.iter().enumerate().map(picture)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn rows(expression: &str, at: &[f64]) -> Vec<[String; 5]> {
        let graph = parse(expression).unwrap();
        let passes = graph.passes(at, Operation::derivatives).unwrap();
        let table = table(&steps(&graph, &passes, &node_names(&graph)));
        table.rows.into_iter().map(|row| row.try_into().unwrap()).collect()
    }

    /// The steps of the slides, in their order.
    #[test]
    fn the_lecture_s_steps() {
        let rows = rows("(x*y + max(z, w))^2", &[4.0, -2.0, 5.0, -1.0]);
        let of = |i: usize| rows[i].each_ref().map(String::as_str);
        assert_eq!(rows.len(), 4 + 8);
        assert_eq!(of(0), ["1 →", "v1 = x · y", "", "4 · (-2)", "-8"]);
        assert_eq!(of(1), ["2 →", "v2 = max(z, w)", "", "max(5, -1)", "5"]);
        assert_eq!(of(2), ["3 →", "v3 = v1 + v2", "", "(-8) + 5", "-3"]);
        assert_eq!(of(3), ["4 →", "f = v3^2", "", "(-3)^2", "9"]);
        assert_eq!(of(4), ["5 ←", "∂f/∂f", "", "", "1"]);
        assert_eq!(of(5), ["6 ←", "∂f/∂v3 = ∂f/∂f · ∂f/∂v3", "∂f/∂v3 = 2 · v3", "1 · (-6)", "-6"]);
        let results: Vec<&str> = (6..12).map(|i| of(i)[4]).collect();
        // max, w, z, product, y, x
        assert_eq!(results, ["-6", "0", "-6", "-6", "-24", "12"]);
        assert_eq!(of(7)[2], "∂v2/∂w = 1 if w > z, else 0");
    }

    #[test]
    fn a_variable_adds_up_what_its_uses_hand_it() {
        let rows = rows("x*x + v1", &[3.0, 1.0]);
        assert_eq!(
            rows.iter().map(|row| row[1].split(" = ").next().unwrap()).collect::<Vec<_>>(),
            ["v1'", "f", "∂f/∂f", "∂f/∂v1", "∂f/∂v1'", "∂f/∂x"]
        );
        assert_eq!(
            rows[5][1..],
            ["∂f/∂x = ∂f/∂v1' · ∂v1'/∂x + ∂f/∂v1' · ∂v1'/∂x", "∂v1'/∂x = x", "1 · 3 + 1 · 3", "6"]
        );
    }

    /// Each formula of a derivative is itself parsed and evaluated, where it is an expression.
    #[test]
    fn formulas_of_derivatives_are_the_derivatives() {
        let (a, b) = (0.7, 1.9);
        for expression in [
            "a + b",
            "a - b",
            "a * b",
            "a / b",
            "a ^ b",
            "a ^ 3",
            "a^2",
            "a^-1.5",
            "a^1",
            "-a",
            "exp(a)",
            "ln(a)",
            "sqrt(a)",
            "sigmoid(a)",
            "tanh(a)",
            "sin(a)",
            "cos(a)",
        ] {
            let graph = parse(expression).unwrap();
            let at = &[a, b][..graph.names().count()];
            let passes = graph.passes(at, Operation::derivatives).unwrap();
            let last = graph.nodes.len() - 1;
            let inputs: Vec<String> = graph.nodes[last]
                .inputs
                .iter()
                .map(|i| graph.nodes[*i].operation.label())
                .collect();
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let formulas = graph.nodes[last].operation.derivative_formulas(&inputs, "y");
            assert_eq!(formulas.len(), passes.local[last].len(), "{expression}");
            for (formula, expected) in formulas.iter().zip(&passes.local[last]) {
                let formula = parse(formula).unwrap();
                let value_of = |name: &str| match name {
                    "a" => a,
                    "b" => b,
                    _ => passes.values[last],
                };
                let at: Vec<f64> = formula.names().map(|(name, _)| value_of(name)).collect();
                let got = *formula.forward(&at).last().unwrap();
                assert!((got - expected).abs() < 1e-12, "{expression}: {got}, {expected}");
            }
        }
    }

    #[test]
    fn pictures_build_up_and_long_expressions_have_none() {
        let graph = parse("(x + 1)^2").unwrap();
        let passes = graph.passes(&[2.0], Operation::derivatives).unwrap();
        let all = steps(&graph, &passes, &node_names(&graph));
        let node = |i: usize| GraphNode {
            label: graph.nodes[i].operation.label(),
            value: format!("value {i}"),
            gradient: format!("gradient {i}"),
            inputs: graph.nodes[i].inputs.clone(),
        };
        let nodes: Vec<GraphNode> = (0..graph.nodes.len()).map(node).collect();
        let seen: Vec<(usize, usize)> = pictures(&nodes, &all)
            .iter()
            .map(|figure| match &figure.drawing {
                Drawing::Svg(svg) => (
                    (0..4).filter(|i| svg.contains(&format!(">value {i}<"))).count(),
                    (0..4).filter(|i| svg.contains(&format!(">gradient {i}<"))).count(),
                ),
                Drawing::Sheet(_) => panic!("no drawing"),
            })
            .collect();
        // The inputs x and 1 are known from the start; the gradient of 1 is drawn with that of x.
        assert_eq!(seen, [(2, 0), (3, 0), (4, 0), (4, 1), (4, 2), (4, 4)]);
        let long = parse(&format!("x{}", "+x".repeat(40))).unwrap();
        let passes = long.passes(&[1.0], Operation::derivatives).unwrap();
        assert!(pictures(&[], &steps(&long, &passes, &node_names(&long))).is_empty());
    }
}
