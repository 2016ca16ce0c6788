//! Trains the variants of an experiment with every seed.

use std::time::Instant;

use toml::Value;
use zunder::{RunConfig, RunError, RunEvents, RunOptions, Trial, Trials, parse_setting};
use zunder_eval::EpochRecord;
use zunder_report::Table;
use zunder_train::{Events, SourceError};

use super::grid::{self, Candidate, Tried};
use super::{Criterion, Results, VariantTrials, Variants};
use crate::claim::PILOT;
use crate::{ExperimentConfig, ExperimentError, Findings, Watch};

/// Settings that all experiments share: a small network on some of the synthetic images without
/// regularisation, so that each effect is isolated.
const COMMON: [&str; 14] = [
    "data.dataset=shapes",
    "data.limit=4000",
    "augment=none",
    "model=mlp",
    "model.hidden=[128, 64]",
    "model.batch_norm=false",
    "model.dropout=0.0",
    "optimizer.lr=0.01",
    "optimizer.weight_decay=0.0",
    "loss.label_smoothing=0.0",
    "lasso.l1=0.0",
    "init_window=1.0",
    "batch_size=64",
    "epochs=10",
];

/// Settings with their paths.
type Settings = Vec<(Vec<String>, Value)>;

fn parsed(settings: &[&str]) -> Result<Settings, RunError> {
    settings.iter().map(|setting| parse_setting(setting)).collect()
}

/// Chooses the best settings of each variant on pilot seeds, trains it with every seed, and
/// evaluates the results. Returns `None` if interrupted.
pub(crate) fn run_variants(
    variants: &Variants,
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let started = Instant::now();
    let seeds = config.seeds()?;
    let mut trainer = Trainer { trials: Trials::default(), watch, done: 0, total: 0 };
    let Some(results) = trained(variants, config, &seeds, &mut trainer)? else { return Ok(None) };
    let total = trainer.done;
    trainer.watch.progressed(total, total, "pictures");
    let mut findings = (variants.judge)(&results)?;
    findings.setting = setting(&results, &seeds, started.elapsed().as_secs_f64());
    let chosen = variants.criteria.iter().enumerate();
    findings.tables.extend(
        chosen.filter_map(|criterion| {
            grid::table(&results.tried, criterion, &config.choosing_seeds())
        }),
    );
    findings.tables.push(settings_table(variants, &config.settings));
    findings.banner = banner(&results, config);
    Ok(Some(findings))
}

fn trained(
    variants: &Variants,
    config: &ExperimentConfig,
    seeds: &[u64],
    trainer: &mut Trainer<'_>,
) -> Result<Option<Results>, ExperimentError> {
    let of_variant = |(name, settings): &(&'static str, &'static [&'static str])| {
        let candidates =
            grid::candidates(variants.grids, name, &config.settings, config.coarse_grids);
        let configs: Vec<RunConfig> = candidates
            .iter()
            .map(|candidate| resolved(variants, settings, candidate, config))
            .collect::<Result<_, _>>()?;
        Ok((Tried { name, candidates, figures: Vec::new() }, configs))
    };
    let wanted = |name: &str| {
        config.variants.is_empty() || config.variants.iter().any(|wanted| wanted == name)
    };
    let mut all: Vec<(Tried, Vec<RunConfig>)> = variants
        .settings
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(of_variant)
        .collect::<Result<_, RunError>>()?;
    let choosing = config.choosing_seeds();
    // Counts epochs, so that long trainings show progress.
    trainer.total = all
        .iter()
        .map(|(_, configs)| {
            let epochs = configs.first().map_or(0, |config| config.epochs);
            let tried = if configs.len() > 1 { configs.len() * choosing.len() } else { 0 };
            epochs * (tried + seeds.len())
        })
        .sum();
    for (tried, configs) in all.iter_mut().filter(|(_, configs)| configs.len() > 1) {
        for (candidate, config) in configs.iter().enumerate() {
            let doing = format!("{} {}", tried.name, tried.label(candidate));
            let Some(trials) = trainer.train(config, &choosing, &doing)? else { return Ok(None) };
            let figures = |criterion: &Criterion| {
                trials.iter().map(|trial| criterion.of(trial)).collect::<Vec<f64>>()
            };
            tried.figures.push(variants.criteria.iter().map(figures).collect());
        }
    }
    let mut results = Results {
        variants: all.iter().map(|(tried, _)| VariantTrials::new(tried, 0)).collect(),
        ..Results::default()
    };
    // Trains all variants of a seed before the next seed, so that all variants have results early.
    for seed in seeds {
        for (i, (tried, configs)) in all.iter().enumerate() {
            let config = &configs[tried.best(0)];
            let Some(trials) = trainer.train(config, &[*seed], tried.name)? else {
                return Ok(None);
            };
            results.variants[i].trials.extend(trials);
        }
    }
    // Another criterion often chooses the same.
    for criterion in 1..variants.criteria.len() {
        for (tried, configs) in &all {
            let best = tried.best(criterion);
            if best != tried.best(0) {
                trainer.total += configs[best].epochs * seeds.len();
                let Some(trials) = trainer.train(&configs[best], seeds, tried.name)? else {
                    return Ok(None);
                };
                let variant = VariantTrials { trials, ..VariantTrials::new(tried, criterion) };
                results.others.push((criterion, variant));
            }
        }
    }
    results.tried = all.into_iter().map(|(tried, _)| tried).collect();
    Ok(Some(results))
}

/// Trains configurations, and reports their epochs as progress.
struct Trainer<'a> {
    trials: Trials,
    watch: &'a mut dyn Watch,
    done: usize,
    total: usize,
}

impl Trainer<'_> {
    /// Trains a configuration with every seed. Returns `None` if interrupted.
    fn train(
        &mut self,
        config: &RunConfig,
        seeds: &[u64],
        doing: &str,
    ) -> Result<Option<Vec<Trial>>, RunError> {
        let mut trials = Vec::new();
        for seed in seeds {
            let doing = format!("{doing}, seed {seed}");
            self.watch.progressed(self.done, self.total, &doing);
            let config = RunConfig { seed: *seed, ..config.clone() };
            let interrupt = self.watch.interrupt();
            let (done, total) = (self.done, self.total);
            let mut epochs = Epochs { watch: &mut *self.watch, done, total, doing };
            let options = RunOptions { interrupt, events: Some(&mut epochs) };
            let Some(trial) = self.trials.run(&config, options)? else { return Ok(None) };
            trials.push(trial);
            self.done += config.epochs;
        }
        Ok(Some(trials))
    }
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
/// experiment, of the variant, of its candidate and of the user.
fn resolved(
    variants: &Variants,
    variant: &[&str],
    candidate: &Candidate,
    config: &ExperimentConfig,
) -> Result<RunConfig, RunError> {
    let tried: Vec<String> =
        candidate.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let tried: Vec<&str> = tried.iter().map(String::as_str).collect();
    let chosen: Settings =
        [parsed(variants.base)?, parsed(variant)?, parsed(&tried)?, config.settings.clone()]
            .concat();
    // Settings of the network do not apply to other models, nor those of a loss to other losses.
    let replaced = [("model", "mlp"), ("loss", "cross-entropy")].map(|(table, usual)| {
        let named = chosen
            .iter()
            .rev()
            .find(|(path, _)| path.join(".") == table || path.join(".") == format!("{table}.name"));
        named.filter(|(_, name)| name.as_str() != Some(usual)).map(|_| table)
    });
    let mut settings: Settings = parsed(&COMMON)?
        .into_iter()
        .filter(|(path, _)| path.len() < 2 || !replaced.contains(&Some(path[0].as_str())))
        .collect();
    settings.extend(chosen);
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
    for grid in variants.grids {
        let of = if grid.of.is_empty() { "all variants".to_owned() } else { grid.of.join(", ") };
        rows.push(vec![
            format!("tried for {of}"),
            format!("{} = {}", grid.key, grid.values.join(", ")),
        ]);
    }
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
fn banner(results: &Results, config: &ExperimentConfig) -> Option<String> {
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
        config.quick.then_some("A quick run, with fewer seeds: claims may fail to hold."),
        config.pilot.then_some(PILOT),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(text).filter(|text| !text.is_empty())
}

impl VariantTrials {
    fn new(tried: &Tried, criterion: usize) -> Self {
        Self {
            name: tried.name.to_owned(),
            chosen: tried.label(tried.best(criterion)),
            trials: Vec::new(),
        }
    }
}
