//! Diagrams of circles, boxes, arrows and words, for pictures that explain.

use std::fmt::Write as _;

use crate::svg::{self, BACKGROUND, Colour, FONT, MARK, Stroke, TEXT};

/// A point of a diagram in pixels, from its left upper corner.
pub type Point = (f64, f64);

/// The colour of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// The colour of texts.
    #[default]
    Plain,
    /// The colour of what is in the background, or left out.
    Faint,
    /// The colour of a plot's series with this number.
    Series(usize),
}

/// A part of a [`diagram`].
#[derive(Clone, Debug)]
pub enum Shape {
    /// A lightly filled circle with a word in its centre.
    Circle {
        /// The centre.
        at: Point,
        /// The radius in pixels.
        radius: f64,
        /// The word; empty for none.
        word: String,
        /// The colour.
        tone: Tone,
    },
    /// A lightly filled rectangle with lines of text in its centre.
    Rectangle {
        /// The left upper corner.
        at: Point,
        /// Width and height.
        size: (f64, f64),
        /// The lines of text; empty for none.
        lines: Vec<String>,
        /// The colour.
        tone: Tone,
    },
    /// A straight line, with a head at its end if it is an arrow.
    Line {
        /// The start.
        from: Point,
        /// The end.
        to: Point,
        /// Whether the end has a head.
        arrow: bool,
        /// The colour.
        tone: Tone,
    },
    /// A line of text, centred.
    Text {
        /// The centre.
        at: Point,
        /// The text.
        text: String,
        /// The colour.
        tone: Tone,
    },
}

impl Tone {
    fn colour(self) -> Colour {
        match self {
            Self::Plain => TEXT,
            Self::Faint => MARK,
            Self::Series(i) => Stroke::number(i).colour,
        }
    }
}

/// Draws shapes as an SVG document of a size in pixels; later ones are drawn over earlier ones. The
/// colours follow the reader's light or dark scheme.
///
/// ```
/// use zunder_report::{Shape, Tone, diagram};
///
/// let (at, word) = ((60.0, 40.0), "Σ".into());
/// let unit = Shape::Circle { at, radius: 20.0, word, tone: Tone::Plain };
/// let svg = diagram((120.0, 80.0), &[unit]);
/// assert!(svg.starts_with("<svg") && svg.contains(">Σ</text>"));
/// ```
pub fn diagram((width, height): (f64, f64), shapes: &[Shape]) -> String {
    let mut svg = String::new();
    for shape in shapes {
        shape.draw(&mut svg);
    }
    svg::document(&svg, width, height)
}

impl Shape {
    fn draw(&self, svg: &mut String) {
        match self {
            Self::Circle { at: (x, y), radius, word, tone } => {
                let place = format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"");
                filled(&place, *tone, svg);
                words(&[word], (*x, *y), Tone::Plain, svg);
            }
            Self::Rectangle { at: (x, y), size: (width, height), lines, tone } => {
                let place = format!(
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
                     rx=\"4\""
                );
                filled(&place, *tone, svg);
                let lines: Vec<&String> = lines.iter().collect();
                words(&lines, (x + width / 2.0, y + height / 2.0), Tone::Plain, svg);
            }
            Self::Line { from, to, arrow, tone } => {
                svg::line(svg, *from, *to, &Stroke::solid(tone.colour(), 1.5));
                if *arrow {
                    head(*from, *to, tone.colour(), svg);
                }
            }
            Self::Text { at, text, tone } => words(&[text], *at, *tone, svg),
        }
    }
}

/// Adds a closed shape twice: the background hides what is below it, and the second has the colour.
fn filled(place: &str, tone: Tone, svg: &mut String) {
    let colour = tone.colour();
    let dash = if tone == Tone::Faint { " stroke-dasharray=\"4 4\"" } else { "" };
    let opacity = if matches!(tone, Tone::Series(_)) { 0.2 } else { 0.0 };
    let _ = writeln!(svg, "{place} fill=\"{BACKGROUND}\"/>");
    let _ = writeln!(
        svg,
        "{place} fill=\"{colour}\" fill-opacity=\"{opacity}\" stroke=\"{colour}\" \
         stroke-width=\"1.5\"{dash}/>"
    );
}

/// Adds lines of text around a centre.
fn words(lines: &[&String], (x, y): Point, tone: Tone, svg: &mut String) {
    const LINE: f64 = 1.3 * FONT;
    let top = y + 0.35 * FONT - LINE * (lines.len() as f64 - 1.0) / 2.0;
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        svg::coloured_text(svg, tone.colour(), (x, top + LINE * i as f64), "middle", "", line);
    }
}

/// Adds the head of an arrow. An arrow without length has none.
fn head((x1, y1): Point, (x, y): Point, colour: Colour, svg: &mut String) {
    let length = ((x - x1).powi(2) + (y - y1).powi(2)).sqrt();
    if length > 0.0 {
        let (dx, dy) = (8.0 * (x - x1) / length, 8.0 * (y - y1) / length);
        let _ = writeln!(
            svg,
            "<polygon points=\"{x:.1},{y:.1} {:.1},{:.1} {:.1},{:.1}\" fill=\"{colour}\"/>",
            x - dx - dy / 2.0,
            y - dy + dx / 2.0,
            x - dx + dy / 2.0,
            y - dy - dx / 2.0
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_drawn_and_words_are_escaped() {
        let line =
            |to: Point, arrow: bool| Shape::Line { from: (0.0, 0.0), to, arrow, tone: Tone::Plain };
        let word = "<b>".to_owned();
        let svg = diagram(
            (100.0, 50.0),
            &[
                line((9.0, 9.0), true),
                line((9.0, 9.0), false),
                line((0.0, 0.0), true),
                Shape::Circle {
                    at: (5.0, 5.0),
                    radius: 4.0,
                    word: word.clone(),
                    tone: Tone::Faint,
                },
                Shape::Rectangle {
                    at: (1.0, 1.0),
                    size: (8.0, 8.0),
                    lines: vec![word.clone(), String::new(), word.clone()],
                    tone: Tone::Series(1),
                },
                Shape::Text { at: (2.0, 2.0), text: word, tone: Tone::Plain },
            ],
        );
        let count = |part: &str| svg.matches(part).count();
        assert_eq!((count("<line"), count("<polygon"), count("<circle")), (3, 1, 2), "{svg}");
        assert_eq!((count("<rect x="), count("&lt;b&gt;"), count("<b>")), (2, 4, 0), "{svg}");
        assert_eq!((count("dasharray"), svg.contains("NaN")), (1, false), "{svg}");
    }
}
