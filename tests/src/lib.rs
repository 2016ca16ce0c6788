//! Whole flows and the rules of the workspace: see `tests/`.

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles the example of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/library.md")]
struct Guide;
