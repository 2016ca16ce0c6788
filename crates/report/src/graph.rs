//! Computation graphs, drawn from the inputs on the left to the result on the right.

mod layout;

use std::fmt::Write as _;

use crate::chart::{Entry, Sign, legend};
use crate::svg::{
    BACKGROUND, Colour, FONT, LINES, MARK, TEXT, coloured_text, document, text, text_width,
};
use layout::Layout;

/// A node of a [`computation_graph`].
#[derive(Clone, Debug, Default)]
pub struct GraphNode {
    /// The name, the number or the operation.
    pub label: String,
    /// The value, drawn above the node; empty for none.
    pub value: String,
    /// The derivative of the result with respect to the node, drawn below it; empty for none.
    pub gradient: String,
    /// The numbers of the nodes from which it is computed. They must precede it.
    pub inputs: Vec<usize>,
}

/// The colour of values, which the forward pass computes.
const VALUE: Colour = LINES[2];
/// The colour of gradients, which the backward pass computes.
const GRADIENT: Colour = LINES[1];

/// Half the height of a node, without and with value and gradient, in pixels.
const HALF: f64 = 17.0;
const ROOM: f64 = 42.0;
/// The gap between the widest nodes of two columns.
const GAP: f64 = 44.0;
const MARGIN: f64 = 16.0;
const NARROWEST: f64 = 340.0;

/// Draws a computation graph as an SVG document, with the value of each node above it and its
/// gradient below. The width grows with the depth of the graph. Inputs that do not precede their
/// node are left out.
///
/// ```
/// use zunder_report::{GraphNode, computation_graph};
///
/// let leaf = |name: &str, value: &str, gradient: &str| GraphNode {
///     label: name.into(),
///     value: value.into(),
///     gradient: gradient.into(),
///     inputs: vec![],
/// };
/// let product = GraphNode {
///     label: "*".into(),
///     value: "f = 6".into(),
///     gradient: "1".into(),
///     inputs: vec![0, 1],
/// };
/// let svg = computation_graph(&[leaf("x", "2", "3"), leaf("y", "3", "2"), product]);
/// assert!(svg.starts_with("<svg") && svg.contains(">f = 6</text>"));
/// ```
pub fn computation_graph(nodes: &[GraphNode]) -> String {
    let inputs: Vec<Vec<usize>> = nodes
        .iter()
        .enumerate()
        .map(|(i, node)| node.inputs.iter().copied().filter(|input| *input < i).collect())
        .collect();
    let layout = Layout::of(&inputs);
    let mut drawn = String::new();
    let entries = [("value", VALUE), ("gradient", GRADIENT)]
        .map(|(label, colour)| Entry { sign: Sign::Dot(colour), label: label.to_owned() });
    let top = legend(&entries, (0.0, NARROWEST.max(480.0)), &mut drawn);
    let columns = columns(nodes, &layout);
    let at = |(column, row): (usize, f64)| (columns[column].0, top + ROOM + 2.0 * ROOM * row);
    for edge in layout.edges() {
        let (from, to) = (edge.points[0], edge.points[edge.points.len() - 1]);
        let mut points: Vec<(f64, f64)> = edge.points.iter().map(|point| at(*point)).collect();
        points[0].0 += half_width(&nodes[edge.from]);
        let last = points.len() - 1;
        points[last].0 -= half_width(&nodes[edge.to]) + 2.0;
        debug_assert!(from.0 < to.0);
        arrow(&points, &mut drawn);
    }
    for (node, place) in nodes.iter().zip(&layout.places) {
        draw(node, at(*place), &mut drawn);
    }
    let width = columns.last().map_or(0.0, |(centre, half)| centre + half + MARGIN);
    document(&drawn, width.max(NARROWEST), top + 2.0 * ROOM * (layout.height + 1.0) + 4.0)
}

/// Returns the centre and half the width of each column.
fn columns(nodes: &[GraphNode], layout: &Layout) -> Vec<(f64, f64)> {
    let mut halves = vec![0.0_f64; layout.columns];
    for (node, (column, _)) in nodes.iter().zip(&layout.places) {
        let texts = text_width(&node.value).max(text_width(&node.gradient)) / 2.0;
        halves[*column] = halves[*column].max(texts).max(half_width(node));
    }
    let mut left = MARGIN;
    halves
        .into_iter()
        .map(|half| {
            let centre = left + half;
            left = centre + half + GAP;
            (centre, half)
        })
        .collect()
}

fn half_width(node: &GraphNode) -> f64 {
    (text_width(&node.label) / 2.0 + 9.0).max(HALF)
}

fn draw(node: &GraphNode, (x, y): (f64, f64), svg: &mut String) {
    let half = half_width(node);
    // Computed nodes are round, inputs are rectangular.
    let radius = if node.inputs.is_empty() { 3.0 } else { HALF };
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\" \
         fill=\"{BACKGROUND}\" stroke=\"{TEXT}\" stroke-width=\"1.5\"/>",
        x - half,
        y - HALF,
        2.0 * half,
        2.0 * HALF
    );
    text(svg, (x, y + 0.35 * FONT), "middle", "", &node.label);
    for (words, colour, below) in
        [(&node.value, VALUE, -HALF - 6.0), (&node.gradient, GRADIENT, HALF + FONT)]
    {
        if !words.is_empty() {
            coloured_text(svg, colour, (x, y + below), "middle", " font-size=\"14\"", words);
        }
    }
}

/// Draws a smooth line through the points with an arrow head at its end.
fn arrow(points: &[(f64, f64)], svg: &mut String) {
    let Some(&(x, y)) = points.first() else { return };
    let _ = write!(svg, "<path d=\"M{x:.1},{y:.1}");
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let middle = f64::midpoint(x1, x2);
        let _ = write!(svg, " C{middle:.1},{y1:.1} {middle:.1},{y2:.1} {x2:.1},{y2:.1}");
    }
    let _ = writeln!(svg, "\" fill=\"none\" stroke=\"{MARK}\" stroke-width=\"1.5\"/>");
    if let Some(&(x, y)) = points.last() {
        let _ = writeln!(
            svg,
            "<polygon points=\"{x:.1},{y:.1} {:.1},{:.1} {:.1},{:.1}\" fill=\"{MARK}\"/>",
            x - 8.0,
            y - 4.0,
            x - 8.0,
            y + 4.0
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(label: &str, inputs: &[usize]) -> GraphNode {
        GraphNode {
            label: label.to_owned(),
            value: "1".to_owned(),
            gradient: "2".to_owned(),
            inputs: inputs.to_vec(),
        }
    }

    #[test]
    fn nodes_and_arrows_are_drawn_and_names_escaped() {
        let svg = computation_graph(&[
            node("<x>", &[]),
            node("y", &[]),
            node("+", &[0, 1]),
            node("*", &[2, 0]),
        ]);
        assert_eq!(
            (
                svg.matches("<rect x=").count(),
                svg.matches("<path").count(),
                svg.matches("<polygon").count()
            ),
            (4, 4, 4),
            "{svg}"
        );
        assert!(svg.contains("&lt;x&gt;") && !svg.contains("NaN"));
    }

    #[test]
    fn invalid_graphs_are_drawn_as_far_as_possible() {
        assert!(computation_graph(&[]).starts_with("<svg"));
        let svg = computation_graph(&[node("a", &[0, 1, 7]), node("b", &[0])]);
        assert_eq!((svg.matches("<rect x=").count(), svg.matches("<path").count()), (2, 1));
    }
}
