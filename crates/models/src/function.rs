//! Activation functions with kernels of their own, and their derivatives.
#![allow(
    clippy::inline_always,
    reason = "inside of each version of a kernel, with its instructions"
)]

use crate::elementary::{logistic, normal, tanh};

/// An element-wise function with a known derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    /// a, with the derivative 1.
    Identity,
    /// a above 0, and 0 below.
    Relu,
    /// a above 0, and a times this slope below.
    LeakyRelu(f32),
    Logistic,
    Tanh,
    Swish,
    Gelu,
}

impl Function {
    /// Replaces each a by f(a).
    pub(crate) fn apply(self, a: &mut [f32]) {
        if self != Self::Identity {
            values(self, a);
        }
    }

    /// Replaces each a by f(a) c, and the factor c by f'(a) c.
    ///
    /// For NaN the rectifiers have the derivative 1, as in Burn.
    pub(crate) fn apply_with_derivative(self, a: &mut [f32], factors: &mut [f32]) {
        values_and_derivatives(self, a, factors);
    }
}

#[inline(always)]
fn relu(a: f32) -> (f32, f32) {
    if a <= 0.0 { (0.0, 0.0) } else { (a, 1.0) }
}

#[inline(always)]
fn leaky_relu(a: f32, slope: f32) -> (f32, f32) {
    let derivative = if a <= 0.0 { slope } else { 1.0 };
    (a * derivative, derivative)
}

#[inline(always)]
fn swish(a: f32) -> (f32, f32) {
    let (s, derivative) = logistic(a);
    (a * s, s + a * derivative)
}

#[inline(always)]
fn gelu(a: f32) -> (f32, f32) {
    /// 1 / sqrt(2 pi). Multiplied by exp(-a^2 / 2) it gives the normal density.
    const DENSITY: f32 = 0.398_942_3;
    let (distribution, e) = normal(a);
    (a * distribution, distribution + a * (e * DENSITY))
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn values(function: Function, a: &mut [f32]) {
    match function {
        Function::Identity => {}
        Function::Relu => each(a, relu),
        Function::LeakyRelu(slope) => each(a, |a| leaky_relu(a, slope)),
        Function::Logistic => each(a, logistic),
        Function::Tanh => each(a, tanh),
        Function::Swish => each(a, swish),
        Function::Gelu => each(a, gelu),
    }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn values_and_derivatives(function: Function, a: &mut [f32], factors: &mut [f32]) {
    match function {
        Function::Identity => each_scaled(a, factors, |a| (a, 1.0)),
        Function::Relu => each_scaled(a, factors, relu),
        Function::LeakyRelu(slope) => each_scaled(a, factors, |a| leaky_relu(a, slope)),
        Function::Logistic => each_scaled(a, factors, logistic),
        Function::Tanh => each_scaled(a, factors, tanh),
        Function::Swish => each_scaled(a, factors, swish),
        Function::Gelu => each_scaled(a, factors, gelu),
    }
}

#[inline(always)]
fn each(a: &mut [f32], f: impl Fn(f32) -> (f32, f32)) {
    for a in a {
        *a = f(*a).0;
    }
}

#[inline(always)]
fn each_scaled(a: &mut [f32], factors: &mut [f32], f: impl Fn(f32) -> (f32, f32)) {
    for (a, factor) in a.iter_mut().zip(factors) {
        let (value, derivative) = f(*a);
        *a = value * *factor;
        *factor *= derivative;
    }
}
