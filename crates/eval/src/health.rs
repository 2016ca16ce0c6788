//! The health statistics of a layer after an epoch, and the file `health.csv`.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::{EvalError, HealthWarning, health_warnings, table};

/// The columns of `health.csv`: the fields of [`HealthRecord`], in order.
const COLUMNS: [&str; 10] = [
    "epoch",
    "layer",
    "gradient_norm",
    "update_ratio",
    "dead",
    "activation_mean",
    "activation_deviation",
    "image_deviation",
    "activation_min",
    "activation_max",
];

/// The health statistics of a layer in one epoch: a row of `health.csv`. A value that does not
/// apply or is unknown is `None` (an empty field).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// The number of the epoch, from 1.
    pub epoch: usize,
    /// The layer's name. Within an epoch, layers are in the model's order, from the input on.
    pub layer: String,
    /// The Euclidean norm |g| of the gradient of the layer's weights, as the optimiser receives it
    /// (after averaging and clipping, without weight decay): the mean over a few updates of the
    /// epoch.
    pub gradient_norm: Option<f64>,
    /// The relative change of the layer's weights by an update, |w after - w before| / |w before|,
    /// including weight decay and momentum: the mean over the same updates. About 1e-3 in a healthy
    /// training. `None` while all weights are 0.
    pub update_ratio: Option<f64>,
    /// The share of units, 0 to 1, that are 0 for each of the images shown (the first validation
    /// images, after the epoch). With ReLU these units are dead for them (lecture 6a.2, "Rectified
    /// Linear Unit").
    pub dead: Option<f64>,
    /// The mean of the activations, over all units and those images.
    pub activation_mean: Option<f64>,
    /// The standard deviation of the activations, over all units and images together.
    pub activation_deviation: Option<f64>,
    /// The deviation of the activations from image to image: the square root of the mean, over the
    /// units, of each unit's variance over the images.
    pub image_deviation: Option<f64>,
    /// The smallest activation.
    pub activation_min: Option<f64>,
    /// The largest activation.
    pub activation_max: Option<f64>,
}

/// Writes `health.csv`: a header, then one row per epoch and layer. The last column, `warning`, has
/// the text of [`health_warnings`] for the row, and is usually empty.
///
/// # Errors
///
/// Returns an error if the writer fails.
pub fn write_health_csv(records: &[HealthRecord], to: impl Write) -> Result<(), EvalError> {
    table::write(
        &[&COLUMNS[..], &["warning"]].concat(),
        rows(records, &health_warnings(records)),
        to,
    )
}

/// Writes rows without a header, to be appended to the output of [`write_health_csv`]. `warnings`
/// are those of these rows.
///
/// # Errors
///
/// Returns an error if the writer fails.
pub fn write_health_rows(
    records: &[HealthRecord],
    warnings: &[HealthWarning],
    to: impl Write,
) -> Result<(), EvalError> {
    table::write_rows(rows(records, warnings), to)
}

/// Pairs each record with the warnings of its epoch and layer.
fn rows<'a>(
    records: &'a [HealthRecord],
    warnings: &'a [HealthWarning],
) -> impl Iterator<Item = (&'a HealthRecord, String)> {
    records.iter().map(|record| {
        let here = warnings
            .iter()
            .filter(|warning| warning.epoch == record.epoch && warning.layer == record.layer);
        (record, here.map(ToString::to_string).collect::<Vec<_>>().join(" "))
    })
}

/// Reads the output of [`write_health_csv`]. Columns may be in any order; further columns are
/// ignored.
///
/// # Errors
///
/// Returns an error if a column is missing, a value is not a number, rows have different lengths,
/// or the reader fails.
///
/// ```
/// use zunder_eval::{HealthRecord, read_health_csv, write_health_csv};
///
/// let records = [HealthRecord {
///     epoch: 1,
///     layer: "hidden 1".into(),
///     dead: Some(0.25),
///     ..HealthRecord::default()
/// }];
/// let mut file = Vec::new();
/// write_health_csv(&records, &mut file)?;
/// assert!(String::from_utf8_lossy(&file).contains("25.0 % of its units are dead"));
/// assert_eq!(read_health_csv(file.as_slice())?, records);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn read_health_csv(from: impl Read) -> Result<Vec<HealthRecord>, EvalError> {
    table::read(&COLUMNS, &[], from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_plain_csv() {
        let whole = HealthRecord {
            epoch: 1,
            layer: "hidden 1, \"wide\"".to_owned(),
            gradient_norm: Some(0.5),
            update_ratio: Some(1e-3),
            dead: Some(0.0),
            activation_mean: Some(0.5),
            activation_deviation: Some(1.0),
            image_deviation: Some(0.75),
            activation_min: Some(-2.0),
            activation_max: Some(f64::INFINITY),
        };
        let records = [
            whole,
            HealthRecord {
                epoch: 1,
                layer: "output".to_owned(),
                gradient_norm: Some(0.25),
                ..HealthRecord::default()
            },
        ];
        let mut file = Vec::new();
        write_health_csv(&records, &mut file).unwrap();
        let text = String::from_utf8(file).unwrap();
        let header = format!("{},warning", COLUMNS.join(","));
        assert_eq!(
            text,
            format!(
                "{header}\n1,\"hidden \
                 1, \"\"wide\"\"\",0.5,0.001,0.0,0.5,1.0,0.75,-2.0,inf,\n1,output,0.25,,,,,,,,\n"
            )
        );
        assert_eq!(read_health_csv(text.as_bytes()).unwrap(), records);
    }

    #[test]
    fn columns_are_the_fields() {
        let value = serde_json::to_string(&HealthRecord::default()).unwrap();
        let positions = COLUMNS.map(|column| value.find(&format!("\"{column}\":")).unwrap());
        assert!(positions.is_sorted());
        assert_eq!(value.matches("\":").count(), COLUMNS.len());
    }

    #[test]
    fn other_files_are_refused() {
        let message = read_health_csv("epoch,layer\n1,a\n".as_bytes()).unwrap_err().to_string();
        assert!(message.contains("no column \"gradient_norm\""), "{message}");
    }
}
