//! The SVG document around what `plotters` draws: its size, and colours that follow the reader's light or dark scheme.

use plotters::style::RGBColor;

/// The lines of the training set. Blue and vermilion of Okabe and Ito's palette, which colour-blind readers can tell apart.
pub(crate) const TRAIN: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// The lines of the validation set.
pub(crate) const VALIDATION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// Letters.
pub(crate) const TEXT: RGBColor = RGBColor(0x24, 0x29, 0x2F);
/// Grid lines and axes.
pub(crate) const GRID: RGBColor = RGBColor(0xD8, 0xDC, 0xE0);
/// The line that marks an epoch.
pub(crate) const MARK: RGBColor = RGBColor(0x76, 0x7D, 0x86);
/// Behind everything.
pub(crate) const BACKGROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

/// The same colours in the dark.
const DARK: [(RGBColor, &str); 6] =
    [(TRAIN, "#56B4E9"), (VALIDATION, "#F0A04B"), (TEXT, "#E6E8EB"), (GRID, "#3A4048"), (MARK, "#9AA2AC"), (BACKGROUND, "#15181C")];

/// `plotters` rounds to whole units, so it draws this many a pixel.
pub(crate) const UNITS_PER_PIXEL: u32 = 2;

/// The document for what `plotters` drew on a canvas of `width` x `height` units.
///
/// The colours stand in the elements, where every viewer finds them; the style sheet replaces them in the dark.
pub(crate) fn document(drawn: &str, width: u32, height: u32) -> String {
    let (_, body) = drawn.split_once('>').unwrap_or_default();
    let (w, h) = (width / UNITS_PER_PIXEL, height / UNITS_PER_PIXEL);
    let rules = DARK.map(|(RGBColor(r, g, b), dark)| {
        let light = format!("#{r:02X}{g:02X}{b:02X}");
        format!(".zunder-plot [fill=\"{light}\"]{{fill:{dark}}}.zunder-plot [stroke=\"{light}\"]{{stroke:{dark}}}")
    });
    format!(
        "<svg class=\"zunder-plot\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <style>@media (prefers-color-scheme:dark){{{}}}</style>{body}",
        rules.concat()
    )
}
