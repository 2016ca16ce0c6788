//! Unusual but valid files: all of them are read, with their pixels.

use std::fs;
use std::path::Path;

use zunder_data::ImageShape;
use zunder_data::image_folder::{ImageDecoder, ResizeMode};

const SIDE: usize = 4;

/// Colours of a picture of 4 x 4 pixels. Its quadrants identify the orientation.
fn colour(x: usize, y: usize) -> [u8; 3] {
    [[[200, 40, 60], [240, 230, 20]], [[10, 20, 30], [30, 90, 220]]][y / 2][x / 2]
}

fn pixels(path: &Path) -> Vec<[u8; 3]> {
    let shape = ImageShape { channels: 3, height: SIDE, width: SIDE };
    let decoder =
        ImageDecoder { shape, resize: ResizeMode::Stretch, background: [255; 3], depth: 16 };
    let planes = decoder.read(path).unwrap();
    let plane = SIDE * SIDE;
    (0..plane).map(|i| [planes[i], planes[plane + i], planes[2 * plane + i]]).collect()
}

/// A BMP whose header has `header` bytes; headers of 108 bytes and more have masks for alpha.
fn bmp(header: u32, bits: u16, compression: u32, rows: &[u8], top_down: bool) -> Vec<u8> {
    let mut info = Vec::new();
    info.extend(header.to_le_bytes());
    info.extend((SIDE as i32).to_le_bytes());
    info.extend((if top_down { -(SIDE as i32) } else { SIDE as i32 }).to_le_bytes());
    info.extend(1_u16.to_le_bytes());
    info.extend(bits.to_le_bytes());
    info.extend(compression.to_le_bytes());
    info.resize(40, 0);
    if header > 40 {
        info.extend(
            [0x00FF_0000_u32, 0xFF00, 0xFF, 0xFF00_0000].iter().flat_map(|mask| mask.to_le_bytes()),
        );
        info.resize(header as usize, 0);
    }
    let start = 14 + info.len() as u32;
    let mut file = b"BM".to_vec();
    file.extend((start + rows.len() as u32).to_le_bytes());
    file.extend([0; 4]);
    file.extend(start.to_le_bytes());
    [file, info, rows.to_vec()].concat()
}

fn rows(top_down: bool, alpha: impl Fn(usize, usize) -> Option<u8>) -> Vec<u8> {
    let order: Vec<usize> = if top_down { (0..SIDE).collect() } else { (0..SIDE).rev().collect() };
    let pixel = |x, y| {
        let [red, green, blue] = colour(x, y);
        [blue, green, red].into_iter().chain(alpha(x, y))
    };
    order.into_iter().flat_map(|y| (0..SIDE).flat_map(move |x| pixel(x, y))).collect()
}

#[test]
fn bitmaps_with_and_without_an_alpha_of_zeros_have_their_colours() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("odd.bmp");
    let expected: Vec<[u8; 3]> = (0..SIDE * SIDE).map(|i| colour(i % SIDE, i / SIDE)).collect();
    let zeros = |_, _| Some(0);
    for (name, file) in [
        ("24 bits", bmp(40, 24, 0, &rows(false, |_, _| None), false)),
        ("24 bits, top down", bmp(40, 24, 0, &rows(true, |_, _| None), true)),
        ("32 bits", bmp(40, 32, 0, &rows(false, zeros), false)),
        ("32 bits, V4, alpha of zeros", bmp(108, 32, 3, &rows(false, zeros), false)),
        ("32 bits, V5, alpha of zeros", bmp(124, 32, 3, &rows(false, zeros), false)),
        ("32 bits, V5, opaque", bmp(124, 32, 3, &rows(false, |_, _| Some(255)), false)),
    ] {
        fs::write(&path, [&file[..], &[0; 9]].concat()).unwrap();
        assert_eq!(pixels(&path), expected, "{name}");
    }
    // One opaque pixel makes alpha significant.
    let transparent = |x, y| Some(if (x, y) == (0, 0) { 255 } else { 0 });
    fs::write(&path, bmp(108, 32, 3, &rows(false, transparent), false)).unwrap();
    let got = pixels(&path);
    assert!(got[0] == colour(0, 0) && got[1..].iter().all(|pixel| *pixel == [255; 3]), "{got:?}");
}

#[test]
fn bytes_after_the_end_and_a_missing_end_change_no_pixel() {
    let dir = tempfile::tempdir().unwrap();
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/jpeg");
    let mut seen = 0;
    for entry in fs::read_dir(goldens).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "jpg") {
            continue;
        }
        seen += 1;
        let (whole, bytes) = (pixels(&path), fs::read(&path).unwrap());
        let odd = dir.path().join("odd.jpg");
        for changed in [[&bytes[..], &[7; 99]].concat(), bytes[..bytes.len() - 2].to_vec()] {
            fs::write(&odd, changed).unwrap();
            assert_eq!(pixels(&odd), whole, "{}", path.display());
        }
    }
    assert_eq!(seen, 7);
}
