//! The conversion of SVG to pixels with an embedded font, so that the result does not depend on the
//! system.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::ReportError;
use crate::own::marked;

/// DejaVu Sans, reduced to Latin, Greek and a few symbols. Its licence is `fonts/LICENSE`.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");

/// The name of the embedded font.
pub(crate) const FONT_FAMILY: &str = "DejaVu Sans";

/// The fonts, parsed once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family(FONT_FAMILY);
    Arc::new(fonts)
});

/// The scale that [`png`] draws with.
const SCALE: f32 = 2.0;
/// The largest number of pixels, beyond which viewers do not open a picture.
const MOST_PIXELS: f32 = 100_000_000.0;

/// Converts an SVG document, such as [`learning_curves`](crate::learning_curves), to a PNG file: in
/// the light colours, on a white background, at twice the document's size.
///
/// The bytes are the same on every system: texts are drawn with a font of this crate.
///
/// # Errors
///
/// Returns [`ReportError::Plot`] if the text is not an SVG document, or if it has more than 100
/// million pixels.
///
/// ```
/// let svg = zunder_report::schedule(&[0.1, 0.05, 0.0]);
/// assert!(zunder_report::png(&svg)?.starts_with(b"\x89PNG"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn png(svg: &str) -> Result<Vec<u8>, ReportError> {
    rasterise(svg, SCALE)?.encode_png().map(marked).map_err(|e| ReportError::Plot(e.to_string()))
}

/// Draws an SVG document, scaled by `scale`.
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
        // The name of the vertical axis, at the left.
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
