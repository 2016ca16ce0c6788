//! Kernels that update a chunk of a parameter in host memory.

use super::clip::Clip;
use super::magnitude::magnitude;
use super::norms::SquaredNorms;
use super::rule::UpdateRule;

/// The part of a parameter that one task updates.
pub(super) struct Chunk<'a, const S: usize> {
    pub weight: &'a mut [f32],
    pub gradient: &'a [f32],
    pub states: [&'a mut [f32]; S],
    pub average: Option<&'a mut [f32]>,
}

impl<const S: usize> Chunk<'_, S> {
    /// Updates the chunk. Returns the largest gradient, as a [`magnitude`], and the sums of squares
    /// of a measured update.
    pub(super) fn update<R: UpdateRule<S>>(
        self,
        rule: &R,
        share: f32,
        measure: Option<Clip>,
    ) -> (u32, Option<SquaredNorms>) {
        let before = measure.map(|clip| (self.weight.to_vec(), clip));
        let largest = update(rule, self.weight, self.gradient, self.states);
        let squares = before
            .map(|(before, clip)| SquaredNorms::of(self.gradient, clip, &before, self.weight));
        if let Some(average) = self.average {
            // The chunk is still in the cache.
            follow(average, self.weight, share);
        }
        (largest, squares)
    }
}

/// Number of floats that the kernels process side by side. Local arrays of this length have no
/// aliases, so the compiler uses vector instructions.
const LANES: usize = 16;

/// Updates the weights and returns the largest gradient. Wider instructions change no bit: each
/// number is computed independently, and the maximum does not depend on the order.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn update<const S: usize, R: UpdateRule<S>>(
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

/// Moves a moving average towards the weights.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
pub(super) fn follow(average: &mut [f32], weight: &[f32], share: f32) {
    for (average, weight) in average.iter_mut().zip(weight) {
        *average += share * (*weight - *average);
    }
}
