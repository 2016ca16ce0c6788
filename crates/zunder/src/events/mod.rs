//! What a run reports while it goes on.

pub(crate) mod listening;
