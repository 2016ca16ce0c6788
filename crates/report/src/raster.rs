//! From SVG to pixels, with a font of our own: nothing of the system is needed, and the pixels are the same everywhere.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::ReportError;

/// DejaVu Sans, cut down to Latin, Greek and a few symbols; `fonts/LICENSE` is its licence.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");

/// The name of the font that is always there.
pub(crate) const FONT_FAMILY: &str = "DejaVu Sans";

/// Draws an SVG document in its own size.
pub(crate) fn rasterise(svg: &str) -> Result<Pixmap, ReportError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = Options { font_family: FONT_FAMILY.to_owned(), fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|e| ReportError::Plot(e.to_string()))?;
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| ReportError::Plot(format!("a picture of {} x {} pixels", size.width(), size.height())))?;
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    Ok(pixmap)
}
