//! The state of a Burn optimiser as tensors of a checkpoint.

use std::collections::BTreeMap;

use burn::optim::{DynOptimizer, DynState, StateSink, StateSource};
use burn::tensor::{Device, TensorData};
use burn_pack::Scalar;

use crate::NamedTensor;

/// Separates the path of a parameter from the name of a part of its state, and ends the name of a
/// part that is a scalar.
pub(super) const PART: char = '#';

/// The prefix of the names, since Burn's traits require one.
const STATE: &str = "state";

/// Returns the parts of a state. A scalar becomes five numbers: its kind, and its 64 bits in pieces
/// of 16, which a 32-bit float holds exactly.
pub(super) fn parts(
    optimizer: &dyn DynOptimizer,
    state: &DynState,
) -> Result<Vec<NamedTensor>, String> {
    let mut sink = StateSink::default();
    optimizer.state_flatten(STATE, state, &mut sink);
    let tensors = sink.tensors.into_iter().map(|(name, data)| {
        let shape = data.shape().to_vec();
        let values = data.try_into_vec_as::<f32>().map_err(|e| format!("{name}: {e}"))?;
        Ok(NamedTensor { name, shape, values })
    });
    let scalars = sink.scalars.into_iter().map(|(name, scalar)| {
        let values = scalar_to_floats(scalar);
        Ok(NamedTensor { name: format!("{name}{PART}"), shape: vec![values.len()], values })
    });
    tensors.chain(scalars).collect()
}

/// Returns the state that has exactly these parts.
pub(super) fn restored(
    optimizer: &dyn DynOptimizer,
    path: &str,
    (rank, stored): (usize, usize),
    stored_parts: Vec<NamedTensor>,
    device: &Device,
) -> Result<Option<DynState>, String> {
    if rank != stored {
        return Err(format!("the checkpoint has the rank {stored} for {path}, expected {rank}"));
    }
    let mut names: Vec<String> = stored_parts.iter().map(|part| part.name.clone()).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let (mut scalars, mut tensors) = (BTreeMap::new(), Vec::new());
    for part in stored_parts {
        match part.name.strip_suffix(PART) {
            Some(name) => {
                let scalar = floats_to_scalar(&part.values)
                    .ok_or_else(|| format!("the checkpoint's {path}{PART}{name} is no number"))?;
                scalars.insert(name.to_owned(), scalar);
            }
            None => tensors.push((part.name, TensorData::new(part.values, part.shape))),
        }
    }
    let mut source = StateSource::new(scalars);
    for (name, data) in tensors {
        source.insert_tensor(name, data);
    }
    let state = optimizer.state_unflatten(rank, STATE, &mut source, device);
    let mut found: Vec<String> = match &state {
        Some(state) => parts(optimizer, state)?.into_iter().map(|part| part.name).collect(),
        None => Vec::new(),
    };
    names.sort();
    found.sort();
    if found != names {
        return Err(format!(
            "the checkpoint has the state {} for {path}, which is of another optimiser",
            names.join(", ")
        ));
    }
    Ok(state)
}

fn scalar_to_floats(scalar: Scalar) -> Vec<f32> {
    let (kind, bits) = match scalar {
        Scalar::Int(value) => (0.0, value.cast_unsigned()),
        Scalar::UInt(value) => (1.0, value),
        Scalar::Float(value) => (2.0, value.to_bits()),
        Scalar::Bool(value) => (3.0, u64::from(value)),
    };
    let piece = |i: u32| f32::from((bits >> (16 * i)) as u16);
    vec![kind, piece(0), piece(1), piece(2), piece(3)]
}

fn floats_to_scalar(values: &[f32]) -> Option<Scalar> {
    let [kind, pieces @ ..] = values else { return None };
    let pieces: [f32; 4] = pieces.try_into().ok()?;
    let mut bits = 0;
    for (piece, i) in pieces.into_iter().zip(0..) {
        let exact = piece as u16;
        if f32::from(exact) != piece {
            return None;
        }
        bits |= u64::from(exact) << (16 * i);
    }
    match *kind {
        0.0 => Some(Scalar::Int(bits.cast_signed())),
        1.0 => Some(Scalar::UInt(bits)),
        2.0 => Some(Scalar::Float(f64::from_bits(bits))),
        3.0 => Some(Scalar::Bool(bits == 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_bits() {
        for scalar in [
            Scalar::Int(-7),
            Scalar::Int(i64::MIN),
            Scalar::UInt(0),
            Scalar::UInt(u64::MAX),
            Scalar::UInt((1 << 24) + 1),
            Scalar::Float(0.1),
            Scalar::Float(f64::MIN_POSITIVE),
            Scalar::Bool(true),
            Scalar::Bool(false),
        ] {
            assert_eq!(floats_to_scalar(&scalar_to_floats(scalar)), Some(scalar));
        }
        for other in
            [&[][..], &[1.0; 4], &[1.0; 6], &[9.0, 0.0, 0.0, 0.0, 0.0], &[1.0, 0.5, 0.0, 0.0, 0.0]]
        {
            assert_eq!(floats_to_scalar(other), None, "{other:?}");
        }
    }
}
