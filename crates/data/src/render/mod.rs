//! Applies drawn augmentations to pixels: geometry, sampling, colours, tones, filters and noise.

pub(crate) mod colour;
pub(crate) mod curves;
pub(crate) mod displacement;
mod filter;
pub(crate) mod finish;
pub(crate) mod geometry;
mod histogram;
pub(crate) mod level;
mod noise;
pub(crate) mod sample;
pub(crate) mod tone;
