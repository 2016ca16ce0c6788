//! The folder of a run on disk: file names, locks, checksums, and other kinds of folders.

pub(crate) mod checksums;
pub(crate) mod claim;
pub(crate) mod files;
pub(crate) mod kind;
#[cfg(feature = "report")]
mod replaceable;
mod run_folder;
pub(crate) mod sealed;

pub use claim::FolderLock;
#[cfg(feature = "report")]
pub use kind::page_of;
#[cfg(feature = "report")]
pub use replaceable::check_replaceable;
pub use run_folder::RunFolder;
