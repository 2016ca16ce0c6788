//! Damaged files, and files that do not match.

use super::*;

#[test]
fn headers_are_held_against_what_can_be() {
    let header = |data_type: u8, sizes: &[u32]| {
        let mut bytes = idx(sizes, &[9; 600]);
        bytes[2] = data_type;
        bytes
    };
    let check = |name: &str, bytes: &[u8], what: &str, is: &str| {
        let message = format!("the {what} of DIR/fashion-mnist/{name} is {is}");
        check_bytes(name, bytes, &message, "SHA-256");
    };
    for (name, code, sizes, is) in [
        (IMAGES, 0x0D, &[40, 3, 5][..], "0x0D (32-bit float)"),
        (IMAGES, 0x09, &[40, 3, 5], "0x09 (signed byte)"),
        (LABELS, 0x0C, &[40], "0x0C (32-bit integer)"),
        (IMAGES, 0x42, &[40, 3, 5], "0x42 (unknown)"),
    ] {
        let is = format!("{is}, expected 0x08 (unsigned byte)");
        check(name, &header(code, sizes), "data type", &is);
    }
    for (name, sizes, what, is) in [
        (IMAGES, &[40][..], "number of dimensions", "1, expected 3 (images, rows, columns)"),
        (IMAGES, &[40, 3, 5, 1], "number of dimensions", "4, expected 3 (images, rows, columns)"),
        (LABELS, &[40, 3, 5], "number of dimensions", "3, expected 1 (labels)"),
        (IMAGES, &[0, 3, 5], "number of images", "0, expected at least 1"),
        (IMAGES, &[40, 0, 5], "number of rows", "0, expected at least 1"),
        (IMAGES, &[40, 3, 0], "number of columns", "0, expected at least 1"),
        (TEST_LABELS, &[0], "number of labels", "0, expected at least 1"),
    ] {
        check(name, &header(8, sizes), what, is);
    }
    for length in [0, 3, 15] {
        let is = format!("{length} bytes long, expected 16");
        check(IMAGES, &part(40).0[..length], "header", &is);
        let (half, is) = (length / 2, format!("{} bytes long, expected 8", length / 2));
        check(TEST_LABELS, &gzip(&part(40).1[..half]), "header", &is);
    }
}

#[test]
fn files_that_do_not_belong_together_are_told_apart() {
    let (images, labels) =
        ("DIR/fashion-mnist/train-images-idx3-ubyte", "DIR/fashion-mnist/train-labels-idx1-ubyte");
    let message =
        format!("the number of labels of {labels} is 39, expected 40, one an image of {images}");
    check_bytes(LABELS, &part(39).1, &message, "not what its name says");
    let test = "the image size of DIR/fashion-mnist/t10k-images-idx3-ubyte is 5x3";
    check_bytes(
        TEST_IMAGES,
        &idx(&[20, 5, 3], &[0; 300]),
        &format!("{test}, expected 3x5 as in {images}"),
        "not what its name says",
    );
}

#[test]
fn a_plain_file_of_another_size_is_damaged() {
    let file = "DIR/fashion-mnist/train-images-idx3-ubyte";
    let good = part(40).0;
    let huge = idx(&[u32::MAX; 3], &[1; 9]);
    for (bytes, problem, expected) in [
        (&good[..615], "cut short", 616),
        (&good[..16], "cut short", 616),
        (&[good.as_slice(), &[0]].concat(), "too long", 616),
        (&huge, "cut short", u64::MAX),
    ] {
        let n = bytes.len();
        let message = format!("{file} is {problem}: it has {n} bytes, expected {expected}");
        check_bytes(IMAGES, bytes, &message, "SHA-256");
    }
}

#[test]
fn a_damaged_gzip_stream_is_refused() {
    let check = |bytes: &[u8]| {
        let dir = folder();
        fs::write(dir.path().join("fashion-mnist").join(IMAGES), bytes).unwrap();
        let error = load(dir.path(), &FAMILY).unwrap_err();
        assert!(
            matches!(&error, DataError::Gzip { path, .. } if path.ends_with(IMAGES)),
            "{error}"
        );
        assert!(
            error.to_string().contains("train-images-idx3-ubyte is damaged: ")
                && error.hint().unwrap().contains("SHA-256"),
            "{error}"
        );
    };
    let good = gzip(&part(40).0);
    let n = good.len();
    for end in [2, 9, n / 2, n - 9, n - 8, n - 1] {
        check(&good[..end]);
    }
    let with = |at: usize, byte: u8| [&good[..at], &[byte], &good[at + 1..]].concat();
    let (checksum, length) = (n - 8, n - 4);
    check(&with(checksum, !good[checksum]));
    check(&with(length, !good[length]));
    check(&with(10, 0xFF));
    check(&with(2, 7));
    check(&[good.as_slice(), b"more after the end"].concat());
}

#[test]
fn a_gzip_stream_of_another_size_is_refused() {
    let unpacked = |is: &str| {
        format!("the unpacked size of DIR/fashion-mnist/train-images-idx3-ubyte is {is}")
    };
    let good = part(40).0;
    check_bytes(IMAGES, &gzip(&good[..500]), &unpacked("500 bytes, expected 616"), "SHA-256");
    check_bytes(
        IMAGES,
        &[gzip(&good), gzip(&[0; 50])].concat(),
        &unpacked("more than 616 bytes, expected 616"),
        "SHA-256",
    );
    check_bytes(
        IMAGES,
        &gzip(&idx(&[40, 3, 5], &vec![0; 20_000_000])),
        &unpacked("more than 616 bytes, expected 616"),
        "SHA-256",
    );
    let promise = gzip(&idx(&[40_000, 250, 250], &[0; 600]));
    check_bytes(
        IMAGES,
        &promise,
        &unpacked("2500000016 bytes, expected at most 1073741824"),
        "gunzip",
    );
    let both = |inner: &Path| {
        fs::write(inner.join(IMAGES), gzip(&idx(&[40, 5_000, 5_000], &[0; 600]))).unwrap();
        fs::write(inner.join(TEST_IMAGES), gzip(&idx(&[20, 5_000, 5_000], &[0; 600]))).unwrap();
    };
    check_refused(both, &unpacked("616 bytes, expected 1000000016"), "SHA-256");
}

#[test]
fn a_label_above_9_is_damage() {
    let mut labels = part(40).1;
    labels[8 + 33] = 10;
    let message =
        "record 33 of DIR/fashion-mnist/train-labels-idx1-ubyte has label 10, expected 0 to 9";
    check_bytes(LABELS, &labels, message, "damaged");
}

proptest! {
    #[test]
    fn any_header_is_sizes_or_a_problem(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        let good = bytes.len() >= 8 && bytes.starts_with(&[0, 0, 8, 1]) && bytes[4..8] != [0; 4];
        prop_assert_eq!(header::parse(&bytes, ["labels"]).is_ok(), good);
    }

    #[test]
    fn any_file_ends_in_a_data_set_or_an_error(
        mut bytes in prop::collection::vec(any::<u8>(), 0..80),
        has_header in any::<bool>(),
        packed in any::<bool>(),
        file in 0_usize..4,
    ) {
        if has_header {
            bytes.splice(..bytes.len().min(12), [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2]);
        }
        let dir = folder();
        let name = [IMAGES, LABELS, TEST_IMAGES, TEST_LABELS][file];
        fs::write(
            dir.path().join("fashion-mnist").join(name),
            if packed { gzip(&bytes) } else { bytes },
        )
        .unwrap();
        prop_assert!(load(dir.path(), &FAMILY).is_err(), "no such file belongs to the other three");
    }

    #[test]
    fn a_flipped_byte_is_found_or_harmless(
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
        packed in any::<bool>(),
    ) {
        let dir = folder();
        let good = load(dir.path(), &FAMILY).unwrap().train;
        let mut bytes = if packed { gzip(&part(40).0) } else { part(40).0 };
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        fs::write(dir.path().join("fashion-mnist").join(IMAGES), bytes).unwrap();
        match load(dir.path(), &FAMILY) {
            // In a gzip file, only time, system and similar fields of its header can change
            // unnoticed.
            Ok(data) if packed => prop_assert!(at < 10 && data.train == good),
            Ok(data) => prop_assert!(at >= 16 && data.train != good),
            Err(error) => prop_assert!(error.hint().is_some()),
        }
    }
}
