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

/// Which part of a computation a [`computation_step`] shows.
#[derive(Clone, Debug, Default)]
pub struct GraphStep {
    /// The number of nodes whose values are shown, from the first; the inputs' are always shown.
    pub values: usize,
    /// The number of nodes whose gradients are shown, from the last.
    pub gradients: usize,
    /// The node that this step computes, which is emphasised; `None` for none.
    pub current: Option<usize>,
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
    let all = nodes.len();
    computation_step(nodes, &GraphStep { values: all, gradients: all, current: None })
}

/// Draws one step of a computation graph's forward and backward pass: only the values and the
/// gradients up to this step, with the current node and the edges that it uses emphasised. All
/// steps of a graph have the same size and layout as its [`computation_graph`].
///
/// ```
/// use zunder_report::{GraphNode, GraphStep, computation_step};
///
/// let x = GraphNode { label: "x".into(), value: "3".into(), ..GraphNode::default() };
/// let square = GraphNode {
///     label: "^2".into(),
///     value: "f = 9".into(),
///     gradient: "1".into(),
///     inputs: vec![0],
/// };
/// let step = GraphStep { values: 2, gradients: 0, current: Some(1) };
/// let svg = computation_step(&[x, square], &step);
/// assert!(svg.contains(">f = 9</text>") && !svg.contains(">1</text>"));
/// ```
pub fn computation_step(nodes: &[GraphNode], step: &GraphStep) -> String {
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
        // Forwards a node uses its inputs, backwards the nodes that use it.
        let uses = if step.is_backward(nodes.len()) { edge.from } else { edge.to };
        let colour = step.emphasis(uses, nodes.len()).unwrap_or(MARK);
        arrow(&points, colour, &mut drawn);
    }
    for (i, (node, place)) in nodes.iter().zip(&layout.places).enumerate() {
        let shown = GraphNode {
            value: if step.has_value(i, node) { node.value.clone() } else { String::new() },
            gradient: if step.has_gradient(i, nodes.len()) {
                node.gradient.clone()
            } else {
                String::new()
            },
            ..node.clone()
        };
        draw(&shown, at(*place), step.emphasis(i, nodes.len()), &mut drawn);
    }
    let width = columns.last().map_or(0.0, |(centre, half)| centre + half + MARGIN);
    document(&drawn, width.max(NARROWEST), top + 2.0 * ROOM * (layout.height + 1.0) + 4.0)
}

impl GraphStep {
    fn has_value(&self, i: usize, node: &GraphNode) -> bool {
        node.inputs.is_empty() || i < self.values
    }

    fn has_gradient(&self, i: usize, nodes: usize) -> bool {
        i + self.gradients >= nodes
    }

    /// Returns whether the current node's gradient is computed, and not its value.
    fn is_backward(&self, nodes: usize) -> bool {
        self.current.is_some_and(|current| self.has_gradient(current, nodes))
    }

    /// Returns the colour of a node if it is the current one.
    fn emphasis(&self, i: usize, nodes: usize) -> Option<Colour> {
        let colour = if self.is_backward(nodes) { GRADIENT } else { VALUE };
        (self.current == Some(i)).then_some(colour)
    }
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

fn draw(node: &GraphNode, (x, y): (f64, f64), emphasis: Option<Colour>, svg: &mut String) {
    let half = half_width(node);
    let (stroke, width) = emphasis.map_or((TEXT, 1.5), |colour| (colour, 3.5));
    // Computed nodes are round, inputs are rectangular.
    let radius = if node.inputs.is_empty() { 3.0 } else { HALF };
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\" \
         fill=\"{BACKGROUND}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
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
fn arrow(points: &[(f64, f64)], colour: Colour, svg: &mut String) {
    let width = if colour == MARK { 1.5 } else { 3.0 };
    let Some(&(x, y)) = points.first() else { return };
    let _ = write!(svg, "<path d=\"M{x:.1},{y:.1}");
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let middle = f64::midpoint(x1, x2);
        let _ = write!(svg, " C{middle:.1},{y1:.1} {middle:.1},{y2:.1} {x2:.1},{y2:.1}");
    }
    let _ = writeln!(svg, "\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>");
    if let Some(&(x, y)) = points.last() {
        let _ = writeln!(
            svg,
            "<polygon points=\"{x:.1},{y:.1} {:.1},{:.1} {:.1},{:.1}\" fill=\"{colour}\"/>",
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

    /// x, y, x + y, (x + y)^2 with values 3, 4, 7, 49 and gradients 14, 14, 15, 1.
    #[test]
    fn steps_show_what_is_known_and_keep_their_place() {
        let numbered = |label: &str, value: &str, gradient: &str, inputs: &[usize]| GraphNode {
            value: value.to_owned(),
            gradient: gradient.to_owned(),
            ..node(label, inputs)
        };
        let nodes = [
            numbered("x", "3", "14", &[]),
            numbered("y", "4", "13", &[]),
            numbered("+", "7", "15", &[0, 1]),
            numbered("^2", "49", "1", &[2]),
        ];
        let drawn = |values, gradients, current| {
            computation_step(&nodes, &GraphStep { values, gradients, current })
        };
        let has = |svg: &str, text: &str| svg.contains(&format!(">{text}</text>"));
        let (start, forward, backward) =
            (drawn(0, 0, None), drawn(3, 0, Some(2)), drawn(4, 2, Some(2)));
        assert!(has(&start, "3") && has(&start, "4") && !has(&start, "7"));
        assert!(has(&forward, "7") && !has(&forward, "49") && !has(&forward, "15"));
        assert!(has(&backward, "49") && has(&backward, "1") && has(&backward, "15"));
        assert!(!has(&backward, "14") && !has(&backward, "13"));
        // The sum uses two edges forwards and one backwards; head and line of each are emphasised.
        let edges = |svg: &str, colour: &str| {
            svg.matches("<polygon points=").count()
                - svg.matches(&format!("fill=\"{MARK}\"/>")).count()
                + 10 * svg.matches(&format!("stroke=\"{colour}\" stroke-width=\"3.5\"")).count()
        };
        assert_eq!((edges(&start, VALUE), edges(&forward, VALUE)), (0, 12));
        assert_eq!(edges(&backward, GRADIENT), 11);
        let whole = computation_graph(&nodes);
        let rectangles = |svg: &str| {
            let places = svg.lines().filter(|line| line.starts_with("<rect x="));
            places.map(|line| line.split(" fill=").next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(rectangles(&start), rectangles(&whole));
        assert_eq!(drawn(4, 4, None), whole);
    }

    #[test]
    fn invalid_graphs_are_drawn_as_far_as_possible() {
        assert!(computation_graph(&[]).starts_with("<svg"));
        let svg = computation_graph(&[node("a", &[0, 1, 7]), node("b", &[0])]);
        assert_eq!((svg.matches("<rect x=").count(), svg.matches("<path").count()), (2, 1));
    }
}
