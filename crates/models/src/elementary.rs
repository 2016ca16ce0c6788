//! Elementary functions of 32-bit floats without branches, so that the compiler vectorises loops
//! over them.
//!
//! Each has an error of about two units in the last place over its whole range; NaN stays NaN.
//! Multiply-adds are not fused, so every processor gives the same bits.
#![allow(
    clippy::inline_always,
    reason = "inside of each version of a kernel, with its instructions"
)]

/// Adding this constant rounds a number below 2^22 in size to an integer.
const ROUND: f32 = 12_582_912.0;
/// ln 2 = `LN_2_HIGH` + `LN_2_LOW`. The first has so few digits that its multiples are exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Computes exp(x).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    exp_of_sum(x, 0.0)
}

/// Computes exp(high + low), for |low| at most 0.1 and small against |high|. The sum has more
/// digits than one float.
///
/// 2^n exp(r), with r at most (ln 2) / 2 in size. The polynomial is that of Cephes.
#[inline(always)]
fn exp_of_sum(high: f32, low: f32) -> f32 {
    let high = if high > 89.0 { 89.0 } else { high };
    let high = if high < -105.0 { -105.0 } else { high };
    let shifted = high * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = high - n * LN_2_HIGH - n * LN_2_LOW + low;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_65;
    let p = p * r + 0.5;
    let p = p * (r * r) + r + 1.0;
    // 2^n as two factors, so that the smallest and the largest results are reached.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    p * power(half) * power(n.wrapping_sub(half))
}

/// Computes the logistic function 1 / (1 + exp(-x)) and its derivative.
#[inline(always)]
pub(crate) fn logistic(x: f32) -> (f32, f32) {
    let e = exp(-x.abs());
    let inverse = 1.0 / (1.0 + e);
    let other = e * inverse;
    (if x < 0.0 { other } else { inverse }, other * inverse)
}

/// Computes the hyperbolic tangent and its derivative. Near 0 the polynomial is that of Cephes.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> (f32, f32) {
    let size = x.abs();
    let e = exp(-2.0 * size);
    let inverse = 1.0 / (1.0 + e);
    let far = 1.0 - 2.0 * e * inverse;
    let z = x * x;
    let p = -5.704_988_7e-3;
    let p = p * z + 2.063_909e-2;
    let p = p * z - 5.373_971_6e-2;
    let p = p * z + 0.133_314_42;
    let p = p * z - 0.333_332_8;
    let near = p * z * x + x;
    (if size < 0.625 { near } else { far.copysign(x) }, 4.0 * e * inverse * inverse)
}

/// Computes the standard normal distribution function at x, and exp(-x^2 / 2).
///
/// Below 0 it is exp(-t^2 / 2) G(u) / (t + 2.5), with t = |x| and u = (t - 2.5) / (t + 2.5). The
/// polynomial G is fitted for t from 0 to 16, with a relative error of 2e-8.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    let t = x.abs();
    let t = if t > 16.0 { 16.0 } else { t };
    // The square of the upper half of the digits is exact.
    let high = f32::from_bits(t.to_bits() & 0xFFFF_F000);
    let e = exp_of_sum(-0.5 * high * high, -0.5 * (t - high) * (t + high));
    let inverse = 1.0 / (t + 2.5);
    let u = (t - 2.5) * inverse;
    let p = -1.614_268_3e-4;
    let p = p * u - 3.167_491_8e-4;
    let p = p * u + 6.873_136e-4;
    let p = p * u + 2.529_306e-3;
    let p = p * u - 1.601_343e-3;
    let p = p * u - 1.638_796_6e-2;
    let p = p * u + 9.235_859e-3;
    let p = p * u + 0.131_987_17;
    let p = p * u - 0.433_692;
    let p = p * u + 0.706_656_63;
    let tail = e * (p * inverse);
    (if x < 0.0 { tail } else { 1.0 - tail }, e)
}

#[cfg(test)]
mod tests;
