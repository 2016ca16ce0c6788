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
        adapter: adapters(plan),
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

/// Returns the hardware of the devices, each once; `None` if it is the CPU alone.
fn adapters(plan: &Plan) -> Option<String> {
    let all = [&plan.adapter].into_iter().chain(&plan.adapters);
    if all.clone().all(|adapter| adapter.kind == AdapterKind::Cpu) {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for name in all.map(ToString::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(names.join("; "))
}
