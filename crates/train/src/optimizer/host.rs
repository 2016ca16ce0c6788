//! A rule over plain memory, in one pass.

use rayon::prelude::*;

use super::OptimizerConfig;
use super::average::Average;
use super::clip::Clip;
use super::magnitude::magnitude;
use super::norms::{Squares, UpdateNorms};
use super::one::{Moment, Target};
use super::state::State;
use super::update::Update;
use crate::host_memory::{CHUNK, CHUNKS_A_THREAD};

/// A parameter in plain memory.
pub(super) struct HostParameter<'a> {
    pub weight: &'a mut [f32],
    pub gradient: &'a [f32],
    pub states: &'a mut Vec<State>,
    pub average: Option<Average<'a>>,
    /// Whether the update's norms are wanted, and what gradients go through before.
    pub measure: Option<Clip>,
}

/// One update of a parameter: the largest gradient, as [`magnitude`], and the norms of a measured
/// update.
///
/// No tensor is among the arguments, whose number of dimensions only other crates know: so the
/// arithmetic is compiled in this crate, optimised as this crate is.
#[inline(never)]
pub(super) fn update_in_memory(
    config: &OptimizerConfig,
    at: Moment,
    parameter: HostParameter<'_>,
) -> Result<(u32, Option<UpdateNorms>), String> {
    at.apply(config, parameter)
}

impl Target for HostParameter<'_> {
    type Output = Result<(u32, Option<UpdateNorms>), String>;

    fn take<const S: usize>(self, rule: &impl Update<S>) -> Self::Output {
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
        let updated: Vec<(u32, Option<Squares>)> = tasks
            .into_par_iter()
            .with_min_len(CHUNKS_A_THREAD)
            .map(|chunk| chunk.update(rule, share, measure))
            .collect();
        let largest = updated.iter().map(|(largest, _)| *largest).max();
        // In the order of the chunks: the sums do not depend on the threads.
        let squares = updated.into_iter().filter_map(|(_, squares)| squares);
        let norms = measure.map(|_| squares.sum::<Squares>().norms());
        states.extend(values.into_iter().map(State::Host));
        Ok((largest.unwrap_or(0), norms))
    }
}

/// What one task updates.
struct Chunk<'a, const S: usize> {
    weight: &'a mut [f32],
    gradient: &'a [f32],
    states: [&'a mut [f32]; S],
    average: Option<&'a mut [f32]>,
}

impl<const S: usize> Chunk<'_, S> {
    /// Gives the largest gradient, as [`magnitude`], and the squares of a measured update.
    fn update<R: Update<S>>(
        self,
        rule: &R,
        share: f32,
        measure: Option<Clip>,
    ) -> (u32, Option<Squares>) {
        let before = measure.map(|clip| (self.weight.to_vec(), clip));
        let largest = update(rule, self.weight, self.gradient, self.states);
        let squares =
            before.map(|(before, clip)| Squares::of(self.gradient, clip, &before, self.weight));
        if let Some(average) = self.average {
            // The chunk is still in the cache.
            follow(average, self.weight, share);
        }
        (largest, squares)
    }
}

/// Numbers that the processor's vector instructions take side by side. In local arrays, which
/// nothing else can point to, the compiler is sure to use them.
const LANES: usize = 16;

/// Wider instructions change no bit: each number is computed by itself, and the largest is the
/// largest in any order.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn update<const S: usize, R: Update<S>>(
    rule: &R,
    weight: &mut [f32],
    gradient: &[f32],
    states: [&mut [f32]; S],
) -> u32 {
    let (weights, last_weights) = weight.as_chunks_mut::<LANES>();
    let (gradients, last_gradients) = gradient.as_chunks::<LANES>();
    let mut states = states.map(|state| state.as_chunks_mut::<LANES>());
    let mut largest = [0; LANES];
    for (i, (w, g)) in weights.iter_mut().zip(gradients).enumerate() {
        let mut s = [[0.0; LANES]; S];
        for (lanes, state) in s.iter_mut().zip(&states) {
            *lanes = state.0[i];
        }
        for lane in 0..LANES {
            let (weight, new) = rule.element(w[lane], g[lane], std::array::from_fn(|k| s[k][lane]));
            w[lane] = weight;
            for (state, new) in s.iter_mut().zip(new) {
                state[lane] = new;
            }
            largest[lane] = largest[lane].max(magnitude(g[lane]));
        }
        for (lanes, state) in s.iter().zip(&mut states) {
            state.0[i] = *lanes;
        }
    }
    let mut largest = largest.into_iter().max().unwrap_or(0);
    for (i, (w, g)) in last_weights.iter_mut().zip(last_gradients).enumerate() {
        let (weight, new) = rule.element(*w, *g, std::array::from_fn(|k| states[k].1[i]));
        *w = weight;
        for (state, new) in states.iter_mut().zip(new) {
            state.1[i] = new;
        }
        largest = largest.max(magnitude(*g));
    }
    largest
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
pub(super) fn follow(average: &mut [f32], weight: &[f32], share: f32) {
    for (average, weight) in average.iter_mut().zip(weight) {
        *average += share * (*weight - *average);
    }
}
