//! The command `experiment`: runs an experiment of the lecture and checks its claims.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueHint};
use toml::Value;
use zunder::train::Interrupt;
use zunder::{DataConfig, DatasetName, parse_setting, program};
use zunder_experiments::{
    Claim, Experiment, ExperimentConfig, Findings, Watch, experiment, experiments, write_play,
};

use crate::args::{MachineArgs, OpenArgs, OutputArgs};
use crate::commands::fetch::{self, NetworkArgs};
use crate::output::progress::ProgressLine;
use crate::output::{browser, file, stdout};
use crate::shell::quoted;
use crate::signals;

/// Run an experiment of the lecture: test its claims, draw its pictures
///
/// It trains the variants to be compared with several seeds, or runs a small program, checks
/// whether the claims hold, and writes a page with pictures. Only validation images are used. The
/// exit code is 1 if a claim does not hold.
#[derive(Args)]
pub struct ExperimentCommand {
    /// The name of the experiment; `list` lists them, `all` runs all of them
    ///
    /// `play` writes a page for the browser on which the lecture's ideas follow sliders.
    #[arg(value_name = "NAME")]
    name: String,
    /// Take about half a minute, with fewer seeds
    ///
    /// Some programs also use a smaller task. Claims may then fail.
    #[arg(long)]
    quick: bool,
    /// Seeds of each variant [default: 5, with --quick 3]
    ///
    /// 2 to 100; some programs use more.
    #[arg(long, value_name = "N")]
    seeds: Option<usize>,
    /// Use the pilot seeds, from 101 on, on which the margins were fixed
    ///
    /// Default: the seeds that are reported, from 1 on.
    #[arg(long)]
    pilot: bool,
    /// The expression for the experiment backprop
    ///
    /// Such as "(x*y + max(z, w))^2", or the name of an example of the lecture: neuron, hinge,
    /// cross-entropy.
    #[arg(long, value_name = "FORMULA")]
    expr: Option<String>,
    /// The values of its variables, such as x=4,y=-2,z=5,w=-1
    #[arg(long, value_name = "NAME=VALUE,...", allow_hyphen_values = true)]
    at: Option<String>,
    /// Folder for pages and pictures
    ///
    /// Earlier files of the same experiment are replaced.
    #[arg(long, value_name = "DIR", default_value = "experiments", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// shapes, cifar10, ... as for train [default: shapes]
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    dataset: Option<String>,
    /// Folder of the data sets [default: datasets]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Data")]
    data_dir: Option<PathBuf>,
    /// A setting for all trainings; may be repeated
    ///
    /// Such as data.limit=10000, or the settings of a negative control.
    #[arg(long = "set", value_name = "KEY=VALUE", id = "settings")]
    settings: Vec<String>,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    open: OpenArgs,
}

impl ExperimentCommand {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.name == "list" {
            list();
            return Ok(ExitCode::SUCCESS);
        }
        file::check_new_folder(&self.out)?;
        let chosen = match self.name.as_str() {
            "all" => experiments(),
            "play" => Vec::new(),
            name => vec![experiment(name)?],
        };
        let interrupt = signals::interrupt();
        let config = ExperimentConfig {
            quick: self.quick,
            seeds: self.seeds,
            pilot: self.pilot,
            settings: self.settings()?,
            expression: self.expr.clone(),
            at: self.at.clone(),
            ..ExperimentConfig::default()
        };
        if self.name == "play" {
            return self.play(&config);
        }
        if self.fetched(&chosen, &interrupt)? {
            return Ok(signals::interrupted());
        }
        // Checked before anything is trained.
        for experiment in &chosen {
            experiment.check_folder(&self.out.join(experiment.name))?;
        }
        if self.name == "all" {
            for page in ["index.html", "play/index.html"] {
                zunder::check_replaceable(&self.out.join(page))?;
            }
        }
        let mut results = Vec::new();
        for experiment in &chosen {
            signals::keep(format!("nothing of {} was written", experiment.name));
            let Some(findings) = self.one(experiment, &config, &interrupt)? else {
                return Ok(signals::interrupted());
            };
            results.push((experiment, findings));
        }
        if self.output.json {
            let records: Vec<String> =
                results.iter().map(|(experiment, findings)| experiment.json(findings)).collect();
            let records = records.join(",\n");
            stdout::json(&if self.name == "all" { format!("[{records}]") } else { records });
        }
        if self.name == "all" {
            let page = zunder_experiments::write_index(&results, &self.out)?;
            if !self.output.json {
                say!("page    {}", page.display());
            }
            if self.open.open {
                browser::open(&page);
            }
        }
        let all_hold = results.iter().all(|(_, findings)| findings.all_hold());
        Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Writes the page to play with.
    fn play(&self, config: &ExperimentConfig) -> anyhow::Result<ExitCode> {
        let page = write_play(config, &self.out.join("play"))?;
        if self.output.json {
            let record = serde_json::json!({ "name": "play", "page": page.to_string_lossy() });
            stdout::json(&record.to_string());
        } else {
            say!("page    {}", page.display());
        }
        if self.open.open {
            browser::open(&page);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the settings of the trainings: the flags, overridden by --set.
    fn settings(&self) -> anyhow::Result<Vec<(Vec<String>, Value)>> {
        let flags = [
            ("data.dataset", self.dataset.clone()),
            ("data.dir", self.data_dir.as_ref().map(|dir| dir.display().to_string())),
            ("device", self.machine.device.clone()),
        ];
        let path = |key: &str| key.split('.').map(str::to_owned).collect();
        let mut settings: Vec<(Vec<String>, Value)> = flags
            .into_iter()
            .filter_map(|(key, value)| Some((path(key), Value::String(value?))))
            .collect();
        settings.extend(
            self.machine
                .threads
                .map(|n| (path("threads"), Value::Integer(n.try_into().unwrap_or(i64::MAX)))),
        );
        for setting in &self.settings {
            settings.push(parse_setting(setting)?);
        }
        Ok(settings)
    }

    /// Downloads the data set. Returns whether an interrupt was requested meanwhile.
    fn fetched(&self, chosen: &[Experiment], interrupt: &Interrupt) -> anyhow::Result<bool> {
        let dataset = self
            .dataset
            .as_deref()
            .and_then(|name| DatasetName::ALL.into_iter().find(|known| known.name() == name));
        let Some(dataset) = dataset.filter(|_| chosen.iter().any(Experiment::takes_data)) else {
            return Ok(false);
        };
        let default = DataConfig::default();
        let data = DataConfig {
            dataset,
            dir: self.data_dir.clone().unwrap_or(default.dir.clone()),
            ..default
        };
        Ok(fetch::on_demand(&data, &self.network, &self.output, interrupt)?)
    }

    /// Runs one experiment, writes its page and prints its findings.
    fn one(
        &self,
        experiment: &Experiment,
        config: &ExperimentConfig,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Option<Findings>> {
        let quiet = self.output.quiet || self.output.json;
        if !quiet {
            say!("{}", experiment.title);
            say!("{}", experiment.question);
            say!("");
        }
        let all = self.name == "all";
        let config = if all { experiment.suited(config) } else { config.clone() };
        let mut lines = Lines { line: None, quiet, interrupt: interrupt.clone() };
        let findings = experiment.run(&config, &mut lines)?;
        drop(lines);
        let Some(findings) = findings else { return Ok(None) };
        signals::keep(format!("some pictures of {} may be new and the page old", experiment.name));
        let page = experiment.write(
            &findings,
            &self.out.join(experiment.name),
            &reproduce(experiment, &config),
        )?;
        if !self.output.json {
            self.print(experiment, &findings, &page);
        }
        if self.open.open && !all {
            browser::open(&page);
        }
        Ok(Some(findings))
    }

    fn print(&self, experiment: &Experiment, findings: &Findings, page: &Path) {
        if self.output.quiet {
            let verdict = if findings.all_hold() { "claims hold" } else { "claims fail" };
            say!("{:<16} {verdict}", experiment.name);
            return;
        }
        if let Some(banner) = &findings.banner {
            complain!("note: {banner}");
        }
        for table in findings.tables.iter().filter(|table| !table.page_only) {
            say!("{}", table.caption);
            stdout::text(&table.text());
            say!("");
        }
        for (i, Claim { statement, evidence, holds, .. }) in findings.claims.iter().enumerate() {
            say!("{} {}. {statement}", if *holds { "yes   " } else { "NO    " }, i + 1);
            say!("       {evidence}");
        }
        say!("");
        for sentence in &findings.see {
            say!("see     {sentence}");
        }
        say!("page    {}", page.display());
        for control in experiment.controls() {
            let flags: Vec<String> = control
                .settings
                .iter()
                .map(|setting| format!("--set {}", quoted(setting)))
                .collect();
            say!(
                "control {} experiment {} {}: {} must fail. {}",
                program(),
                experiment.name,
                flags.join(" "),
                control.claims(),
                control.because
            );
        }
        say!("");
    }
}

/// Returns the command that repeats an experiment, with the flags that it uses.
fn reproduce(experiment: &Experiment, config: &ExperimentConfig) -> String {
    let suited = experiment.suited(config);
    let mut words = vec!["experiment".to_owned(), experiment.name.to_owned()];
    let mut add = |flag: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [flag.to_owned(), quoted(&value)]));
    };
    for (path, value) in &suited.settings {
        add("--set", Some(format!("{}={value}", path.join("."))));
    }
    add("--seeds", suited.seeds.map(|n| n.to_string()));
    add("--expr", suited.expression.clone());
    add("--at", suited.at.clone());
    words.extend(suited.quick.then(|| "--quick".to_owned()));
    words.extend(suited.pilot.then(|| "--pilot".to_owned()));
    format!("{} {}", program(), words.join(" "))
}

/// Prints the list of experiments, in the lecture's order.
fn list() {
    for experiment in experiments() {
        say!("{:<16} {}", experiment.name, experiment.title);
    }
    say!("");
    say!(
        "`{} experiment NAME` runs one, `experiment all` all of them; --quick takes seconds.",
        program()
    );
    say!("`{} experiment play --open` shows a page to play with.", program());
}

/// Prints the progress of an experiment.
struct Lines {
    line: Option<ProgressLine>,
    quiet: bool,
    interrupt: Interrupt,
}

impl Watch for Lines {
    fn progressed(&mut self, done: usize, total: usize, doing: &str) {
        if !self.quiet {
            let line = self.line.get_or_insert_with(|| ProgressLine::new("train   "));
            let (done, total) = (done as u64, total as u64);
            // The current step precedes the number of finished ones.
            line.update(done, total, |n| {
                if n == done && n < total { format!("{doing}: {n}") } else { n.to_string() }
            });
        }
    }

    fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }
}
