//! Complete JPEG files of many kinds, and damaged ones.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, Rgb, RgbImage};
use proptest::prelude::*;

use super::*;

/// Files written by Pillow and libjpeg in `tests/goldens/jpeg`, made by `jpeg.py` there.
const FILES: [(&str, &[u8]); 7] = [
    ("baseline", include_bytes!("../../../tests/goldens/jpeg/baseline.jpg")),
    ("optimised", include_bytes!("../../../tests/goldens/jpeg/optimised.jpg")),
    ("progressive", include_bytes!("../../../tests/goldens/jpeg/progressive.jpg")),
    ("restarts", include_bytes!("../../../tests/goldens/jpeg/restarts.jpg")),
    (
        "progressive_restarts",
        include_bytes!("../../../tests/goldens/jpeg/progressive_restarts.jpg"),
    ),
    ("inks", include_bytes!("../../../tests/goldens/jpeg/inks.jpg")),
    ("scans", include_bytes!("../../../tests/goldens/jpeg/scans.jpg")),
];

fn refused(bytes: &[u8]) -> String {
    check(bytes).unwrap_err()
}

/// Returns the start of the first scan's data.
fn data_of(bytes: &[u8]) -> usize {
    let header = bytes.windows(2).position(|pair| pair == [0xFF, SOS]).unwrap();
    header + 2 + usize::from(u16::from_be_bytes([bytes[header + 2], bytes[header + 3]]))
}

#[test]
fn whole_files_are_whole() {
    for (name, bytes) in FILES {
        assert_eq!(check(bytes), Ok(Whole::Ended), "{name}");
        assert_eq!(check(&[bytes, &[7; 100]].concat()), Ok(Whole::Ended), "{name}");
        let at = bytes.len() - 2;
        assert_eq!(check(&bytes[..at]), Ok(Whole::WithoutEnd { at }), "{name}");
        let two = [&bytes[..at], bytes].concat();
        assert_eq!(check(&two), Ok(Whole::WithoutEnd { at }), "{name}");
    }
    assert_eq!(check(b"\x89PNG"), Ok(Whole::Unknown));
}

#[test]
fn exif_data_are_found() {
    for (name, bytes) in FILES {
        assert!(lacks_exif(bytes), "{name}");
    }
    let turned = include_bytes!("../../../tests/goldens/image_folder/orientation_6.jpg");
    assert!(!lacks_exif(turned) && !lacks_exif(b"\x89PNG") && !lacks_exif(&turned[..40]));
}

#[test]
fn a_cut_at_any_place_is_seen() {
    for (name, bytes) in FILES {
        for cut in 2..bytes.len() - 2 {
            assert!(check(&bytes[..cut]).is_err(), "{name} cut at {cut}");
            assert!(
                check(&[&bytes[..cut], &END].concat()).is_err(),
                "{name} cut at {cut} with an end"
            );
        }
    }
}

#[test]
fn messages_say_what_is_wrong() {
    let (baseline, progressive) = (FILES[0].1, FILES[2].1);
    let (data, length) = (data_of(baseline), baseline.len());
    let half = data + (length - data) / 2;
    let glued = [&baseline[..half], baseline].concat();
    assert!(refused(&glued).starts_with("its data end after "), "{}", refused(&glued));
    let headers = data - 14;
    assert_eq!(
        refused(&[&baseline[..headers], &END].concat()),
        "it has no scan: nothing but headers"
    );
    let padded = [&baseline[..length - 2], &[9; 40], &END].concat();
    assert_eq!(refused(&padded), "it has 40 bytes of data too many after the last block of a scan");
    let mut zeroed = baseline.to_vec();
    zeroed[half..length - 2].fill(0);
    let told = refused(&zeroed);
    assert!(
        told.contains("zeros") || told.contains("its data end") || told.contains("too many"),
        "{told}"
    );
    let last_scan = progressive.windows(2).rposition(|pair| pair == [0xFF, SOS]).unwrap();
    assert_eq!(
        refused(&[&progressive[..last_scan], &END].concat()),
        "it is a progressive JPEG without its last scans"
    );
}

#[test]
fn each_scan_of_a_file_is_needed() {
    for (name, bytes) in [FILES[2], FILES[6]] {
        let mut starts: Vec<usize> =
            (0..bytes.len() - 1).filter(|&i| bytes[i..].starts_with(&[0xFF, SOS])).collect();
        starts.push(bytes.len() - 2);
        for scan in starts.windows(2) {
            // Tables for later scans are kept.
            let tables = bytes[scan[0]..scan[1]].windows(2).position(|pair| pair == [0xFF, DHT]);
            let from = tables.map_or(scan[1], |at| scan[0] + at);
            assert!(
                check(&[&bytes[..scan[0]], &bytes[from..]].concat()).is_err(),
                "{name} without {scan:?}"
            );
        }
    }
}

#[test]
fn a_flat_part_may_be_zeros() {
    // With these tables a block without change is two zero bits: half of the picture is a run of
    // zero bytes.
    let (counts, dc, ac) = ([2_u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 5], [0, 0x01]);
    let table =
        |kind: u8, values: [u8; 2]| [&[0xFF, DHT, 0, 21, kind][..], &counts, &values].concat();
    let header = [0xFF, SOF0, 0, 11, 8, 0, 128, 0, 128, 1, 1, 0x11, 0];
    let scan = [0xFF, SOS, 0, 8, 1, 1, 0, 0, 63, 0];
    let file = |data: &[u8]| {
        [&START[..], &table(0, dc), &table(0x10, ac), &header, &scan, data, &END].concat()
    };
    // 256 blocks of two bits.
    assert_eq!(check(&file(&[0; 64])), Ok(Whole::Ended));
    assert_eq!(refused(&file(&[0; 63])), "its data end after 252 of 256 blocks of a scan");
    // If the code of zeros is a coefficient, no picture has this many of them.
    let noise = |data: &[u8]| {
        [&START[..], &table(0, dc), &table(0x10, [0x01, 0]), &header, &scan, data, &END].concat()
    };
    assert_eq!(refused(&noise(&[0; 4064])), "zeros are in place of a part of its data");
}

#[test]
fn the_encoders_files_of_all_sizes_are_whole() {
    for (width, height) in [(1, 1), (8, 8), (9, 7), (17, 33), (64, 1)] {
        for quality in [1, 60, 100] {
            let image = RgbImage::from_fn(width, height, |x, y| {
                Rgb([(x * 37) as u8, (y * 91) as u8, x.wrapping_mul(y) as u8])
            });
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, quality)
                .encode(&image, width, height, ExtendedColorType::Rgb8)
                .unwrap();
            assert_eq!(check(&bytes), Ok(Whole::Ended), "{width}x{height} at {quality}");
        }
    }
}

/// If a piece within one block is missing, the rest may still be codes that end at the right
/// position. This is rare, and libjpeg gives no warning either.
#[test]
fn nearly_all_missing_or_inserted_data_are_seen() {
    let (mut tried, mut unseen) = (0, 0);
    for (_, bytes) in FILES {
        let (data, pixels) = (data_of(bytes), pixels(bytes));
        for length in [40, 90] {
            for at in (data..bytes.len() - 2 - length).step_by(3) {
                let missing = [&bytes[..at], &bytes[at + length..]].concat();
                let twice = [&bytes[..at + length], &bytes[at..]].concat();
                for changed in [missing, twice] {
                    tried += 1;
                    unseen += usize::from(
                        check(&changed).is_ok() && super::tests::pixels(&changed) != pixels,
                    );
                }
            }
        }
    }
    assert!(tried > 2000 && 25 * unseen < tried, "{unseen} of {tried}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn any_bytes_end_in_an_answer(
        file in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = FILES[file].1.to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = check(&bytes);
    }
}

fn pixels(bytes: &[u8]) -> Option<Vec<u8>> {
    image::load_from_memory(bytes).ok().map(image::DynamicImage::into_bytes)
}
