//! CSV files of records, with a header of the records' fields.

use std::io::{Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::EvalError;

/// Writes a header, then one row per record. Each number is written in the shortest form that reads
/// back as the same value.
pub(crate) fn write<T: Serialize>(
    columns: &[&str],
    records: impl IntoIterator<Item = T>,
    to: impl Write,
) -> Result<(), EvalError> {
    let mut to = to;
    let mut file = csv::WriterBuilder::new().has_headers(false).from_writer(&mut to);
    file.write_record(columns).map_err(EvalError::csv)?;
    file.flush().map_err(EvalError::csv)?;
    drop(file);
    write_rows(records, to)
}

/// Writes rows without a header, to be appended to the output of [`write`].
pub(crate) fn write_rows<T: Serialize>(
    records: impl IntoIterator<Item = T>,
    to: impl Write,
) -> Result<(), EvalError> {
    let mut file = csv::WriterBuilder::new().has_headers(false).from_writer(to);
    for record in records {
        file.serialize(record).map_err(EvalError::csv)?;
    }
    file.flush().map_err(EvalError::csv)
}

/// Reads records. Columns may be in any order, further columns are ignored, and the columns in
/// `optional` may be missing.
pub(crate) fn read<T: DeserializeOwned>(
    columns: &[&'static str],
    optional: &[&str],
    from: impl Read,
) -> Result<Vec<T>, EvalError> {
    let mut file = csv::Reader::from_reader(from);
    let header = file.headers().map_err(EvalError::csv)?;
    if let Some(missing) = columns
        .iter()
        .find(|column| !optional.contains(column) && !header.iter().any(|name| name == **column))
    {
        return Err(EvalError::Column { missing, expected: columns.join(", ") });
    }
    file.deserialize().collect::<Result<_, _>>().map_err(EvalError::csv)
}
