//! Contact sheets: small pictures in rows and columns.

use std::fmt::Write as _;

use resvg::tiny_skia::Pixmap;

use crate::raster::{FONT_FAMILY, rasterise};
use crate::{Picture, ReportError};

/// Pictures in rows and columns, such as images beside their augmented versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSheet {
    /// The title at the top.
    pub title: String,
    /// The text below the title, in smaller letters.
    pub subtitle: String,
    /// The heading of each column of pictures.
    pub columns: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<SheetRow>,
}

/// A row of a [`ContactSheet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// The text at the left.
    pub caption: String,
    /// The text below the caption, in smaller letters.
    pub details: String,
    /// The pictures, from left to right.
    pub pictures: Vec<Picture>,
}

/// The approximate size in pixels to which a picture is enlarged, by a whole factor so that its
/// pixels stay sharp.
const TILE: usize = 96;
/// The gaps between pictures and the margin of the sheet.
const GAP: usize = 6;
const MARGIN: usize = 20;
/// The heights of the lines above the pictures.
const TITLE: usize = 34;
const LINE: usize = 18;
const HEADING: usize = 24;
/// The smallest width of a sheet, so that a title fits.
const NARROWEST: usize = 480;
/// The largest number of pixels, beyond which a sheet is neither useful nor opened by viewers.
const MOST_PIXELS: usize = 100_000_000;

impl ContactSheet {
    /// Returns the sheet as a PNG file.
    ///
    /// # Errors
    ///
    /// Returns [`ReportError::Picture`] if the number of values of a picture does not match its
    /// shape, [`ReportError::NoPictures`], or [`ReportError::Plot`] if the sheet is too large to
    /// draw.
    ///
    /// ```
    /// use zunder_report::{ContactSheet, Picture, SheetRow};
    ///
    /// let red = Picture { channels: 3, height: 1, width: 1, pixels: vec![255, 0, 0] };
    /// let row = SheetRow { caption: "red".into(), details: String::new(), pictures: vec![red] };
    /// let sheet = ContactSheet {
    ///     title: "Colours".into(),
    ///     subtitle: String::new(),
    ///     columns: vec!["original".into()],
    ///     rows: vec![row],
    /// };
    /// assert!(sheet.png()?.starts_with(b"\x89PNG"));
    /// # Ok::<(), zunder_report::ReportError>(())
    /// ```
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        let layout = self.layout()?;
        let mut sheet = rasterise(&self.svg(&layout), 1.0)?;
        for (r, row) in self.rows.iter().enumerate() {
            for (c, picture) in row.pictures.iter().enumerate() {
                paste(picture, layout.factor, layout.corner(r, c), &mut sheet);
            }
        }
        sheet.encode_png().map(crate::own::marked).map_err(|e| ReportError::Plot(e.to_string()))
    }

    /// Checks the pictures and computes the layout.
    fn layout(&self) -> Result<Layout, ReportError> {
        let pictures = || self.rows.iter().flat_map(|row| &row.pictures);
        pictures().try_for_each(Picture::check)?;
        let largest = |side: fn(&Picture) -> usize| pictures().map(side).max().unwrap_or(0);
        let (height, width) = (largest(|p| p.height), largest(|p| p.width));
        if height == 0 {
            return Err(ReportError::NoPictures);
        }
        let factor = (TILE / height.max(width)).max(1);
        // Wide enough for the longest line. The width of a letter is about 0.6 of its height.
        let letters = |text: &str, size: f64| (text.chars().count() as f64 * size * 0.6) as usize;
        let captions = self
            .rows
            .iter()
            .map(|row| letters(&row.caption, 15.0).max(letters(&row.details, 12.0)))
            .max()
            .unwrap_or(0);
        let columns = self.rows.iter().map(|row| row.pictures.len()).max().unwrap_or(0);
        let left = MARGIN + captions.min(400) + if captions > 0 { 14 } else { 0 };
        let tile = (height * factor, width * factor);
        let across = (left + columns * (tile.1 + GAP))
            .max(MARGIN + letters(&self.title, 20.0))
            .max(NARROWEST)
            + MARGIN;
        let subtitle = wrapped(&self.subtitle, (across - 2 * MARGIN) * 10 / 78);
        let top = MARGIN + TITLE + subtitle.len() * LINE + HEADING;
        let size = (top + self.rows.len() * (tile.0 + GAP) + MARGIN, across);
        if size.0.saturating_mul(size.1) > MOST_PIXELS {
            return Err(ReportError::Plot(format!(
                "a sheet of {} x {} pixels, expected at most {MOST_PIXELS} in all",
                size.1, size.0
            )));
        }
        Ok(Layout { factor, subtitle, top, left, tile, size })
    }

    /// Draws the background and the texts.
    fn svg(&self, layout: &Layout) -> String {
        let (height, width) = layout.size;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             font-family=\"{FONT_FAMILY}\">\
             <rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>"
        );
        let mut text = |x: usize, y: usize, style: &str, text: &str| {
            let _ = write!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" {style}>{}</text>",
                maud::html!((text)).into_string()
            );
        };
        text(MARGIN, MARGIN + 20, "font-size=\"20\" fill=\"#24292F\"", &self.title);
        for (i, line) in layout.subtitle.iter().enumerate() {
            text(MARGIN, MARGIN + TITLE + 10 + i * LINE, "font-size=\"13\" fill=\"#57606A\"", line);
        }
        for (c, column) in self.columns.iter().enumerate() {
            let (y, x) = layout.corner(0, c);
            text(x, y - 7, "font-size=\"12\" fill=\"#57606A\"", column);
        }
        for (r, row) in self.rows.iter().enumerate() {
            let middle = layout.corner(r, 0).0 + layout.tile.0 / 2;
            text(MARGIN, middle, "font-size=\"15\" fill=\"#24292F\"", &row.caption);
            text(MARGIN, middle + 18, "font-size=\"12\" fill=\"#57606A\"", &row.details);
        }
        svg + "</svg>"
    }
}

/// The positions of all parts, in pixels.
struct Layout {
    /// The factor by which pictures are enlarged.
    factor: usize,
    /// The lines of the subtitle.
    subtitle: Vec<String>,
    /// The top and left of the pictures.
    top: usize,
    left: usize,
    /// The height and width of a picture.
    tile: (usize, usize),
    /// The height and width of the sheet.
    size: (usize, usize),
}

impl Layout {
    /// Returns the top left corner of a picture: y and x.
    fn corner(&self, row: usize, column: usize) -> (usize, usize) {
        (self.top + row * (self.tile.0 + GAP), self.left + column * (self.tile.1 + GAP))
    }
}

/// Breaks a text between words into lines of at most `letters` letters.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Draws a picture, each of its pixels as a square.
fn paste(picture: &Picture, factor: usize, (top, left): (usize, usize), sheet: &mut Pixmap) {
    let stride = sheet.width() as usize;
    let pixels = sheet.pixels_mut();
    for y in 0..picture.height * factor {
        for x in 0..picture.width * factor {
            pixels[(top + y) * stride + left + x] = picture.colour(y / factor, x / factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(channels: usize, pixels: &[u8]) -> Picture {
        Picture { channels, height: 1, width: 2, pixels: pixels.to_vec() }
    }

    fn sheet(pictures: Vec<Picture>) -> ContactSheet {
        let row = SheetRow { caption: "<b>&".into(), details: "degrees 15".into(), pictures };
        ContactSheet {
            title: "Title".into(),
            subtitle: "below".into(),
            columns: vec!["original".into(), "draw 1".into()],
            rows: vec![row],
        }
    }

    #[test]
    fn pictures_are_placed_and_enlarged() {
        let sheet = sheet(vec![picture(3, &[10, 20, 30, 40, 50, 60]), picture(1, &[0, 200])]);
        let layout = sheet.layout().unwrap();
        assert_eq!((layout.factor, layout.tile), (48, (48, 96)));
        let drawn = Pixmap::decode_png(&sheet.png().unwrap()).unwrap();
        assert_eq!((drawn.height() as usize, drawn.width() as usize), layout.size);
        let colour = |y: usize, x: usize| {
            drawn.pixel(x as u32, y as u32).map(|p| [p.red(), p.green(), p.blue()]).unwrap()
        };
        let (top, left) = layout.corner(0, 0);
        assert_eq!(
            (colour(top, left), colour(top + 47, left + 47), colour(top, left + 48)),
            ([10, 30, 50], [10, 30, 50], [20, 40, 60])
        );
        assert_eq!(colour(top, left + 96), [255; 3]); // the gap
        let (top, left) = layout.corner(0, 1);
        assert_eq!((colour(top, left), colour(top, left + 95)), ([0; 3], [200; 3]));
        // The caption is drawn with the font of this crate.
        let dark = (layout.corner(0, 0).0..layout.corner(0, 0).0 + 48)
            .flat_map(|y| (MARGIN..layout.left).map(move |x| (y, x)));
        assert!(dark.filter(|&(y, x)| colour(y, x)[0] < 100).count() > 50);
    }

    #[test]
    fn long_subtitles_are_wrapped() {
        assert_eq!(wrapped("one two  three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
        assert!(wrapped("", 9).is_empty());
        let long =
            ContactSheet { subtitle: "word ".repeat(60), ..sheet(vec![picture(1, &[0, 0])]) };
        let short = ContactSheet { subtitle: String::new(), ..long.clone() };
        let (long, short) = (long.layout().unwrap(), short.layout().unwrap());
        assert!(
            long.size.1 == short.size.1 && long.size.0 > short.size.0 && long.subtitle.len() > 3
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let message = |sheet: ContactSheet| sheet.png().unwrap_err().to_string();
        assert_eq!(
            message(sheet(vec![picture(3, &[1, 2])])),
            "a picture has 2 values, expected 6 for 3x1x2"
        );
        assert_eq!(
            message(sheet(vec![])),
            "got 0 pictures for a contact sheet, expected at least 1"
        );
        let huge =
            Picture { channels: 1, height: 20_000, width: 20_000, pixels: vec![0; 400_000_000] };
        assert!(message(sheet(vec![huge])).contains("expected at most 100000000"));
    }
}
