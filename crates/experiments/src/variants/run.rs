//! Trains the variants of an experiment with every seed.

use std::time::Instant;

use toml::Value;
use zunder::{RunConfig, RunError, RunEvents, RunOptions, Trials, parse_setting};
use zunder_eval::EpochRecord;
use zunder_report::Table;
use zunder_train::{Events, SourceError};

use super::{Results, VariantTrials, Variants};
use crate::{ExperimentConfig, ExperimentError, Findings, Watch};

/// Settings that all experiments share: a small network on some of the synthetic images without
/// regularisation, so that each effect is isolated.
const COMMON: [&str; 11] = [
    "data.dataset=shapes",
    "data.limit=4000",
    "augment=none",
    "model=mlp",
    "model.hidden=[128, 64]",
    "model.batch_norm=false",
    "model.dropout=0.0",
    "optimizer.lr=0.01",
    "optimizer.weight_decay=0.0",
    "batch_size=64",
    "epochs=10",
];

/// Settings with their paths.
type Settings = Vec<(Vec<String>, Value)>;

fn parsed(settings: &[&str]) -> Result<Settings, RunError> {
    settings.iter().map(|setting| parse_setting(setting)).collect()
}

/// Trains every variant with every seed and evaluates the results. Returns `None` if interrupted.
pub(crate) fn run_variants(
    variants: &Variants,
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let started = Instant::now();
    let seeds = config.seeds()?;
    let configs: Vec<RunConfig> = variants
        .settings
        .iter()
        .map(|(_, settings)| resolved(variants, settings, config))
        .collect::<Result<_, _>>()?;
    let mut results = Results {
        variants: variants.settings.iter().map(|(name, _)| VariantTrials::new(name)).collect(),
    };
    let mut trials = Trials::default();
    // Counts epochs, so that long trainings show progress.
    let total = seeds.len() * configs.iter().map(|config| config.epochs).sum::<usize>();
    let mut done = 0;
    // Trains all variants of a seed before the next seed, so that all variants have results early.
    for seed in &seeds {
        for (i, config) in configs.iter().enumerate() {
            let doing = format!("{}, seed {seed}", results.variants[i].name);
            watch.progressed(done, total, &doing);
            let config = RunConfig { seed: *seed, ..config.clone() };
            let interrupt = watch.interrupt();
            let mut epochs = Epochs { watch, done, total, doing };
            let Some(trial) =
                trials.run(&config, RunOptions { interrupt, events: Some(&mut epochs) })?
            else {
                return Ok(None);
            };
            results.variants[i].trials.push(trial);
            done += config.epochs;
        }
    }
    watch.progressed(total, total, "pictures");
    let mut findings = (variants.judge)(&results)?;
    findings.setting = setting(&results, &seeds, started.elapsed().as_secs_f64());
    findings.tables.push(settings_table(variants, &config.settings));
    findings.banner = banner(&results, config.quick);
    Ok(Some(findings))
}

/// Reports the epochs of a training as progress.
struct Epochs<'a> {
    watch: &'a mut dyn Watch,
    done: usize,
    total: usize,
    doing: String,
}

impl Events for Epochs<'_> {
    fn epoch_finished(&mut self, record: &EpochRecord, _best: bool) -> Result<(), SourceError> {
        self.watch.progressed(self.done + record.epoch, self.total, &self.doing);
        Ok(())
    }
}

impl RunEvents for Epochs<'_> {}

/// Returns the configuration of a variant: the common settings, overridden by those of the
/// experiment, of the variant and of the user.
fn resolved(
    variants: &Variants,
    variant: &[&str],
    config: &ExperimentConfig,
) -> Result<RunConfig, RunError> {
    let chosen: Settings =
        [parsed(variants.base)?, parsed(variant)?, config.settings.clone()].concat();
    let model = chosen
        .iter()
        .rev()
        .find(|(path, _)| path.join(".") == "model" || path.join(".") == "model.name");
    let is_mlp = model.is_none_or(|(_, name)| name.as_str() == Some("mlp"));
    // Settings of the network do not apply to other models.
    let mut settings: Settings = parsed(&COMMON)?
        .into_iter()
        .filter(|(path, _)| is_mlp || path.len() < 2 || path[0] != "model")
        .collect();
    settings.extend(parsed(variants.base)?);
    settings.extend(parsed(variant)?);
    settings.extend(config.settings.iter().cloned());
    let mut resolved = RunConfig::from_layers(None, &settings)?;
    if variants.two_classes && resolved.data.classes.is_empty() {
        let names = resolved.data.load()?.classes;
        resolved.data.classes = names.into_iter().take(2).collect();
    }
    Ok(resolved)
}

fn setting(results: &Results, seeds: &[u64], seconds: f64) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut pair = |key: &str, value: String| pairs.push((key.to_owned(), value));
    if let Some(plan) =
        results.variants.iter().flat_map(|variant| &variant.trials).map(|trial| &trial.plan).next()
    {
        pair("data", plan.dataset.clone());
        pair("validation images", plan.validation_images.to_string());
    }
    pair("seeds", seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "));
    pair("time", format!("{seconds:.0} s"));
    pairs
}

/// Returns a table of the settings: those that all variants share, those of each variant, and those
/// of the user.
fn settings_table(variants: &Variants, over: &[(Vec<String>, Value)]) -> Table {
    let row = |name: &str, settings: &[&str]| {
        vec![
            name.to_owned(),
            if settings.is_empty() { "–".to_owned() } else { settings.join(", ") },
        ]
    };
    let common = row("every experiment, unless overridden", &COMMON);
    let mut rows = vec![common, row("all variants", variants.base)];
    rows.extend(variants.settings.iter().map(|(name, settings)| row(name, settings)));
    if !over.is_empty() {
        let over: Vec<String> =
            over.iter().map(|(path, value)| format!("{}={value}", path.join("."))).collect();
        rows.push(vec!["override all of these".to_owned(), over.join(", ")]);
    }
    Table {
        caption: "Settings".to_owned(),
        headings: vec!["variant".to_owned(), "settings".to_owned()],
        rows,
        words: true,
        page_only: true,
    }
}

/// Returns the warning to show above the results, if any.
fn banner(results: &Results, quick: bool) -> Option<String> {
    let synthetic = results
        .variants
        .iter()
        .flat_map(|variant| &variant.trials)
        .any(|trial| trial.plan.synthetic);
    let parts = [
        synthetic.then_some(
            "On the synthetic set, generated by a program: the accuracies say nothing \
            about photographs.",
        ),
        quick.then_some("A quick run, with fewer seeds: claims may fail to hold."),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(text).filter(|text| !text.is_empty())
}

impl VariantTrials {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), trials: Vec::new() }
    }
}
