//! Diagrams: a neuron, a network, dropout, the parts of the data, the confusion matrix.

use zunder_report::{Point, Shape, Tone, diagram};

use super::Language;

/// The radius of a unit.
const RADIUS: f64 = 18.0;

const BLUE: Tone = Tone::Series(0);
const ORANGE: Tone = Tone::Series(1);
const GREEN: Tone = Tone::Series(2);
const PURPLE: Tone = Tone::Series(3);

fn unit(at: Point, word: &str, tone: Tone) -> Shape {
    Shape::Circle { at, radius: RADIUS, word: word.to_owned(), tone }
}

fn text(at: Point, text: impl Into<String>) -> Shape {
    Shape::Text { at, text: text.into(), tone: Tone::Plain }
}

fn boxed(at: Point, size: (f64, f64), lines: &[&str], tone: Tone) -> Shape {
    Shape::Rectangle {
        at,
        size,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        tone,
    }
}

/// An arrow between the edges of two shapes of the given radii.
fn arrow((from, before): (Point, f64), (to, after): (Point, f64), tone: Tone) -> Shape {
    let length = ((to.0 - from.0).powi(2) + (to.1 - from.1).powi(2)).sqrt();
    let along = |start: Point, distance: f64| {
        let share = distance / length;
        (start.0 + share * (to.0 - from.0), start.1 + share * (to.1 - from.1))
    };
    Shape::Line { from: along(from, before), to: along(to, -after), arrow: true, tone }
}

/// A neuron: inputs, weights, sum, activation function and output.
pub(super) fn neuron(language: Language) -> String {
    let (sum, f) = ((270.0, 150.0), (370.0, 150.0));
    let inputs = [
        ("1", "bₖ", Tone::Plain, 40.0),
        ("x₁", "wₖ₁", BLUE, 100.0),
        ("x₂", "wₖ₂", BLUE, 160.0),
        ("xₘ", "wₖₘ", BLUE, 260.0),
    ];
    let mut shapes = Vec::new();
    for (input, weight, tone, y) in inputs {
        let at = (60.0, y);
        shapes.push(arrow((at, RADIUS), (sum, 26.0), Tone::Faint));
        // A label above a rising line needs more distance.
        let above = if y > sum.1 + 50.0 { 20.0 } else { 12.0 };
        let beside = (at.0 + 0.42 * (sum.0 - at.0), y + 0.42 * (sum.1 - y) - above);
        shapes.push(text(beside, weight));
        shapes.push(unit(at, input, tone));
    }
    shapes.push(text((60.0, 210.0), "⋮"));
    shapes.push(arrow((sum, 26.0), (f, 26.0), Tone::Plain));
    shapes.push(text((320.0, 138.0), "αₖ"));
    shapes.push(arrow((f, 26.0), ((460.0, 150.0), 12.0), Tone::Plain));
    shapes.push(text((464.0, 150.0), "yₖ"));
    let big = |at: Point, word: &str, tone: Tone| Shape::Circle {
        at,
        radius: 26.0,
        word: word.to_owned(),
        tone,
    };
    shapes.extend([big(sum, "Σ", GREEN), big(f, "f", ORANGE)]);
    for (x, english, german) in [
        (60.0, "inputs", "Eingaben"),
        (165.0, "weights", "Gewichte"),
        (270.0, "sum", "Summe"),
        (370.0, "activation", "Aktivierung"),
        (464.0, "output", "Ausgabe"),
    ] {
        shapes.push(text((x, 310.0), language.of(english, german)));
    }
    diagram((510.0, 330.0), &shapes)
}

/// The units of the layers, column by column.
const LAYERS: [usize; 4] = [3, 5, 4, 2];

fn place(column: usize, row: usize) -> Point {
    let middle = (LAYERS[column] as f64 - 1.0) / 2.0;
    (75.0 + 185.0 * column as f64, 160.0 + 54.0 * (row as f64 - middle))
}

/// A network of two hidden layers with its weight matrices.
pub(super) fn network(language: Language) -> String {
    let mut shapes = Vec::new();
    for column in 1..LAYERS.len() {
        for (to, from) in
            (0..LAYERS[column]).flat_map(|to| (0..LAYERS[column - 1]).map(move |from| (to, from)))
        {
            shapes.push(Shape::Line {
                from: place(column - 1, from),
                to: place(column, to),
                arrow: false,
                tone: Tone::Faint,
            });
        }
    }
    let [input, hidden, output] = [
        language.of("input", "Eingabe"),
        language.of("hidden layer", "verborgene Schicht"),
        language.of("output", "Ausgabe"),
    ];
    let columns = [
        (BLUE, input, "x", ""),
        (GREEN, format!("{hidden} 1"), "h₁", "h₁ = f(W₁x + b₁)"),
        (GREEN, format!("{hidden} 2"), "h₂", "h₂ = f(W₂h₁ + b₂)"),
        (ORANGE, output, "s", "s = W₃h₂ + b₃"),
    ];
    for (column, (tone, name, vector, formula)) in columns.iter().enumerate() {
        for row in 0..LAYERS[column] {
            shapes.push(unit(place(column, row), "", *tone));
        }
        let (x, _) = place(column, 0);
        shapes.push(text((x, 14.0), name.clone()));
        shapes.push(text((x, 310.0), *vector));
        shapes.push(text((x, 362.0), *formula));
        if column > 0 {
            let (rows, columns) = (LAYERS[column], LAYERS[column - 1]);
            let matrix = format!("W{}: {rows}×{columns}", ["", "₁", "₂", "₃"][column]);
            shapes.push(text((x - 92.0, 336.0), matrix));
        }
    }
    diagram((710.0, 382.0), &shapes)
}

/// The units that dropout leaves out, as column and row.
const DROPPED: [(usize, usize); 4] = [(1, 1), (1, 2), (2, 0), (2, 3)];

/// The same network without and with dropout.
pub(super) fn dropout(language: Language) -> String {
    let mut shapes = Vec::new();
    let panels = [
        (language.of("in use: all units", "Anwendung: alle Neuronen"), &[][..]),
        (language.of("in training: some left out", "Training: einige ausgelassen"), &DROPPED[..]),
    ];
    for (panel, (name, dropped)) in panels.iter().enumerate() {
        let at = |column: usize, row: usize| {
            let (_, y) = place(column, row);
            (40.0 + 75.0 * column as f64 + 300.0 * panel as f64, y + 26.0)
        };
        let kept = |column: usize, row: usize| !dropped.contains(&(column, row));
        for column in 1..LAYERS.len() {
            for (to, from) in (0..LAYERS[column])
                .flat_map(|to| (0..LAYERS[column - 1]).map(move |from| (to, from)))
                .filter(|(to, from)| kept(column, *to) && kept(column - 1, *from))
            {
                shapes.push(Shape::Line {
                    from: at(column - 1, from),
                    to: at(column, to),
                    arrow: false,
                    tone: Tone::Faint,
                });
            }
        }
        for (column, units) in LAYERS.into_iter().enumerate() {
            for row in 0..units {
                let tone = match column {
                    _ if !kept(column, row) => Tone::Faint,
                    0 => BLUE,
                    3 => ORANGE,
                    _ => GREEN,
                };
                shapes.push(unit(at(column, row), "", tone));
            }
        }
        shapes.push(text((152.0 + 300.0 * panel as f64, 18.0), name.clone()));
    }
    diagram((610.0, 330.0), &shapes)
}

/// The three parts of the data, with their use.
pub(super) fn parts(language: Language) -> String {
    let parts = [
        (
            BLUE,
            250.0,
            ["training data", "Trainingsdaten"],
            ["fit the", "parameters"],
            ["Parameter", "optimieren"],
        ),
        (
            GREEN,
            170.0,
            ["validation data", "Validierungsdaten"],
            ["choose the", "hyperparameters"],
            ["Hyperparameter", "einstellen"],
        ),
        (
            ORANGE,
            170.0,
            ["test data", "Testdaten"],
            ["estimate the", "risk, once"],
            ["Risiko schätzen,", "einmal"],
        ),
    ];
    let mut shapes = Vec::new();
    let mut left = 10.0;
    for (tone, width, [english, german], uses, nutzung) in parts {
        let name = language.of(english, german);
        shapes.push(boxed((left, 10.0), (width - 6.0, 60.0), &[&name], tone));
        let centre = left + (width - 6.0) / 2.0;
        shapes.push(arrow(((centre, 72.0), 0.0), ((centre, 104.0), 0.0), Tone::Plain));
        for (i, (english, german)) in uses.into_iter().zip(nutzung).enumerate() {
            shapes.push(text((centre, 120.0 + 20.0 * i as f64), language.of(english, german)));
        }
        left += width;
    }
    diagram((604.0, 156.0), &shapes)
}

/// The confusion matrix of two classes.
pub(super) fn confusion(language: Language) -> String {
    let cell = |english: [&str; 2], german: [&str; 2]| {
        let pairs = english.into_iter().zip(german);
        pairs.map(|(english, german)| language.of(english, german)).collect::<Vec<String>>()
    };
    let cells = [
        (0, 0, GREEN, cell(["true positive", "TP"], ["Richtig Positiv", "RP"])),
        (1, 0, PURPLE, cell(["false negative", "FN"], ["Falsch Negativ", "FN"])),
        (0, 1, ORANGE, cell(["false positive", "FP"], ["Falsch Positiv", "FP"])),
        (1, 1, BLUE, cell(["true negative", "TN"], ["Richtig Negativ", "RN"])),
    ];
    let (left, top, width, height) = (130.0, 60.0, 170.0, 70.0);
    let mut shapes: Vec<Shape> = cells
        .into_iter()
        .map(|(column, row, tone, lines)| Shape::Rectangle {
            at: (left + width * f64::from(column), top + height * f64::from(row)),
            size: (width - 6.0, height - 6.0),
            lines,
            tone,
        })
        .collect();
    let [positive, negative] =
        [language.of("positive", "Positiv"), language.of("negative", "Negativ")];
    let prediction = language.of("prediction f(x)", "Vorhersage f(x)");
    shapes.push(text((left + width, 18.0), prediction));
    for (i, name) in [positive, negative].into_iter().enumerate() {
        shapes.push(text((left + width * (i as f64 + 0.5), 44.0), name.clone()));
        shapes.push(text((left - 38.0, top + height * (i as f64 + 0.5)), name));
    }
    shapes.push(text((26.0, top + height), "y"));
    diagram((480.0, 206.0), &shapes)
}
