//! The header of an IDX file.

/// The data type of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// The problem of a header: the name of the value, the value, and the expected value.
pub(super) type Problem = (String, String, String);

/// Returns the length of a header with `n` dimensions in bytes.
pub(super) const fn length(n: usize) -> usize {
    4 + 4 * n
}

/// Parses the sizes of an array of unsigned bytes from the first [`length(N)`](length) bytes of an
/// IDX file, or fewer if the file is shorter. `axes` are the names of the dimensions.
///
/// Source: the page of the MNIST database, "The IDX file format".
pub(super) fn parse<const N: usize>(bytes: &[u8], axes: [&str; N]) -> Result<[u32; N], Problem> {
    let problem =
        |what: &str, got: String, expected: &str| Err((what.to_owned(), got, expected.to_owned()));
    let Some((&[zero, second_zero, data_type, dimensions], sizes)) = bytes.split_first_chunk()
    else {
        return short::<N>(bytes);
    };
    if (zero, second_zero) != (0, 0) {
        return problem(
            "start",
            format!("{zero:02X} {second_zero:02X}"),
            "00 00 as in every IDX file",
        );
    }
    if data_type != UNSIGNED_BYTE {
        return problem(
            "data type",
            format!("0x{data_type:02X} ({})", type_name(data_type)),
            "0x08 (unsigned byte)",
        );
    }
    if usize::from(dimensions) != N {
        return problem(
            "number of dimensions",
            dimensions.to_string(),
            &format!("{N} ({})", axes.join(", ")),
        );
    }
    let (words, _) = sizes.as_chunks::<4>();
    let Some(words) = words.first_chunk::<N>() else {
        return short::<N>(bytes);
    };
    let sizes = words.map(u32::from_be_bytes);
    match sizes.iter().zip(axes).find(|(size, _)| **size == 0) {
        Some((_, axis)) => problem(&format!("number of {axis}"), "0".to_owned(), "at least 1"),
        None => Ok(sizes),
    }
}

fn short<const N: usize>(bytes: &[u8]) -> Result<[u32; N], Problem> {
    Err(("header".to_owned(), format!("{} bytes long", bytes.len()), length(N).to_string()))
}

fn type_name(data_type: u8) -> &'static str {
    match data_type {
        0x09 => "signed byte",
        0x0B => "16-bit integer",
        0x0C => "32-bit integer",
        0x0D => "32-bit float",
        0x0E => "64-bit float",
        _ => "unknown",
    }
}
