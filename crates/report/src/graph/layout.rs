//! The layout of a graph: columns by depth, and rows such that few edges cross (Sugiyama, Tagawa
//! and Toda 1981, "Methods for visual understanding of hierarchical system structures").

/// The number of sweeps that order the rows by their neighbours and move them towards these.
const SWEEPS: usize = 8;
/// The distance in rows between two nodes of a column, and between two edges that only pass it.
const APART: f64 = 1.0;
const PASSING: f64 = 0.5;

/// The columns and rows of a graph.
pub(super) struct Layout {
    /// The column and the row of each node.
    pub(super) places: Vec<(usize, f64)>,
    /// The number of columns.
    pub(super) columns: usize,
    /// The last row.
    pub(super) height: f64,
    edges: Vec<Edge>,
}

/// An edge with the positions that it passes from its start to its end.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) points: Vec<(usize, f64)>,
}

/// A position in a column: of a node, or of a passing edge.
struct Slot {
    column: usize,
    row: f64,
    is_node: bool,
    left: Vec<usize>,
    right: Vec<usize>,
}

impl Layout {
    /// Computes the layout. `inputs` are the nodes from which each node is computed; they must
    /// precede it.
    pub(super) fn of(inputs: &[Vec<usize>]) -> Self {
        let depths = depths(inputs);
        let columns = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let slot = |column: usize, is_node: bool| Slot {
            column,
            row: 0.0,
            is_node,
            left: Vec::new(),
            right: Vec::new(),
        };
        let mut slots: Vec<Slot> = depths.iter().map(|depth| slot(*depth, true)).collect();
        let mut paths = Vec::new();
        for (to, from) in inputs
            .iter()
            .enumerate()
            .flat_map(|(to, inputs)| inputs.iter().map(move |from| (to, *from)))
        {
            let mut path = vec![from];
            for column in depths[from] + 1..depths[to] {
                slots.push(slot(column, false));
                path.push(slots.len() - 1);
            }
            path.push(to);
            for pair in path.windows(2) {
                slots[pair[0]].right.push(pair[1]);
                slots[pair[1]].left.push(pair[0]);
            }
            paths.push((from, to, path));
        }
        let orders = arrange(&mut slots, columns);
        straighten(&mut slots, &orders);
        let lowest = slots.iter().map(|slot| slot.row).fold(f64::INFINITY, f64::min);
        let highest = slots.iter().map(|slot| slot.row).fold(f64::NEG_INFINITY, f64::max);
        let place = |slot: &Slot| (slot.column, slot.row - lowest);
        Self {
            places: slots[..inputs.len()].iter().map(place).collect(),
            columns,
            height: if slots.is_empty() { 0.0 } else { highest - lowest },
            edges: paths
                .into_iter()
                .map(|(from, to, path)| Edge {
                    from,
                    to,
                    points: path.iter().map(|i| place(&slots[*i])).collect(),
                })
                .collect(),
        }
    }

    pub(super) fn edges(&self) -> &[Edge] {
        &self.edges
    }
}

/// Returns the column of each node: after all nodes from which it is computed. Inputs are placed
/// just before their first use.
fn depths(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut depths = vec![0; inputs.len()];
    for (i, inputs) in inputs.iter().enumerate() {
        depths[i] = inputs.iter().map(|input| depths[*input] + 1).max().unwrap_or(0);
    }
    let mut first_use = vec![usize::MAX; inputs.len()];
    for (i, inputs) in inputs.iter().enumerate() {
        for input in inputs {
            first_use[*input] = first_use[*input].min(depths[i]);
        }
    }
    for (i, depth) in depths.iter_mut().enumerate().filter(|(i, _)| inputs[*i].is_empty()) {
        if first_use[i] != usize::MAX {
            *depth = first_use[i] - 1;
        }
    }
    depths
}

/// Orders the slots of each column from top to bottom: first by the order in which the results use
/// them, then, as long as the number of crossings falls, by the mean of their neighbours.
fn arrange(slots: &mut [Slot], columns: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new(); columns];
    let mut seen = vec![false; slots.len()];
    let mut waiting: Vec<usize> = (0..slots.len()).filter(|i| slots[*i].right.is_empty()).collect();
    while let Some(i) = waiting.pop() {
        if !std::mem::replace(&mut seen[i], true) {
            orders[slots[i].column].push(i);
            waiting.extend(slots[i].left.iter().rev());
        }
    }
    number(slots, &orders);
    let (mut best, mut fewest) = (orders.clone(), crossings(slots));
    for sweep in 0..SWEEPS {
        for step in 0..columns {
            let column = if sweep % 2 == 0 { step } else { columns - 1 - step };
            let mean = |i: &usize| {
                mean_row(
                    slots,
                    if sweep % 2 == 0 { &slots[*i].left } else { &slots[*i].right },
                    slots[*i].row,
                )
            };
            let mut keyed: Vec<(f64, usize)> =
                orders[column].iter().map(|i| (mean(i), *i)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            orders[column] = keyed.into_iter().map(|(_, i)| i).collect();
            number(slots, &orders);
        }
        let crossings = crossings(slots);
        if crossings < fewest {
            (best, fewest) = (orders.clone(), crossings);
        }
    }
    number(slots, &best);
    best
}

fn number(slots: &mut [Slot], orders: &[Vec<usize>]) {
    for order in orders {
        for (row, i) in order.iter().enumerate() {
            slots[*i].row = row as f64;
        }
    }
}

fn mean_row(slots: &[Slot], neighbours: &[usize], otherwise: f64) -> f64 {
    if neighbours.is_empty() {
        return otherwise;
    }
    neighbours.iter().map(|i| slots[*i].row).sum::<f64>() / neighbours.len() as f64
}

/// Returns the number of crossings of edges between the same columns.
fn crossings(slots: &[Slot]) -> usize {
    let edges: Vec<(usize, f64, f64)> = slots
        .iter()
        .flat_map(|slot| slot.right.iter().map(|to| (slot.column, slot.row, slots[*to].row)))
        .collect();
    let cross = |a: &(usize, f64, f64), b: &(usize, f64, f64)| {
        a.0 == b.0 && (a.1 - b.1) * (a.2 - b.2) < 0.0
    };
    edges.iter().enumerate().map(|(i, a)| edges[..i].iter().filter(|b| cross(a, b)).count()).sum()
}

/// Moves the rows towards the means of their neighbours on both sides, preserving order and
/// distances.
fn straighten(slots: &mut [Slot], orders: &[Vec<usize>]) {
    for sweep in 0..2 * SWEEPS {
        for step in 0..orders.len() {
            let order = &orders[if sweep % 2 == 0 { step } else { orders.len() - 1 - step }];
            // Rows that need not move keep their position relative to the sum of the distances
            // above them.
            let mut offsets = vec![0.0];
            for pair in order.windows(2) {
                let apart =
                    if slots[pair[0]].is_node || slots[pair[1]].is_node { APART } else { PASSING };
                offsets.push(offsets[offsets.len() - 1] + apart);
            }
            // The last two sweeps centre each node on its inputs, and place inputs beside their
            // use.
            let last = sweep + 2 >= 2 * SWEEPS;
            let wanted = order.iter().zip(&offsets).map(|(i, offset)| {
                let slot = &slots[*i];
                let neighbours = match last {
                    true if slot.left.is_empty() => &slot.right[..],
                    true => &slot.left[..],
                    false => &[&slot.left[..], &slot.right[..]].concat(),
                };
                mean_row(slots, neighbours, slot.row) - offset
            });
            let rows = ascending(&wanted.collect::<Vec<f64>>());
            for ((i, row), offset) in order.iter().zip(rows).zip(&offsets) {
                slots[*i].row = row + offset;
            }
        }
    }
}

/// Returns the ascending numbers closest to the given ones by least squares (pool adjacent
/// violators).
fn ascending(wanted: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for &value in wanted {
        let mut pool = (value, 1);
        while let Some(&(before, n)) = pools.last().filter(|(before, _)| *before > pool.0) {
            pools.pop();
            pool = ((before * n as f64 + pool.0 * pool.1 as f64) / (n + pool.1) as f64, n + pool.1);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(value, n)| std::iter::repeat_n(value, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (x y + max(z, w))^2
    #[test]
    fn a_tree_has_columns_by_depth_and_no_crossing() {
        let inputs = [vec![], vec![], vec![0, 1], vec![], vec![], vec![3, 4], vec![2, 5], vec![6]];
        let layout = Layout::of(&inputs);
        assert_eq!(
            layout.places.iter().map(|place| place.0).collect::<Vec<_>>(),
            [0, 0, 1, 0, 0, 1, 2, 3]
        );
        let rows: Vec<f64> = [0, 1, 3, 4].iter().map(|i| layout.places[*i].1).collect();
        assert!(rows.windows(2).all(|pair| pair[1] - pair[0] > 0.99), "{rows:?}");
        assert!((layout.places[6].1 - layout.height / 2.0).abs() < 0.1);
    }

    #[test]
    fn nodes_of_a_column_never_overlap() {
        // A name that is used in every depth, and a fan.
        let inputs: Vec<Vec<usize>> =
            (0..30_usize).map(|i| if i < 6 { vec![] } else { vec![i % 6, i - 1, i / 2] }).collect();
        let layout = Layout::of(&inputs);
        for (i, a) in layout.places.iter().enumerate() {
            assert!(
                layout.places[..i].iter().all(|b| a.0 != b.0 || (a.1 - b.1).abs() > 0.99),
                "{:?}",
                layout.places
            );
        }
        assert!(
            layout
                .edges()
                .iter()
                .all(|edge| edge.points.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0))
        );
    }

    #[test]
    fn ascending_numbers_pool_what_descends() {
        assert_eq!(ascending(&[1.0, 3.0, 2.0, 5.0]), [1.0, 2.5, 2.5, 5.0]);
        assert!(ascending(&[]).is_empty());
    }
}
