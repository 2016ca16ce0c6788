//! Readers of published file formats: CIFAR-10 and CIFAR-100, IDX (MNIST and its relatives), and
//! folders of records.

mod cifar;
pub mod cifar10;
pub mod cifar100;
pub mod idx;
pub mod records;
pub(crate) mod source;
