//! Whole flows and the rules of the workspace: see `tests/`.
