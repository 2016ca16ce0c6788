//! Backpropagation through any expression: a forward pass computes the values, a backward pass the
//! gradients by the chain rule.

mod check;
mod examples;
mod graph;
mod operation;
mod parse;
mod point;
mod steps;

use burn::tensor::Device;
use zunder_report::{Drawing, Figure, GraphNode, computation_graph};

use self::check::{burn_gradients, central_differences, one_sided_differences};
use self::examples::{ALL as EXAMPLES, LECTURE};
pub(super) use self::examples::{CROSS_ENTROPY, Example, HINGE, NEURON};
use self::graph::{Graph, NotFinite, Passes, Rule};
use self::operation::Operation;
use self::parse::parse;
use self::point::point;
use self::steps::{DIGITS, node_names, pictures, steps, table};
use super::number::significant;
use crate::experiment::{Experiment, Program};
use crate::{Claim, ExperimentConfig, ExperimentError, Findings, Watch};

/// Largest difference between gradients, relative to the largest gradient or 1: for numerical
/// differences, which are approximate, and for Burn's gradients, which are exact.
const DIFFERENCES: f64 = 1e-5;
const BURN: f64 = 1e-9;

pub(super) const BACKPROP: Experiment = Experiment {
    name: "backprop",
    title: "Backpropagation",
    source: "Lecture 6a.3, \"Grundidee der Backpropagation\", \"Beispiel: Vorwärtspropagierung\" \
        and \"Beispiel: Backpropagation\"",
    question: "How does one pass backwards through a computation find the derivatives by all its \
        inputs? The graph of the expression is filled in step by step: forwards the values, then \
        backwards one gradient after the other.",
    kind: &Program { run, takes: &[], controls: &[], chance: false },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    watch.progressed(0, 1, "the graph");
    let device = zunder::compiled_in().first().map(|name| zunder::device(name)).transpose()?;
    differentiate(config, Operation::derivatives, device.as_ref()).map(Some)
}

fn differentiate(
    config: &ExperimentConfig,
    rule: Rule,
    device: Option<&Device>,
) -> Result<Findings, ExperimentError> {
    let chosen = config.expression.as_deref().unwrap_or(LECTURE.name);
    let example = EXAMPLES.iter().find(|example| example.name == chosen.trim());
    let expression = example.map_or(chosen, |example| example.expression);
    let graph = parse(expression)?;
    if graph.names().next().is_none() {
        let problem = "it contains no variable to differentiate with respect to".to_owned();
        return Err(ExperimentError::Expression {
            expression: expression.to_owned(),
            place: 1,
            problem,
        });
    }
    let text = config.at.as_deref().or(example.map(|example| example.at)).unwrap_or_default();
    let at = point(&graph, text)?;
    let passes = graph.passes(&at, rule).map_err(|failure| refused(expression, &graph, failure))?;
    let names = node_names(&graph);
    let mut claims = vec![by_differences(&graph, &at, &passes)];
    claims.extend(device.and_then(|device| by_burn(&graph, &at, &passes, device)));
    let (nodes, steps) = (nodes(&graph, &passes, &names), steps(&graph, &passes, &names));
    Ok(Findings {
        see: vec![
            "Forwards, from left to right, each node computes its value (above it) from the values \
             before it, and all of them are kept.".to_owned(),
            "Backwards, from the result with its gradient of 1, each node hands its own gradient \
             (below it), times its derivative by an input, to that input.".to_owned(),
            "A sum hands the gradient on as it is, a product hands it on times the other factor, a \
             maximum hands it to the larger input alone, and an input that is used twice adds up \
             what it gets.".to_owned(),
        ],
        claims,
        figures: [pictures(&nodes, &steps), vec![picture(&nodes)]].concat(),
        tables: vec![table(&steps)],
        setting: vec![
            ("f".to_owned(), expression.to_owned()),
            ("point".to_owned(), point_text(&graph, &at)),
            ("chance".to_owned(), "none: the results are the same with every seed".to_owned()),
            (
                "of two equal values".to_owned(),
                "max and min hand the gradient to the first; relu \
                and abs have the slope 0 at 0"
                    .to_owned(),
            ),
        ],
        ..Findings::default()
    })
}

fn point_text(graph: &Graph, at: &[f64]) -> String {
    graph
        .names()
        .zip(at)
        .map(|((name, _), value)| format!("{name} = {value}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn refused(expression: &str, graph: &Graph, failure: NotFinite) -> ExperimentError {
    let node = &graph.nodes[failure.node];
    let what = if failure.derivative { "the derivative" } else { "the value" };
    let problem = format!(
        "{what} of {:?} is {} at this point, expected a finite number",
        node.operation.label(),
        failure.got
    );
    ExperimentError::Expression { expression: expression.to_owned(), place: node.place, problem }
}

/// Returns the gradients with respect to the variables, in their order.
fn by_name(graph: &Graph, passes: &Passes) -> Vec<f64> {
    graph.names().map(|(_, node)| passes.gradients[node].unwrap_or(0.0)).collect()
}

/// Returns the magnitude that differences are divided by.
fn size(gradients: &[f64]) -> f64 {
    gradients.iter().fold(1.0, |largest, gradient| gradient.abs().max(largest))
}

fn by_differences(graph: &Graph, at: &[f64], passes: &Passes) -> Claim {
    let gradients = by_name(graph, passes);
    let kinks = graph.kinks(&passes.values);
    let (low, high, how) = if kinks.is_empty() {
        let central = central_differences(graph, at);
        (central.clone(), central, "by central differences")
    } else {
        let [left, right] = one_sided_differences(graph, at);
        let ends = |pick: fn(f64, f64) -> f64| {
            left.iter().zip(&right).map(|(left, right)| pick(*left, *right)).collect::<Vec<f64>>()
        };
        (
            ends(f64::min),
            ends(f64::max),
            "between the slopes to both sides, since the point lies on a kink",
        )
    };
    let allowed = DIFFERENCES * size(&gradients);
    // A comparison with NaN is false.
    let within = |((gradient, low), high): ((&f64, &f64), &f64)| {
        *gradient >= low - allowed && *gradient <= high + allowed
    };
    let holds = gradients.iter().zip(&low).zip(&high).all(within);
    let listed = graph.names().zip(&gradients).zip(low.iter().zip(&high)).map(
        |(((name, _), gradient), (low, high))| {
            let other = if kinks.is_empty() {
                significant(*low, 6)
            } else {
                format!("{} to {}", significant(*low, 6), significant(*high, 6))
            };
            format!("∂f/∂{name} = {} ({other})", significant(*gradient, 6))
        },
    );
    Claim {
        statement:
            "The gradients are the slopes of f: they agree with small differences of its values."
                .to_owned(),
        evidence: format!(
            "{}; in brackets {how}; claimed: within {}.",
            listed.collect::<Vec<_>>().join(", "),
            significant(allowed, 2)
        ),
        holds,
        ..Claim::default()
    }
}

/// Compares with Burn's gradients. Returns `None` at a kink, where Burn may choose the other
/// one-sided derivative, and on devices without 64-bit floating point.
fn by_burn(graph: &Graph, at: &[f64], passes: &Passes, device: &Device) -> Option<Claim> {
    if !graph.kinks(&passes.values).is_empty() {
        return None;
    }
    let gradients = by_name(graph, passes);
    let burn = burn_gradients(graph, at, device)?;
    let furthest =
        gradients.iter().zip(&burn).map(|(ours, burn)| (ours - burn).abs()).fold(0.0, f64::max);
    let allowed = BURN * size(&gradients);
    Some(Claim {
        statement: "They are those of Burn's automatic differentiation, by which Zunder trains."
            .to_owned(),
        evidence: format!(
            "The largest difference is {}, in 64 bits; claimed: at most {}.",
            significant(furthest, 2),
            significant(allowed, 2)
        ),
        holds: burn.iter().all(|gradient| gradient.is_finite()) && furthest <= allowed,
        ..Claim::default()
    })
}

/// An expression of the lecture at its point.
pub(super) struct Evaluated {
    pub(super) value: f64,
    /// Derivatives by the variables, with their names.
    gradients: Vec<(String, f64)>,
    pub(super) figure: Figure,
}

impl Evaluated {
    /// Returns the derivative by a variable; NaN for an unknown one.
    pub(super) fn gradient(&self, name: &str) -> f64 {
        let known = self.gradients.iter().find(|(known, _)| known == name);
        known.map_or(f64::NAN, |(_, gradient)| *gradient)
    }
}

impl Example {
    /// Returns value, gradients and picture.
    ///
    /// # Errors
    /// Returns [`ExperimentError::Expression`] if the expression has no value there.
    pub(super) fn evaluated(&self) -> Result<Evaluated, ExperimentError> {
        let graph = parse(self.expression)?;
        let at = point(&graph, self.at)?;
        let passes = graph
            .passes(&at, Operation::derivatives)
            .map_err(|failure| refused(self.expression, &graph, failure))?;
        let names = node_names(&graph);
        let figure = Figure {
            name: self.name.to_owned(),
            caption: format!(
                "f = {}, with the values above and the gradients below. Step by step: {} \
                 experiment backprop --expr {}",
                self.expression,
                zunder::program(),
                self.name
            ),
            ..picture(&nodes(&graph, &passes, &names))
        };
        let value = passes.values.last().copied().unwrap_or(f64::NAN);
        let names = graph.names().map(|(name, _)| name.to_owned());
        let gradients = names.zip(by_name(&graph, &passes)).collect();
        Ok(Evaluated { value, gradients, figure })
    }
}

/// Returns the nodes as they are drawn.
fn nodes(graph: &Graph, passes: &Passes, names: &[String]) -> Vec<GraphNode> {
    let node = |i: usize| {
        let node = &graph.nodes[i];
        let value = significant(passes.values[i], DIGITS);
        GraphNode {
            label: node.operation.label(),
            value: match node.operation {
                Operation::Input(_) => value,
                Operation::Number(_) => String::new(),
                _ => format!("{} = {value}", names[i]),
            },
            gradient: passes.gradients[i]
                .map_or_else(String::new, |gradient| significant(gradient, DIGITS)),
            inputs: node.inputs.clone(),
        }
    };
    (0..graph.nodes.len()).map(node).collect()
}

fn picture(nodes: &[GraphNode]) -> Figure {
    Figure {
        name: "graph".to_owned(),
        caption:
            "The expression as a graph: above each node its value, below it the derivative of \
            f by it."
                .to_owned(),
        drawing: Drawing::Svg(computation_graph(nodes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(expression: &str, at: &str) -> ExperimentConfig {
        ExperimentConfig {
            expression: Some(expression.to_owned()),
            at: Some(at.to_owned()),
            ..ExperimentConfig::default()
        }
    }

    #[test]
    fn the_lecture_s_example_holds() {
        let findings = differentiate(
            &ExperimentConfig::default(),
            Operation::derivatives,
            Some(&Device::flex()),
        )
        .unwrap();
        assert!(findings.claims.len() == 2 && findings.all_hold(), "{:?}", findings.claims);
        let graph = findings.figures.last().unwrap();
        let Drawing::Svg(svg) = &graph.drawing else { panic!("no drawing") };
        for part in [">f = 9<", ">12<", ">-24<", ">-6<", ">max<", ">^2<"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        // The inputs, four values, eight gradients, and all of it.
        assert_eq!((findings.figures.len(), graph.name.as_str()), (1 + 4 + 8 + 1, "graph"));
    }

    /// Every example can be chosen by its name, at its own point and at others.
    #[test]
    fn examples_have_names() {
        let found = |name: &str, at: Option<&str>| {
            let config = ExperimentConfig {
                expression: Some(name.to_owned()),
                at: at.map(str::to_owned),
                ..ExperimentConfig::default()
            };
            differentiate(&config, Operation::derivatives, Some(&Device::flex())).unwrap()
        };
        for example in &EXAMPLES {
            let findings = found(example.name, None);
            assert!(findings.claims.len() == 2 && findings.all_hold(), "{:?}", findings.claims);
            assert!(findings.figures.len() > 10 && findings.setting[0].1 == example.expression);
        }
        let last = |findings: &Findings| {
            let steps = &findings.tables[0].rows;
            steps.iter().rfind(|row| row[0].ends_with('→')).unwrap()[4].clone()
        };
        assert_eq!(last(&found("hinge", None)), "16.2");
        assert_eq!(last(&found("cross-entropy", None)), "2.1305");
        assert_eq!(last(&found("neuron", None)), "1160.4");
        assert_eq!(last(&found("hinge", Some("cat=1,dog=3.2,bird=2"))), "2.2");
    }

    #[test]
    fn a_planted_wrong_rule_is_found() {
        fn wrong(operation: &Operation, inputs: &[f64], value: f64) -> Vec<f64> {
            match operation {
                // The two factors are exchanged by mistake.
                Operation::Multiply => inputs.to_vec(),
                _ => operation.derivatives(inputs, value),
            }
        }
        let findings =
            differentiate(&ExperimentConfig::default(), wrong, Some(&Device::flex())).unwrap();
        assert!(findings.claims.iter().all(|claim| !claim.holds), "{:?}", findings.claims);
    }

    #[test]
    fn kinks_are_said_and_judged_by_both_sides() {
        let claims = |expression: &str| {
            differentiate(&config(expression, "x=0"), Operation::derivatives, None).unwrap().claims
        };
        let kink = claims("abs(x) + x");
        assert!(
            kink[0].holds
                && kink[0].evidence.contains("kink")
                && kink[0].evidence.contains("0 to 2"),
            "{kink:?}"
        );
        // The slope is 1 on both sides, but no rule for a single node yields it.
        assert!(!claims("relu(x) - relu(-x)")[0].holds);
    }

    #[test]
    fn what_has_no_gradient_is_refused() {
        let refusal = |expression: &str, at: &str| {
            differentiate(&config(expression, at), Operation::derivatives, None)
                .unwrap_err()
                .to_string()
        };
        assert!(refusal("2 + 3", "").contains("contains no variable to differentiate"));
        assert!(
            refusal("1 + 2/x", "x=0").contains("at character 6: the value of \"/\" is inf"),
            "{}",
            refusal("1 + 2/x", "x=0")
        );
        assert!(refusal("xy", "x=1,y=2").contains("x is not one of them"));
        let without = ExperimentConfig { at: None, ..config("x*y", "") };
        assert!(
            differentiate(&without, Operation::derivatives, None)
                .unwrap_err()
                .to_string()
                .contains("x, y has none")
        );
    }
}
