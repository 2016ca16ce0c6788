//! The record of a layer after an epoch, and `health.csv`.

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

/// How a layer does in an epoch of training: a row of `health.csv`. What does not apply to a layer,
/// or is not known of it, is none (an empty field).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// The number of the epoch, from 1.
    pub epoch: usize,
    /// The layer's name. The layers of an epoch are in the model's order, from the input on.
    pub layer: String,
    /// The Euclidean norm |g| of the gradient of the layer's weights, as the updates took it (after
    /// means and clipping, without weight decay): the mean over a few updates of the epoch.
    pub gradient_norm: Option<f64>,
    /// What an update changes of the layer's weights, |w after - w before| / |w before|, weight
    /// decay and momentum included: the mean over the same updates. About 1e-3 in a healthy
    /// training. None while all weights are 0.
    pub update_ratio: Option<f64>,
    /// The share of units, 0 to 1, that gave 0 for every image shown, the first validation images
    /// after the epoch: with ReLU, those that are dead for them (lecture 6a.2, "Rectified Linear
    /// Unit").
    pub dead: Option<f64>,
    /// The mean of the activations, over all units and those images.
    pub activation_mean: Option<f64>,
    /// The standard deviation of the activations, over all units and images together.
    pub activation_deviation: Option<f64>,
    /// How much the activations differ from image to image: the root of the mean over the units of
    /// each unit's variance over the images.
    pub image_deviation: Option<f64>,
    /// The smallest activation.
    pub activation_min: Option<f64>,
    /// The largest activation.
    pub activation_max: Option<f64>,
}

/// Writes `health.csv`: a header, then one row an epoch and layer. A last column, `warning`, has
/// what [`health_warnings`] says of the row, and is empty in most.
///
/// # Errors
///
/// A failing writer.
pub fn write_health_csv(records: &[HealthRecord], to: impl Write) -> Result<(), EvalError> {
    table::write(
        &[&COLUMNS[..], &["warning"]].concat(),
        rows(records, &health_warnings(records)),
        to,
    )
}

/// Writes rows alone, to be appended to what [`write_health_csv`] wrote of the epochs before:
/// `warnings` has those of these rows.
///
/// # Errors
///
/// A failing writer.
pub fn write_health_rows(
    records: &[HealthRecord],
    warnings: &[HealthWarning],
    to: impl Write,
) -> Result<(), EvalError> {
    table::write_rows(rows(records, warnings), to)
}

/// Records, each with the warnings of its epoch and layer.
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

/// Reads what [`write_health_csv`] wrote. Columns may come in any order, and further ones are
/// ignored.
///
/// # Errors
///
/// A column that is missing, a value that is no number, rows of different lengths, or a failing
/// reader.
///
/// ```
/// use zunder_eval::{HealthRecord, read_health_csv, write_health_csv};
///
/// let records = [HealthRecord { epoch: 1, layer: "hidden 1".into(), dead: Some(0.25), ..HealthRecord::default() }];
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
    fn the_file_is_plain() {
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
