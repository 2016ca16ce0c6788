use std::time::Instant;

use toml::Value;
use zunder::{RunConfig, RunError, RunEvents, RunOptions, Trials, parse_setting};
use zunder_eval::EpochRecord;
use zunder_report::Table;
use zunder_train::{Events, SourceError};

use super::{Results, VariantTrials, Variants};
use crate::{ExperimentConfig, ExperimentError, Findings, Watch};

/// What all experiments share: a small network on some of the synthetic images, without anything
/// that regularises, so that each effect is seen alone.
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

/// Trains every variant with every seed and judges what came out. Returns none if asked to stop.
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
    // In epochs, so that long trainings are seen to go on.
    let total = seeds.len() * configs.iter().map(|config| config.epochs).sum::<usize>();
    let mut done = 0;
    // All variants of a seed in a row, so that a first picture of all of them comes early.
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

/// Tells how far a training is.
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

/// The configuration of a variant: the common settings, the experiment's, the variant's, the
/// user's.
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
    // The network's settings belong to no other model.
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

/// What the variants share, what each of them sets, and what the user laid over all.
fn settings_table(variants: &Variants, over: &[(Vec<String>, Value)]) -> Table {
    let row = |name: &str, settings: &[&str]| {
        vec![
            name.to_owned(),
            if settings.is_empty() { "–".to_owned() } else { settings.join(", ") },
        ]
    };
    let common = row("every experiment, unless it says other", &COMMON);
    let mut rows = vec![common, row("all variants", variants.base)];
    rows.extend(variants.settings.iter().map(|(name, settings)| row(name, settings)));
    if !over.is_empty() {
        let over: Vec<String> =
            over.iter().map(|(path, value)| format!("{}={value}", path.join("."))).collect();
        rows.push(vec!["laid over all of these".to_owned(), over.join(", ")]);
    }
    Table {
        caption: "What is set".to_owned(),
        headings: vec!["variant".to_owned(), "settings".to_owned()],
        rows,
        words: true,
    }
}

/// What must be known before the figures are read.
fn banner(results: &Results, quick: bool) -> Option<String> {
    let synthetic = results
        .variants
        .iter()
        .flat_map(|variant| &variant.trials)
        .any(|trial| trial.plan.synthetic);
    let parts = [
        synthetic.then_some(
            "On the synthetic set, drawn by a program: the accuracies say nothing \
            about photographs.",
        ),
        quick.then_some("A quick run, with fewer seeds: what is claimed may fail to appear."),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(text).filter(|text| !text.is_empty())
}

impl VariantTrials {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), trials: Vec::new() }
    }
}
