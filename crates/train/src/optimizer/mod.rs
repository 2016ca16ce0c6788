//! Optimisers: update rules, their settings, clipping, and the update of a whole module.

mod adagrad;
mod adam;
mod average;
mod burn_optimizer;
mod burn_rule;
mod burn_state;
mod check;
mod chunk;
mod clip;
mod config;
mod device;
mod driver;
mod host;
mod lion;
mod magnitude;
mod norms;
mod parameter_update;
mod rmsprop;
mod rule;
mod sgd;
mod state;
mod update_context;
mod update_mapper;
mod updated;
mod weight_decay;

pub use adagrad::AdaGradConfig;
pub use adam::{AdamConfig, AdamWConfig};
pub use burn_optimizer::BurnOptimizer;
pub use config::OptimizerConfig;
pub use driver::FitOptimizer;
pub use lion::LionConfig;
pub(crate) use norms::SquaredNorms;
pub use norms::UpdateNorms;
pub use rmsprop::RmsPropConfig;
pub use sgd::SgdConfig;
pub(crate) use weight_decay::WeightDecay;
