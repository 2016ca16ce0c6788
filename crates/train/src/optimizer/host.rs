//! Applies a rule to host memory in one pass.

use rayon::prelude::*;

use super::OptimizerConfig;
use super::average::Average;
use super::chunk::Chunk;
use super::clip::Clip;
use super::norms::{SquaredNorms, UpdateNorms};
use super::rule::UpdateRule;
use super::state::State;
use super::update_context::{RuleTarget, UpdateContext};
use crate::host_memory::{CHUNK, CHUNKS_A_THREAD};

/// A parameter in host memory.
pub(super) struct HostParameter<'a> {
    pub weight: &'a mut [f32],
    pub gradient: &'a [f32],
    pub states: &'a mut Vec<State>,
    pub average: Option<Average<'a>>,
    /// If the norms of the update are measured: the clip that is applied to gradients before.
    pub measure: Option<Clip>,
}

/// Updates a parameter. Returns the largest gradient, as a `magnitude`, and the norms of a measured
/// update.
///
/// No argument is a tensor: its number of dimensions is a type parameter that only other crates
/// choose, and they would compile the function. So it is compiled in this crate, with the
/// optimisation level of this crate.
#[inline(never)]
pub(super) fn update_in_memory(
    config: &OptimizerConfig,
    at: UpdateContext,
    parameter: HostParameter<'_>,
) -> Result<(u32, Option<UpdateNorms>), String> {
    at.apply(config, parameter)
}

impl RuleTarget for HostParameter<'_> {
    type Output = Result<(u32, Option<UpdateNorms>), String>;

    fn take<const S: usize>(self, rule: &impl UpdateRule<S>) -> Self::Output {
        let Self { weight, gradient, states, average, measure } = self;
        let n = weight.len();
        let mut values: Vec<Vec<f32>> =
            states.drain(..).map(State::into_host).collect::<Result<_, _>>()?;
        if values.is_empty() {
            values = vec![vec![0.0; n]; S];
        }
        let mut average = average.map(Average::on_host).transpose()?;
        let mut sizes = values.iter().chain(average.iter().map(|a| &*a.values)).map(Vec::len);
        if values.len() != S || sizes.any(|size| size != n) {
            return Err(format!(
                "the optimiser's state has other sizes than its parameter of {n} numbers"
            ));
        }
        let (mut averages, share) =
            average.as_mut().map_or((None, 0.0), |a| (Some(a.values.chunks_mut(CHUNK)), a.share));
        let mut state_chunks: Vec<_> = values.iter_mut().map(|s| s.chunks_mut(CHUNK)).collect();
        let tasks: Vec<Chunk<'_, S>> = weight
            .chunks_mut(CHUNK)
            .zip(gradient.chunks(CHUNK))
            .filter_map(|(weight, gradient)| {
                let states: Vec<&mut [f32]> =
                    state_chunks.iter_mut().filter_map(Iterator::next).collect();
                let average = averages.as_mut().and_then(Iterator::next);
                let states = <[&mut [f32]; S]>::try_from(states).ok()?;
                Some(Chunk { weight, gradient, states, average })
            })
            .collect();
        debug_assert_eq!(tasks.len(), n.div_ceil(CHUNK));
        let updated: Vec<(u32, Option<SquaredNorms>)> = tasks
            .into_par_iter()
            .with_min_len(CHUNKS_A_THREAD)
            .map(|chunk| chunk.update(rule, share, measure))
            .collect();
        let largest = updated.iter().map(|(largest, _)| *largest).max();
        // Added in the order of the chunks, so the sums do not depend on the number of threads.
        let squares = updated.into_iter().filter_map(|(_, squares)| squares);
        let norms = measure.map(|_| squares.sum::<SquaredNorms>().norms());
        states.extend(values.into_iter().map(State::Host));
        Ok((largest.unwrap_or(0), norms))
    }
}
