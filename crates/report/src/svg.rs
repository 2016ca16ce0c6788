//! The SVG document around a drawing: its size, and colours that follow the reader's light or dark
//! scheme.

use std::fmt::Write as _;

use crate::raster::FONT_FAMILY;

/// A colour of the light scheme. [`document`] has the corresponding one of the dark scheme.
pub(crate) type Colour = &'static str;

/// The colours of lines: blue, vermilion, green and purple of palettes that colour-blind readers
/// can distinguish (Okabe and Ito, Tol), ochre and grey.
pub(crate) const LINES: [Colour; 6] =
    ["#0072B2", "#D55E00", "#009E73", "#AA4499", "#96700A", "#57606A"];
/// The colour of the training set.
pub(crate) const TRAIN: Colour = LINES[0];
/// The colour of the validation set.
pub(crate) const VALIDATION: Colour = LINES[1];
/// The colour of texts.
pub(crate) const TEXT: Colour = "#24292F";
/// The colour of grid lines.
pub(crate) const GRID: Colour = "#D8DCE0";
/// The colour of lines in the background of others.
pub(crate) const FAINT: Colour = "#B4BAC2";
/// The colour of axes and of the line that marks an epoch.
pub(crate) const MARK: Colour = "#767D86";
/// The colour of the background.
pub(crate) const BACKGROUND: Colour = "#FFFFFF";

/// The colours of the dark scheme.
const DARK: [(Colour, &str); 11] = [
    (LINES[0], "#56B4E9"),
    (LINES[1], "#F0A04B"),
    (LINES[2], "#3CCFA0"),
    (LINES[3], "#E59ACB"),
    (LINES[4], "#E8D05A"),
    (LINES[5], "#AEB6C0"),
    (TEXT, "#E6E8EB"),
    (GRID, "#3A4048"),
    (FAINT, "#565D66"),
    (MARK, "#9AA2AC"),
    (BACKGROUND, "#15181C"),
];

/// The font size, in pixels of the document.
pub(crate) const FONT: f64 = 15.0;

/// Returns the approximate width of a text in pixels; viewers use different fonts.
pub(crate) fn text_width(text: &str) -> f64 {
    0.6 * FONT * text.chars().count() as f64
}

/// Returns a document of `width` x `height` pixels with the elements `drawn`.
///
/// The colours are attributes of the elements, where every viewer finds them. The style sheet
/// replaces them in the dark scheme.
pub(crate) fn document(drawn: &str, width: f64, height: f64) -> String {
    let rules = DARK.iter().fold(String::new(), |mut rules, (light, dark)| {
        let _ = write!(
            rules,
            ".zunder-plot [fill=\"{light}\"]{{fill:{dark}}}.zunder-plot \
            [stroke=\"{light}\"]{{stroke:{dark}}}"
        );
        rules
    });
    format!(
        "<svg class=\"zunder-plot\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 \
         {width:.0} {height:.0}\" \
         xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui, {FONT_FAMILY}, sans-serif\" \
         font-size=\"{FONT}\">\n\
         <style>@media screen and (prefers-color-scheme:dark){{{rules}}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{BACKGROUND}\"/>\n{drawn}</svg>\n"
    )
}

/// Returns the width of a document of [`document`] in pixels.
pub(crate) fn width(svg: &str) -> Option<f64> {
    svg.split_once(" width=\"")?.1.split_once('"')?.0.parse().ok()
}

/// Adds an escaped text at a position. `anchor` is `start`, `middle` or `end`, and `more` has
/// further attributes.
pub(crate) fn text(svg: &mut String, place: (f64, f64), anchor: &str, more: &str, text: &str) {
    coloured_text(svg, TEXT, place, anchor, more, text);
}

/// Adds a text in a colour; see [`text`].
pub(crate) fn coloured_text(
    svg: &mut String,
    colour: Colour,
    (x, y): (f64, f64),
    anchor: &str,
    more: &str,
    text: &str,
) {
    let text = maud::html!((text)).into_string();
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" \
         fill=\"{colour}\"{more}>{text}</text>"
    );
}

/// Adds a straight line between two points.
pub(crate) fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &Stroke) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"{}/>",
        stroke.attributes()
    );
}

/// Adds a hollow ring, which is visible on a line of the same colour.
pub(crate) fn ring(svg: &mut String, (x, y): (f64, f64), colour: Colour) {
    let _ = writeln!(
        svg,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{BACKGROUND}\"{}/>",
        Stroke { colour, width: 2.0, dash: "" }.attributes()
    );
}

/// The style of a line.
#[derive(Clone, Copy)]
pub(crate) struct Stroke {
    /// The colour.
    pub(crate) colour: Colour,
    /// The width in pixels.
    pub(crate) width: f64,
    /// The lengths of dashes and gaps in pixels; empty for a solid line.
    pub(crate) dash: &'static str,
}

impl Stroke {
    /// Returns a solid line.
    pub(crate) const fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: "" }
    }

    /// Returns the style of line number `i` of a plot: colours and dashes alternate, so that no two
    /// of 24 lines look alike.
    pub(crate) fn number(i: usize) -> Self {
        // The first three are solid, since their colours suffice to distinguish them.
        let dash = ["", "8 4", "2 4", "10 4 2 4"][(i / 3) % 4];
        Self { colour: LINES[i % LINES.len()], width: 2.0, dash }
    }

    /// Returns the attributes of an element.
    pub(crate) fn attributes(&self) -> String {
        let dash = if self.dash.is_empty() {
            String::new()
        } else {
            format!(" stroke-dasharray=\"{}\"", self.dash)
        };
        format!(" stroke=\"{}\" stroke-width=\"{}\"{dash}", self.colour, self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_differ_by_more_than_one_thing() {
        let all: Vec<_> =
            (0..12).map(|i| (Stroke::number(i).colour, Stroke::number(i).dash)).collect();
        assert!((0..12).all(|i| !all[..i].contains(&all[i])));
    }

    #[test]
    fn every_colour_has_one_for_the_dark() {
        for colour in
            [TRAIN, VALIDATION, TEXT, GRID, FAINT, MARK, BACKGROUND].into_iter().chain(LINES)
        {
            assert_eq!(DARK.iter().filter(|(light, _)| *light == colour).count(), 1, "{colour}");
        }
    }

    #[test]
    fn documents_know_their_width() {
        assert_eq!(
            (width(&document("<rect width=\"3\"/>", 480.0, 10.0)), width("<p>")),
            (Some(480.0), None)
        );
    }

    #[test]
    fn letters_are_escaped() {
        let mut svg = String::new();
        text(&mut svg, (0.0, 0.0), "end", "", "<script>&");
        assert!(svg.contains(">&lt;script&gt;&amp;</text>"), "{svg}");
    }
}
