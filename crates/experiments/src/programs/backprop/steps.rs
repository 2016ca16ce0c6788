//! The chain rule as a table with one row per node.

use zunder_report::Table;

use super::super::number::significant;
use super::graph::{Graph, Passes};
use super::operation::Operation;

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

/// Returns a table from the result back to the variables: each node with its value, its derivatives
/// with respect to its inputs, and its gradient as the sum over the nodes that use it.
pub(super) fn chain_rule(graph: &Graph, passes: &Passes, names: &[String]) -> Table {
    let rows = (0..graph.nodes.len())
        .rev()
        .filter(|i| passes.gradients[*i].is_some())
        .map(|i| row(graph, passes, names, i));
    Table {
        caption: "The chain rule, step by step from the result back".to_owned(),
        headings: ["node", "computed as", "value", "its own derivatives", "chain rule", "gradient"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        words: true,
    }
}

fn row(graph: &Graph, passes: &Passes, names: &[String], i: usize) -> Vec<String> {
    let node = &graph.nodes[i];
    let inputs: Vec<&str> = node.inputs.iter().map(|input| names[*input].as_str()).collect();
    let own = node
        .inputs
        .iter()
        .zip(&passes.local[i])
        .filter(|(input, _)| passes.gradients[**input].is_some());
    let own = own.map(|(input, derivative)| {
        format!("∂{}/∂{} = {}", names[i], names[*input], significant(*derivative, 4))
    });
    vec![
        names[i].clone(),
        if inputs.is_empty() { "given".to_owned() } else { node.operation.formula(&inputs) },
        significant(passes.values[i], 4),
        own.collect::<Vec<_>>().join(", "),
        handed(graph, passes, names, i),
        passes.gradients[i].map_or_else(String::new, |gradient| significant(gradient, 4)),
    ]
}

/// Returns the contributions of the nodes that use node `i` to its gradient, as symbols and as
/// numbers.
fn handed(graph: &Graph, passes: &Passes, names: &[String], i: usize) -> String {
    let f = names.last().map_or("f", String::as_str);
    if i + 1 == graph.nodes.len() {
        return format!("∂{f}/∂{f}");
    }
    let (mut letters, mut numbers) = (Vec::new(), Vec::new());
    for (user, node) in graph.nodes.iter().enumerate() {
        for (input, derivative) in node.inputs.iter().zip(&passes.local[user]) {
            if let Some(gradient) = passes.gradients[user].filter(|_| *input == i) {
                letters.push(format!("∂{f}/∂{} · ∂{}/∂{}", names[user], names[user], names[i]));
                numbers.push(format!(
                    "{} · {}",
                    significant(gradient, 4),
                    significant(*derivative, 4)
                ));
            }
        }
    }
    format!("{} = {}", letters.join(" + "), numbers.join(" + "))
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn every_step_is_a_row() {
        let graph = parse("x*x + v1").unwrap();
        let passes = graph.passes(&[3.0, 1.0], Operation::derivatives).unwrap();
        let table = chain_rule(&graph, &passes, &node_names(&graph));
        assert_eq!(
            table.rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
            ["f", "v1", "v1'", "x"]
        );
        assert_eq!(
            table.rows[3],
            ["x", "given", "3", "", "∂f/∂v1' · ∂v1'/∂x + ∂f/∂v1' · ∂v1'/∂x = 1 · 3 + 1 · 3", "6"]
                .map(str::to_owned)
        );
        assert_eq!(
            table.rows[2][1..4],
            ["x · x", "9", "∂v1'/∂x = 3, ∂v1'/∂x = 3"].map(str::to_owned)
        );
    }
}
