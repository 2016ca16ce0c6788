//! The division of images into parts: validation splits, folds, groups and selections of classes.

mod by_content;
mod coverage;
mod folds;
pub(crate) mod groups;
mod selection;
mod shares;
mod split;

pub use by_content::units;
pub use folds::Folds;
pub use groups::GroupTable;
pub use selection::Selection;
pub use split::Split;
