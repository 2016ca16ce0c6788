//! Batch normalisation by running averages and an activation in one pass, for inference on the CPU
//! backend `flex`.

use burn::backend::Flex;
use burn::nn::BatchNorm;
use burn::tensor::Tensor;

use crate::flex::{self, CHUNK, Opened, for_each_chunk, open_rows, owned};
use crate::function::Function;
use crate::tasks::rows_per_task;

/// Computes f((a - mean) / sqrt(variance + epsilon) gamma + beta) with the running averages of each
/// column, on `flex` without gradients. Returns the input as an error on other devices and for
/// other precisions or layouts.
///
/// # Shapes
/// `[N, units]` to `[N, units]`.
pub(crate) fn normalised_in_use(
    input: Tensor<2>,
    norm: &BatchNorm,
    function: Function,
) -> Result<Tensor<2>, Tensor<2>> {
    let Some(columns) = Columns::of(norm) else { return Err(input) };
    let units = columns.mean.len();
    if input.dims()[1] != units {
        return Err(input);
    }
    let input = match open_rows(input)? {
        Opened::Plain(input) => input,
        input @ Opened::Differentiable(_) => return Err(input.into_tensor()),
    };
    let mut output = owned(input);
    let chunk = rows_per_task(CHUNK, units, 1) * units.max(1);
    for_each_chunk(output.storage_mut(), chunk, |_, rows| {
        standardise(rows, &columns);
        function.apply(rows);
    });
    Ok(Tensor::from_primitive::<Flex>(output))
}

/// The factors of each column: (a - mean) scale + shift.
struct Columns {
    mean: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Columns {
    fn of(norm: &BatchNorm) -> Option<Self> {
        let gamma = flex::values(norm.gamma.val())?;
        let variance = flex::values(norm.running_var.value())?;
        let scale = |(gamma, variance): (&f32, &f32)| {
            (f64::from(*gamma) / (f64::from(*variance) + norm.epsilon).sqrt()) as f32
        };
        let scale = gamma.iter().zip(&variance).map(scale).collect();
        let (mean, shift) =
            (flex::values(norm.running_mean.value())?, flex::values(norm.beta.val())?);
        Some(Self { mean, scale, shift })
    }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn standardise(rows: &mut [f32], by: &Columns) {
    for row in rows.chunks_exact_mut(by.mean.len().max(1)) {
        let columns = by.mean.iter().zip(&by.scale).zip(&by.shift);
        for (a, ((mean, scale), shift)) in row.iter_mut().zip(columns) {
            *a = (*a - mean) * scale + shift;
        }
    }
}

#[cfg(test)]
mod tests;
