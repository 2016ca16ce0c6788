//! Applies drawn augmentations to pixels: geometry, sampling, colours, tones, filters and noise.

pub(crate) mod colour;
pub(crate) mod curves;
mod filter;
pub(crate) mod finish;
pub(crate) mod geometry;
mod histogram;
pub(crate) mod sample;
pub(crate) mod tone;
