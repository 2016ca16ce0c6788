//! Files of tensors: safetensors with a note and the SHA-256 of the content, verified when read.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo, TensorView};
use sha2::{Digest, Sha256};

use crate::{FileKind, NamedTensor, TrainError, write_atomically};

/// The only key of a file's metadata; with several keys, the bytes of the file would depend on the
/// order of a hash map.
const METADATA: &str = "zunder";
/// Separator between the note and its hash. Files of earlier versions have the note alone.
const HASH: &str = "\nsha256 ";
/// Limit on the size of the header, as in the format.
const LARGEST_HEADER: u64 = 100_000_000;
/// Limit on numbers: the square of a larger one is infinite, and no training produces it.
const LARGEST: f32 = 1e19;

/// A tensor to write: its name, its shape and its numbers.
pub(crate) type Entry<'a> = (String, &'a [usize], &'a [f32]);

/// The content of a file of weights.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WeightsFile {
    /// Tensors, by name.
    pub tensors: Vec<NamedTensor>,
    /// Note that Zunder wrote; `None` in files of other programs.
    pub note: Option<String>,
    /// SHA-256 of the content, if the file stores it; it was verified.
    pub sha256: Option<String>,
    /// Number types that were converted to 32-bit floats, such as `BF16`.
    pub converted: Vec<String>,
}

/// Writes tensors with a note and the hash of both atomically; returns the hash.
pub(crate) fn write_file(
    path: &Path,
    tensors: &[Entry<'_>],
    note: &str,
) -> Result<String, TrainError> {
    let io = |source| TrainError::Io { action: "write", path: path.to_owned(), source };
    let mut parts: Vec<(&str, &[usize], Vec<u8>)> = tensors
        .iter()
        .map(|(name, shape, values)| (name.as_str(), *shape, bytes(values)))
        .collect();
    parts.sort_by(|a, b| a.0.cmp(b.0));
    let hash =
        digest(note, parts.iter().map(|(name, shape, bytes)| (*name, *shape, bytes.as_slice())));
    let views: Vec<(&str, TensorView<'_>)> = parts
        .iter()
        .map(|(name, shape, bytes)| {
            TensorView::new(Dtype::F32, shape.to_vec(), bytes).map(|view| (*name, view))
        })
        .collect::<Result<_, _>>()
        .map_err(|e| io(std::io::Error::other(e)))?;
    let header = Some(HashMap::from([(METADATA.to_owned(), format!("{note}{HASH}{hash}"))]));
    let data = safetensors::serialize(views, header).map_err(|e| io(std::io::Error::other(e)))?;
    write_atomically(path, &data)?;
    Ok(hash)
}

/// Reads a file that Zunder wrote, with its note. Tensors for which `is_state` returns true may
/// contain any number.
pub(crate) fn read_file(
    path: &Path,
    is_state: &dyn Fn(&str) -> bool,
) -> Result<(WeightsFile, String), TrainError> {
    let mut file = read(path, &[Dtype::F32], &|_| false, is_state)?;
    let note = file.note.take();
    let note = note.ok_or_else(|| {
        bad(path)(format!("has no {METADATA:?} metadata, so Zunder did not write it"))
    })?;
    Ok((file, note))
}

/// Reads a safetensors file of any program, without the tensors for which `skip` returns true:
/// floats of 16, 32 or 64 bits.
///
/// # Errors
/// Returns [`TrainError::Io`], and [`TrainError::BadCheckpoint`] for a damaged file, a wrong hash,
/// other number types, and numbers that are not finite or beyond the limit.
pub fn read_weights_file(
    path: &Path,
    skip: &dyn Fn(&str) -> bool,
) -> Result<WeightsFile, TrainError> {
    read(path, &[Dtype::F32, Dtype::F64, Dtype::F16, Dtype::BF16], skip, &|_| false)
}

/// Returns the names and shapes of the tensors in a safetensors file. Reads only the header.
///
/// # Errors
/// Returns the errors of [`read_weights_file`], except those about numbers.
pub fn read_shapes(path: &Path) -> Result<BTreeMap<String, Vec<usize>>, TrainError> {
    let (_, header) = open(path)?;
    Ok(header.tensors().into_iter().map(|(name, info)| (name, info.shape.clone())).collect())
}

/// Returns the note of a file that Zunder wrote. Reads only the header and does not verify the
/// hash.
///
/// # Errors
/// Returns the errors of [`read_shapes`], and [`TrainError::BadCheckpoint`] for a file of another
/// program.
pub fn read_note(path: &Path) -> Result<String, TrainError> {
    let (_, header) = open(path)?;
    let note = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA));
    let note = note.ok_or_else(|| {
        bad(path)(format!("has no {METADATA:?} metadata, so Zunder did not write it"))
    })?;
    Ok(note_and_hash(note).0.to_owned())
}

fn read(
    path: &Path,
    types: &[Dtype],
    skip: &dyn Fn(&str) -> bool,
    is_state: &dyn Fn(&str) -> bool,
) -> Result<WeightsFile, TrainError> {
    let (mut file, header) = open(path)?;
    for (name, info) in header.tensors().iter().filter(|(name, _)| !skip(name)) {
        check_header(name, info, types).map_err(bad(path))?;
    }
    // The header matches the length of the file, so this is at most the size of the file.
    let mut data = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut data)).map_err(unreadable(path))?;
    parse(&data, &header, skip, is_state).map_err(bad(path))
}

/// Opens a regular file and reads its header, after checking that the tensors fill the rest of the
/// file.
fn open(path: &Path) -> Result<(File, Metadata), TrainError> {
    let mut file = FileKind::Weights.open(path)?;
    let length = file.metadata().map_err(unreadable(path))?.len();
    let no_safetensors = |problem: String| bad(path)(format!("not a safetensors file: {problem}"));
    let Some(after_size) = length.checked_sub(8) else {
        return Err(no_safetensors(format!("it has {length} bytes, expected at least 8")));
    };
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(unreadable(path))?;
    let size = u64::from_le_bytes(size);
    if size > LARGEST_HEADER.min(after_size) {
        let most = LARGEST_HEADER.min(after_size);
        return Err(no_safetensors(format!(
            "its header is said to have {size} bytes, expected at most {most}"
        )));
    }
    let mut header = Vec::new();
    Read::by_ref(&mut file).take(size).read_to_end(&mut header).map_err(unreadable(path))?;
    let header: Metadata =
        serde_json::from_slice(&header).map_err(|e| no_safetensors(e.to_string()))?;
    let end = header.tensors().values().map(|info| info.data_offsets.1 as u64).max().unwrap_or(0);
    if end != after_size - size {
        let got = after_size - size;
        return Err(no_safetensors(format!(
            "its tensors take {end} bytes, and {got} follow its header"
        )));
    }
    Ok((file, header))
}

/// Checks the type and the shape of a tensor.
fn check_header(name: &str, info: &TensorInfo, types: &[Dtype]) -> Result<(), String> {
    if !types.contains(&info.dtype) {
        let expected: Vec<String> = types.iter().map(|expected| format!("{expected:?}")).collect();
        return Err(format!(
            "holds {name} as {:?}, expected {}",
            info.dtype,
            expected.join(" or ")
        ));
    }
    if info.shape.contains(&0) {
        return Err(format!(
            "holds {name} with the shape {:?}, expected sizes of at least 1",
            info.shape
        ));
    }
    Ok(())
}

fn parse(
    data: &[u8],
    header: &Metadata,
    skip: &dyn Fn(&str) -> bool,
    is_state: &dyn Fn(&str) -> bool,
) -> Result<WeightsFile, String> {
    let file =
        SafeTensors::deserialize(data).map_err(|e| format!("not a safetensors file: {e}"))?;
    let mut views: Vec<(&str, TensorView<'_>)> = file.iter().collect();
    views.sort_by(|a, b| a.0.cmp(b.0));
    let stated = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(METADATA))
        .map(|text| note_and_hash(text));
    let (mut tensors, mut converted) = (Vec::new(), Vec::new());
    for (name, view) in views.iter().filter(|(name, _)| !skip(name)) {
        let data = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F64 => {
                data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect()
            }
            Dtype::F16 => {
                data.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
            }
            Dtype::BF16 => data
                .as_chunks()
                .0
                .iter()
                .map(|bytes| bf16::from_le_bytes(*bytes).to_f32())
                .collect(),
            _ => data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        };
        if !is_state(name) {
            check_values(name, &values)?;
        }
        let dtype = format!("{:?}", view.dtype());
        if view.dtype() != Dtype::F32 && !converted.contains(&dtype) {
            converted.push(dtype);
        }
        tensors.push(NamedTensor {
            name: (*name).to_owned(),
            shape: view.shape().to_vec(),
            values,
        });
    }
    // Checked after the numbers, whose errors are more specific.
    if let Some((note, Some(expected))) = stated {
        let got = digest(note, views.iter().map(|(name, view)| (*name, view.shape(), view.data())));
        if got != expected {
            return Err(format!(
                "its content has SHA-256 {got}, expected {expected} as in the file"
            ));
        }
    }
    let sha256 = stated.and_then(|(_, hash)| hash).map(str::to_owned);
    Ok(WeightsFile { tensors, note: stated.map(|(note, _)| note.to_owned()), sha256, converted })
}

/// Returns an error if a number is not usable as a weight.
fn check_values(name: &str, values: &[f32]) -> Result<(), String> {
    let is_variance = name.ends_with("running_var");
    let wrong = |value: &&f32| {
        !value.is_finite() || value.abs() > LARGEST || (is_variance && **value < 0.0)
    };
    let Some(value) = values.iter().find(wrong) else { return Ok(()) };
    let least = if is_variance { "0".to_owned() } else { format!("{:e}", -LARGEST) };
    let value = if value.is_finite() && value.abs() > LARGEST {
        format!("{value:e}")
    } else {
        value.to_string()
    };
    Err(format!("holds {value} in {name}, expected finite numbers from {least} to {LARGEST:e}"))
}

/// Returns the hash of a note and of tensors in the order of their names, 64 hexadecimal digits.
///
/// `save` of an export's `model.py` computes the same hash.
fn digest<'a>(
    note: &str,
    tensors: impl Iterator<Item = (&'a str, &'a [usize], &'a [u8])>,
) -> String {
    let mut hasher = Sha256::new();
    hasher.update(note);
    for (name, shape, bytes) in tensors {
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        hasher.update(format!("\0{name}\0{}\0", shape.join("x")));
        hasher.update(bytes);
    }
    hex::encode(hasher.finalize())
}

/// Splits the text into the note and the hash, if there is one.
fn note_and_hash(text: &str) -> (&str, Option<&str>) {
    text.rsplit_once(HASH).map_or((text, None), |(note, hash)| (note, Some(hash)))
}

fn bytes(values: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * 4];
    for (out, value) in bytes.chunks_exact_mut(4).zip(values) {
        out.copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn bad(path: &Path) -> impl FnOnce(String) -> TrainError {
    let path = path.to_owned();
    move |problem| TrainError::BadCheckpoint { path, problem }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> TrainError {
    let path = path.to_owned();
    move |source| TrainError::Io { action: "read", path, source }
}
