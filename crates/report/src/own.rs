//! The mark that identifies pages and pictures of this crate, so that a command that replaces its
//! earlier output never replaces a file of the user.

/// The name in the mark.
const NAME: &str = "Zunder";
/// The mark of a page, in its head.
pub(crate) const PAGE: &str = "<meta name=\"generator\" content=\"Zunder\">";
/// The start of a plot.
const PLOT: &str = "<svg class=\"zunder-plot\"";
/// The number of bytes of a PNG before its second chunk: the signature, and the IHDR chunk of 25
/// bytes.
const PNG_HEAD: usize = 8 + 25;
/// The start of the text chunk: its type, the keyword `Software` and a zero. The name follows.
const KEYWORD: &[u8] = b"tEXtSoftware\0";

/// The number of bytes at the start of a file that are examined.
pub const OWN_START: usize = 1024;

/// Returns whether a file is a page, an SVG or a PNG of this crate, by its first [`OWN_START`]
/// bytes.
///
/// ```
/// let svg = zunder_report::schedule(&[0.1, 0.05]);
/// assert!(zunder_report::is_own(svg.as_bytes()));
/// assert!(zunder_report::is_own(&zunder_report::png(&svg)?));
/// assert!(!zunder_report::is_own(b"<svg></svg>") && !zunder_report::is_own(b"\x89PNG"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn is_own(start: &[u8]) -> bool {
    let start = start.get(..OWN_START).unwrap_or(start);
    let png = |bytes: &[u8]| {
        let text = bytes.get(PNG_HEAD + 4..).and_then(|chunk| chunk.strip_prefix(KEYWORD));
        bytes.starts_with(b"\x89PNG") && text.is_some_and(|text| text.starts_with(NAME.as_bytes()))
    };
    let text = String::from_utf8_lossy(start);
    png(start)
        || text.starts_with(PLOT)
        || (text.starts_with("<!DOCTYPE html>") && text.contains(PAGE))
}

/// Adds the mark to a PNG file.
pub(crate) fn marked(mut png: Vec<u8>) -> Vec<u8> {
    let content = [KEYWORD, NAME.as_bytes()].concat();
    // The length is that of the content without the type.
    let length = (content.len() - 4) as u32;
    let chunk =
        [&length.to_be_bytes()[..], &content, &crc32fast::hash(&content).to_be_bytes()].concat();
    let place = PNG_HEAD.min(png.len());
    png.splice(place..place, chunk);
    png
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IndexEntry;

    #[test]
    fn pages_and_pictures_are_known_and_pictures_stay_pictures() {
        let page = crate::study_index("<b>", &[] as &[IndexEntry<'static>]);
        assert!(is_own(page.as_bytes()) && !is_own(page.replace(PAGE, "").as_bytes()));
        let png = crate::png(&crate::schedule(&[0.1, 0.0])).unwrap();
        assert!(is_own(&png) && resvg::tiny_skia::Pixmap::decode_png(&png).is_ok());
        assert!(
            !is_own(b"") && !is_own(&png[..20]) && !is_own(&[&png[..33], &png[33 + 31..]].concat())
        );
    }
}
