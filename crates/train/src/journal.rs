//! The file of a training's records beside its checkpoint. Each epoch appends its records, so that
//! the total amount of writing is linear in the number of epochs.
//!
//! The checkpoint stores how much of the file is valid, and its SHA-256. Data after that, written
//! by a killed process, is removed before the next records are written.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zunder_eval::{
    EpochRecord, HealthRecord, read_health_csv, read_metrics_csv, write_health_csv,
    write_health_rows, write_metrics_csv, write_metrics_rows,
};

use crate::stop_point::stop_point;
use crate::{FileKind, TrainError};

/// Extension of the file, which replaces that of the checkpoint.
const ENDING: &str = "records";

/// The part of the file that belongs to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Number of bytes from its start.
    bytes: u64,
    /// SHA-256 of these bytes, in hexadecimal digits.
    sha256: String,
    /// Number of epochs in them.
    epochs: usize,
    /// Number of rows of layers in them.
    layers: usize,
}

/// The file while it is written: one line per record, and the column names once per process.
///
/// - `E columns`, `L columns`: the names of the columns that follow, as in `metrics.csv` and
///   `health.csv`
/// - `e values`: an epoch
/// - `l values`: a layer of the epoch before
pub(crate) struct Journal {
    path: PathBuf,
    hash: Sha256,
    mark: Mark,
    /// Whether this process has written the column names.
    named: bool,
}

impl Journal {
    /// Creates the journal of a new training; the first records replace an existing file.
    pub(crate) fn new(checkpoint: &Path) -> Self {
        let mark = Mark { bytes: 0, sha256: String::new(), epochs: 0, layers: 0 };
        Self { path: path(checkpoint), hash: Sha256::new(), mark, named: false }
    }

    /// Continues the journal of a checkpoint.
    pub(crate) fn resume(checkpoint: &Path, mark: &Mark) -> Result<Self, TrainError> {
        let content = content(checkpoint, mark)?;
        let hash = Sha256::new_with_prefix(&content);
        Ok(Self { path: path(checkpoint), hash, mark: mark.clone(), named: false })
    }

    /// Appends the records that are new since the last call, and returns what the next checkpoint
    /// stores about the file.
    pub(crate) fn append(
        &mut self,
        records: &[EpochRecord],
        health: &[HealthRecord],
    ) -> Result<Mark, TrainError> {
        let epochs = records.get(self.mark.epochs..).unwrap_or_default();
        let layers = health.get(self.mark.layers..).unwrap_or_default();
        if !epochs.is_empty() || !layers.is_empty() {
            let lines = self.lines(epochs, layers)?;
            self.write(&lines)?;
            self.named = true;
            self.hash.update(&lines);
            self.mark.bytes += lines.len() as u64;
            (self.mark.epochs, self.mark.layers) = (records.len(), health.len());
        }
        self.mark.sha256 = hex::encode(self.hash.clone().finalize());
        Ok(self.mark.clone())
    }

    fn lines(
        &self,
        epochs: &[EpochRecord],
        layers: &[HealthRecord],
    ) -> Result<Vec<u8>, TrainError> {
        let bad = |e: zunder_eval::EvalError| TrainError::BadCheckpoint {
            path: self.path.clone(),
            problem: e.to_string(),
        };
        let (mut lines, mut rows) = (Vec::new(), Vec::new());
        let mut add = |kind: u8, csv: &mut Vec<u8>| {
            for line in csv.split_inclusive(|byte| *byte == b'\n') {
                lines.extend_from_slice(&[kind, b' ']);
                lines.extend_from_slice(line);
            }
            csv.clear();
        };
        if !self.named {
            write_metrics_csv(epochs, &mut rows).map_err(bad)?;
            // The first line has the names of the columns; the rows follow below.
            rows.truncate(rows.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1));
            add(b'E', &mut rows);
            write_health_csv(&[], &mut rows).map_err(bad)?;
            add(b'L', &mut rows);
        }
        write_metrics_rows(epochs, &mut rows).map_err(bad)?;
        add(b'e', &mut rows);
        // Warnings are computed from the records and need not be stored.
        write_health_rows(layers, &[], &mut rows).map_err(bad)?;
        add(b'l', &mut rows);
        Ok(lines)
    }

    fn write(&self, lines: &[u8]) -> Result<(), TrainError> {
        let io = |source| TrainError::Io { action: "write", path: self.path.clone(), source };
        if self.path.exists() {
            FileKind::Records.open(&self.path)?;
        }
        #[allow(
            clippy::disallowed_methods,
            reason = "the checkpoint says how much of the file counts"
        )]
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)
            .map_err(io)?;
        // A killed process may have written more than its last checkpoint contains.
        file.set_len(self.mark.bytes).map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let (first, rest) = lines.split_at(lines.len() / 2);
        file.write_all(first).map_err(io)?;
        stop_point("half", &self.path);
        file.write_all(rest).and_then(|()| file.sync_all()).map_err(io)?;
        stop_point("written", &self.path);
        Ok(())
    }
}

/// Reads the records that belong to a checkpoint.
pub(crate) fn read(
    checkpoint: &Path,
    mark: &Mark,
) -> Result<(Vec<EpochRecord>, Vec<HealthRecord>), TrainError> {
    let bad = |problem: String| TrainError::BadCheckpoint { path: path(checkpoint), problem };
    let content = String::from_utf8(content(checkpoint, mark)?).map_err(|e| bad(e.to_string()))?;
    let (mut metrics, mut health) = (Table::default(), Table::default());
    for line in content.lines() {
        match line.split_once(' ') {
            Some(("E", columns)) => metrics.begin(columns),
            Some(("L", columns)) => health.begin(columns),
            Some(("e", values)) => metrics.add(values),
            Some(("l", values)) => health.add(values),
            _ => {
                return Err(bad(format!(
                    "holds the line {line:?}, expected one that begins with E, e, L or l"
                )));
            }
        }
    }
    let unreadable = |e: zunder_eval::EvalError| bad(format!("its records cannot be read: {e}"));
    let records =
        metrics.0.iter().map(|csv| read_metrics_csv(csv.as_bytes())).collect::<Result<Vec<_>, _>>();
    let layers =
        health.0.iter().map(|csv| read_health_csv(csv.as_bytes())).collect::<Result<Vec<_>, _>>();
    Ok((records.map_err(unreadable)?.concat(), layers.map_err(unreadable)?.concat()))
}

/// The rows of one kind as CSV texts; a new one begins at each line of column names.
#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn begin(&mut self, columns: &str) {
        self.0.push(format!("{columns}\n"));
    }

    fn add(&mut self, values: &str) {
        if let Some(csv) = self.0.last_mut() {
            csv.push_str(values);
            csv.push('\n');
        }
    }
}

/// Reads the bytes that belong to a checkpoint.
fn content(checkpoint: &Path, mark: &Mark) -> Result<Vec<u8>, TrainError> {
    let path = path(checkpoint);
    if mark.bytes == 0 {
        return Ok(Vec::new());
    }
    let bad = |problem: String| TrainError::BadCheckpoint { path: path.clone(), problem };
    let wanted = format!("expected those of the {} epochs of the checkpoint", mark.epochs);
    if !path.exists() {
        return Err(bad(format!("is missing, {wanted}")));
    }
    let mut bytes = FileKind::Records.read(&path)?;
    let (got, length) = (bytes.len() as u64, usize::try_from(mark.bytes).unwrap_or(usize::MAX));
    if got < mark.bytes {
        return Err(bad(format!("has {got} bytes, expected {} or more, {wanted}", mark.bytes)));
    }
    bytes.truncate(length);
    let got = hex::encode(Sha256::digest(&bytes));
    if got == mark.sha256 {
        Ok(bytes)
    } else {
        Err(bad(format!("has SHA-256 {got}, expected {}, {wanted}", mark.sha256)))
    }
}

/// Returns the path of the file beside a checkpoint.
fn path(checkpoint: &Path) -> PathBuf {
    checkpoint.with_extension(ENDING)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn epochs(n: usize) -> (Vec<EpochRecord>, Vec<HealthRecord>) {
        let record =
            |epoch| EpochRecord { epoch, train_loss: 1.0 / epoch as f64, ..EpochRecord::default() };
        let layer = |i: usize| HealthRecord {
            epoch: i / 2 + 1,
            layer: format!("hidden.{}", i % 2),
            ..HealthRecord::default()
        };
        ((1..=n).map(record).collect(), (0..2 * n).map(layer).collect())
    }

    proptest! {
        /// Data after the valid part does not change the records, and is removed by a process that
        /// resumes.
        #[test]
        fn data_after_the_checkpoint_is_ignored(
            first in 0_usize..4,
            more in 1_usize..4,
            torn in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let checkpoint = folder.path().join("last.safetensors");
            let (records, layers) = epochs(first + more);
            let (before, layers_before) = (&records[..first], &layers[..2 * first]);
            let mut journal = Journal::new(&checkpoint);
            let mark = journal.append(before, layers_before).unwrap();
            #[allow(clippy::disallowed_methods, reason = "as a killed process would leave it")]
            let mut file =
                File::options().create(true).append(true).open(path(&checkpoint)).unwrap();
            file.write_all(&torn).unwrap();
            let expected = (before.to_vec(), layers_before.to_vec());
            prop_assert_eq!(read(&checkpoint, &mark).unwrap(), expected);
            let mut journal = Journal::resume(&checkpoint, &mark).unwrap();
            let mark = journal.append(&records, &layers).unwrap();
            prop_assert_eq!(std::fs::metadata(path(&checkpoint)).unwrap().len(), mark.bytes);
            prop_assert_eq!(read(&checkpoint, &mark).unwrap(), (records, layers));
        }

        /// A file with any change is an error.
        #[test]
        fn a_changed_file_is_refused(place in 0_usize..200, bit in 0_u32..8) {
            let folder = tempfile::tempdir().unwrap();
            let checkpoint = folder.path().join("last.safetensors");
            let (records, layers) = epochs(2);
            let mark = Journal::new(&checkpoint).append(&records, &layers).unwrap();
            let mut bytes = std::fs::read(path(&checkpoint)).unwrap();
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            std::fs::write(path(&checkpoint), &bytes).unwrap();
            prop_assert!(read(&checkpoint, &mark).unwrap_err().to_string().contains("has SHA-256"));
            std::fs::write(path(&checkpoint), &bytes[..place]).unwrap();
            prop_assert!(Journal::resume(&checkpoint, &mark).is_err());
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = folder.path().join("last.safetensors");
        let (records, layers) = epochs(3);
        let mark = Journal::new(&checkpoint).append(&records, &layers).unwrap();
        std::fs::remove_file(path(&checkpoint)).unwrap();
        let error = read(&checkpoint, &mark).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "last.records: is missing, expected those of the 3 epochs of the checkpoint"
            ),
            "{error}"
        );
        assert!(Journal::new(&checkpoint).append(&[], &[]).is_ok() && !path(&checkpoint).exists());
    }
}
