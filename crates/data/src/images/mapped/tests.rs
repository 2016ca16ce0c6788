//! Tests of mapped images.

use std::fs;

use tempfile::TempDir;

use super::*;

/// Bytes 0, 1, 2, ... in a file of this length.
fn file(length: u8) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("f"), (0..length).collect::<Vec<u8>>()).unwrap();
    dir
}

fn map(length: u8, layout: Layout) -> Result<Segment, DataError> {
    let path = file(length).keep().join("f");
    let segment = Segment::map(&File::open(&path).unwrap(), &path, layout);
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    segment
}

/// Images of three bytes, each preceded by two bytes that are not pixels.
const THREE: Layout = Layout { offset: 2, stride: 5, image: 3, images: 3 };

#[test]
fn images_are_found_across_files_and_empty_ones_are_passed_over() {
    let none = Layout { offset: 0, images: 0, ..THREE };
    let one = Layout { offset: 0, stride: 3, image: 3, images: 1 };
    let mapped = Mapped::new(vec![
        map(0, none).unwrap(),
        map(15, THREE).unwrap(),
        map(0, none).unwrap(),
        map(3, one).unwrap(),
    ]);
    let images: Vec<&[u8]> = (0..4).map(|i| mapped.image(i)).collect();
    assert_eq!(images, [[2, 3, 4], [7, 8, 9], [12, 13, 14], [0, 1, 2]]);
    // Advice has no visible effect, in any order and with repetitions.
    mapped.will_need(&[3, 0, 2, 2]);
    mapped.will_need(&[]);
    let some = mapped.subset(&[0, 2, 3]).subset(&[1, 2]);
    assert_eq!([some.image(0), some.image(1)], [[12, 13, 14], [0, 1, 2]]);
    some.will_need(&[1, 0]);
}

#[test]
#[should_panic(expected = "out of range")]
fn an_image_that_is_not_there_is_refused() {
    let _ = Mapped::new(vec![map(20, THREE).unwrap()]).image(3);
}

#[test]
fn a_file_that_ends_before_its_last_image_is_refused() {
    let message = |layout| match map(14, layout).unwrap_err() {
        DataError::Truncated { got, expected, .. } => (got, expected),
        other => panic!("{other}"),
    };
    assert_eq!(message(THREE), (14, 15));
    assert_eq!(message(Layout { offset: u64::MAX, ..THREE }), (14, u64::MAX));
    assert_eq!(message(Layout { stride: usize::MAX, ..THREE }), (14, u64::MAX));
}
