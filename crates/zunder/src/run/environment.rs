use zunder_eval::EnvironmentRecord;

use crate::{AdapterKind, Plan};

/// Where and of what a run is made.
pub(crate) fn environment(plan: &Plan) -> EnvironmentRecord {
    EnvironmentRecord {
        zunder_version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("ZUNDER_COMMIT").map(str::to_owned),
        device: plan.config.device.clone(),
        adapter: (plan.adapter.kind != AdapterKind::Cpu).then(|| plan.adapter.to_string()),
        threads: plan.threads,
        cpu: cpu(),
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

/// The processor's name, where the system tells it in a file.
pub(crate) fn cpu() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The number of threads that a setting of 0 means.
pub(crate) fn threads(setting: usize) -> usize {
    match setting {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}
