mod adam;
mod config;
mod driver;
mod sgd;
mod update;

pub use adam::AdamConfig;
pub use config::OptimizerConfig;
pub use driver::Optimizer;
pub use sgd::SgdConfig;
