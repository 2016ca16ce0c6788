//! Parses the formula of `backprop --expr`. Its files are included here, since they are private to
//! their crate.
#![no_main]
#![allow(dead_code, reason = "the pictures of a graph use more of it")]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/experiments/src/programs/backprop/graph.rs"]
mod graph;
#[path = "../../crates/experiments/src/programs/backprop/operation.rs"]
mod operation;
#[path = "../../crates/experiments/src/programs/backprop/parse.rs"]
mod parse;

/// Parses an expression, and evaluates it at a few points.
fn read(text: &str) -> Result<(), ExperimentError> {
    let graph = parse::parse(text)?;
    let names = graph.names().count();
    for at in [0.0, 1.5, -1e300] {
        let _ = graph.passes(&vec![at; names], operation::Operation::derivatives);
    }
    Ok(())
}

/// The error of the parser.
#[derive(Debug)]
pub enum ExperimentError {
    Expression { expression: String, place: usize, problem: String },
}

fuzz_target!(|text: &str| {
    if let Err(ExperimentError::Expression { expression, place, problem }) = read(text) {
        assert!(expression == text && !problem.is_empty());
        assert!((1..=text.chars().count() + 1).contains(&place), "place {place}");
    }
});
