//! Tests of whole flows and of the rules of the workspace, in the folder `tests/`.

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles the example of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/library.md")]
struct Guide;
