//! From SVG to pixels, with a font of our own: nothing of the system is needed, and the pixels are
//! the same everywhere.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::ReportError;
use crate::own::marked;

/// DejaVu Sans, cut down to Latin, Greek and a few symbols; `fonts/LICENSE` is its licence.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");

/// The name of the font that is always there.
pub(crate) const FONT_FAMILY: &str = "DejaVu Sans";

/// Parsed once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family(FONT_FAMILY);
    Arc::new(fonts)
});

/// The pixels a side that [`png`] draws for each of the document's.
const SCALE: f32 = 2.0;
/// A larger picture would be none that a viewer opens.
const MOST_PIXELS: f32 = 100_000_000.0;

/// Makes a PNG file of an SVG document, such as [`learning_curves`](crate::learning_curves): in the
/// light colours, with a white background, two pixels for each of the document's.
///
/// The same bytes everywhere: letters are drawn with a font of this crate.
///
/// # Errors
///
/// [`ReportError::Plot`] for text that is no SVG, or one of more than 100 million pixels.
///
/// ```
/// let svg = zunder_report::schedule(&[0.1, 0.05, 0.0]);
/// assert!(zunder_report::png(&svg)?.starts_with(b"\x89PNG"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn png(svg: &str) -> Result<Vec<u8>, ReportError> {
    rasterise(svg, SCALE)?.encode_png().map(marked).map_err(|e| ReportError::Plot(e.to_string()))
}

/// Draws an SVG document, `scale` times its own size.
pub(crate) fn rasterise(svg: &str, scale: f32) -> Result<Pixmap, ReportError> {
    let options = Options {
        font_family: FONT_FAMILY.to_owned(),
        fontdb: FONTS.clone(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|e| ReportError::Plot(e.to_string()))?;
    let (width, height) =
        ((scale * tree.size().width()).ceil(), (scale * tree.size().height()).ceil());
    let refused = || {
        ReportError::Plot(format!(
            "a picture of {width} x {height} pixels, expected at most {MOST_PIXELS} in all"
        ))
    };
    if width * height > MOST_PIXELS {
        return Err(refused());
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or_else(refused)?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_light_and_have_letters() {
        let pixmap = rasterise(&crate::schedule(&[0.1, 0.0]), 1.0).unwrap();
        let corner = pixmap.pixel(0, 0).map(|p| [p.red(), p.green(), p.blue(), p.alpha()]);
        assert_eq!(corner, Some([255; 4]));
        // The name of the vertical axis, left of everything else.
        let dark = |x: u32| {
            (0..pixmap.height())
                .filter(|&y| pixmap.pixel(x, y).is_some_and(|p| p.red() < 100))
                .count()
        };
        assert!((2..16).map(dark).sum::<usize>() > 50);
    }

    #[test]
    fn other_text_is_refused() {
        assert!(png("<p>").is_err());
        let huge =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000000\" height=\"1000000\"/>";
        assert!(png(huge).unwrap_err().to_string().contains("expected at most 100000000"));
    }
}
