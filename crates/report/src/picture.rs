//! Small pictures, embedded in a page.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use resvg::tiny_skia::{ColorU8, Pixmap, PremultipliedColorU8};

use crate::ReportError;

/// A small picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The number of values per pixel: 3 are red, green and blue; otherwise the first value is
    /// shown as grey.
    pub channels: usize,
    /// The number of rows.
    pub height: usize,
    /// The number of columns.
    pub width: usize,
    /// Values of 0 to 255, \[channels, height, width\].
    pub pixels: Vec<u8>,
}

/// The largest side in pixels of a picture in a page. Larger pictures are scaled down, to limit the
/// size of the page.
const LARGEST: usize = 160;

impl Picture {
    /// Checks that the picture has pixels and that their number matches its shape.
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let fits = self.pixels.len()
            == self.channels.saturating_mul(self.height).saturating_mul(self.width);
        if !fits || self.pixels.is_empty() {
            let Self { channels, height, width, .. } = *self;
            return Err(ReportError::Picture { got: self.pixels.len(), channels, height, width });
        }
        Ok(())
    }

    /// Returns the colour of a pixel.
    pub(crate) fn colour(&self, y: usize, x: usize) -> PremultipliedColorU8 {
        let [r, g, b] = [0, 1, 2].map(|channel| self.pixels[self.at(channel, y, x)]);
        ColorU8::from_rgba(r, g, b, 255).premultiply()
    }

    /// Encodes the picture as a PNG file in a `data:` URL, in its own size or with the longer side
    /// scaled down to 160 by means over whole pixels.
    pub(crate) fn data_uri(&self) -> Result<String, ReportError> {
        self.check()?;
        let by = self.height.max(self.width).div_ceil(LARGEST);
        let small;
        let picture = if by > 1 {
            small = self.shrunk(by);
            &small
        } else {
            self
        };
        let (height, width) = (picture.height, picture.width);
        let colours = (0..height * width).map(|i| picture.colour(i / width, i % width));
        data_uri(width, height, colours)
    }

    /// Returns the position of a value. Pictures with other than 3 channels use the first one for
    /// all colours.
    fn at(&self, colour: usize, y: usize, x: usize) -> usize {
        let channel = if self.channels == 3 { colour } else { 0 };
        (channel * self.height + y) * self.width + x
    }

    /// Scales down by the means of `by` x `by` pixels, or of fewer at the right and the lower end.
    fn shrunk(&self, by: usize) -> Self {
        let (height, width) = (self.height.div_ceil(by), self.width.div_ceil(by));
        let channels = if self.channels == 3 { 3 } else { 1 };
        let mut pixels = Vec::with_capacity(channels * height * width);
        for (channel, top, left) in (0..channels).flat_map(|c| {
            (0..height).flat_map(move |y| (0..width).map(move |x| (c, y * by, x * by)))
        }) {
            let (bottom, right) = ((top + by).min(self.height), (left + by).min(self.width));
            let values = (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x)));
            let sum: usize =
                values.map(|(y, x)| usize::from(self.pixels[self.at(channel, y, x)])).sum();
            pixels.push((sum / ((bottom - top) * (right - left))) as u8);
        }
        Self { channels, height, width, pixels }
    }
}

/// Encodes pixels, row by row, as a PNG file in a `data:` URL.
pub(crate) fn data_uri(
    width: usize,
    height: usize,
    colours: impl Iterator<Item = PremultipliedColorU8>,
) -> Result<String, ReportError> {
    let mut pixmap = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| ReportError::Plot(format!("a picture of {width} x {height} pixels")))?;
    pixmap.pixels_mut().iter_mut().zip(colours).for_each(|(pixel, colour)| *pixel = colour);
    let png = pixmap.encode_png().map_err(|e| ReportError::Plot(e.to_string()))?;
    Ok(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(picture: &Picture) -> Pixmap {
        let uri = picture.data_uri().unwrap();
        let png =
            BASE64_STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        Pixmap::decode_png(&png).unwrap()
    }

    #[test]
    fn colours_and_greys_come_through() {
        let colour =
            decoded(&Picture { channels: 3, height: 1, width: 2, pixels: vec![1, 2, 3, 4, 5, 6] });
        let of = |pixmap: &Pixmap, x| {
            pixmap.pixel(x, 0).map(|p| [p.red(), p.green(), p.blue(), p.alpha()])
        };
        assert_eq!((of(&colour, 0), of(&colour, 1)), (Some([1, 3, 5, 255]), Some([2, 4, 6, 255])));
        let grey = decoded(&Picture { channels: 1, height: 1, width: 2, pixels: vec![7, 250] });
        assert_eq!(of(&grey, 1), Some([250, 250, 250, 255]));
    }

    #[test]
    fn large_pictures_are_made_smaller() {
        let pixels = (0..3 * 321 * 10).map(|i| if i % 2 == 0 { 10 } else { 20 }).collect();
        let small = decoded(&Picture { channels: 3, height: 10, width: 321, pixels });
        assert_eq!((small.width(), small.height()), (107, 4));
        assert!(small.pixels().iter().all(|p| (13..=16).contains(&p.red())));
    }

    #[test]
    fn wrong_shapes_are_refused() {
        let picture = |channels, n| Picture { channels, height: 2, width: 2, pixels: vec![0; n] };
        assert!(
            picture(3, 4).data_uri().is_err()
                && picture(0, 0).data_uri().is_err()
                && picture(usize::MAX, 8).data_uri().is_err()
        );
    }
}
