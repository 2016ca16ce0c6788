//! The settings of a run: layers, names, ranges, and which settings a resumed run may change.

pub(crate) mod changes;
mod data;
mod dataset_name;
pub(crate) mod layers;
mod model;
pub(crate) mod pool;
mod preset;
mod run;
mod settings;
pub(crate) mod tta;
pub(crate) mod without_effect;

pub use data::DataConfig;
pub use dataset_name::DatasetName;
pub use layers::parse_setting;
pub use model::{ModelConfig, ModelKind};
pub use preset::Preset;
pub use run::RunConfig;
pub use settings::expected_one_of;
pub use tta::TestTimeAugmentation;
