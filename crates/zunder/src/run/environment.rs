//! The record of a run's environment.

use zunder_eval::EnvironmentRecord;

use crate::device::processor_name;
use crate::{AdapterKind, Plan};

/// Returns the record of the environment of a run.
pub(crate) fn environment(plan: &Plan) -> EnvironmentRecord {
    EnvironmentRecord {
        zunder_version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("ZUNDER_COMMIT").map(str::to_owned),
        device: plan.config.device.clone(),
        devices: plan.config.devices.clone(),
        adapter: (plan.adapter.kind != AdapterKind::Cpu).then(|| plan.adapter.to_string()),
        threads: plan.threads,
        cpu: processor_name(),
        os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        dataset: plan.dataset.clone(),
        dataset_hash: plan.dataset_hash.clone(),
        synthetic: plan.synthetic,
        train_images: plan.train_images,
        validation_images: plan.validation_images,
        test_images: plan.test_images,
        parameters: plan.summary.parameters(),
        leakage: plan.leakage.clone(),
    }
}
