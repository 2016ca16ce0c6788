//! The command `fetch`: downloads data sets.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use zunder::fetch::{FetchConfig, FetchError, by_name, catalogue, fetch};
use zunder::train::Interrupt;
use zunder::{DataConfig, DatasetName, RunError, download, program};

use crate::args::{OutputArgs, PlaceArgs};
use crate::format::thousands;
use crate::output::next;
use crate::output::progress::DownloadLines;
use crate::signals;

/// Download a data set, check it and unpack it
#[derive(Args)]
pub struct Fetch {
    /// cifar10, cifar100, mnist or fashion-mnist; without a name they are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// Keep the archive after unpacking it
    #[arg(long)]
    keep_archive: bool,
    /// Download from this URL instead, a folder with the files under their names; may be repeated
    #[arg(long, value_name = "URL")]
    mirror: Vec<String>,
}

/// Whether the network may be used.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct NetworkArgs {
    /// Download nothing, as with `ZUNDER_OFFLINE=1`
    #[arg(long)]
    offline: bool,
}

impl NetworkArgs {
    fn offline(&self) -> bool {
        self.offline
            || std::env::var_os("ZUNDER_OFFLINE")
                .is_some_and(|value| !value.is_empty() && value != "0")
    }
}

impl Fetch {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let dir = self.place.data_dir.unwrap_or_else(|| DataConfig::default().dir);
        let Some(name) = self.name else {
            list(&dir);
            return Ok(ExitCode::SUCCESS);
        };
        let source = by_name(&name).map_err(RunError::from)?;
        let config = FetchConfig {
            offline: self.network.offline(),
            keep_archive: self.keep_archive,
            mirrors: self.mirror,
            ..FetchConfig::default()
        };
        let interrupt = signals::interrupt();
        signals::keep("run the same command again to continue from there");
        let mut lines = DownloadLines::default();
        let fetched = fetch(&source, &dir, &config, &mut |now| {
            lines.show(now);
            go_on(&interrupt)
        });
        drop(lines);
        match fetched {
            Ok(fetched) if fetched.downloaded == 0 => {
                say!("{} is complete in {}", source.title, fetched.folder.display());
            }
            Ok(fetched) => say!(
                "{} is in {} ({} bytes downloaded)",
                source.title,
                fetched.folder.display(),
                thousands(fetched.downloaded)
            ),
            Err(error @ FetchError::Interrupted { .. }) => {
                return Ok(signals::interrupted_with(|| {
                    complain!("{error}; run the same command again to continue from there");
                }));
            }
            Err(error) => return Err(RunError::from(error).into()),
        }
        let data = DataConfig { dir, ..DataConfig::default() };
        let command = match source.name.as_str() {
            "cifar10" => "train-cifar".to_owned(),
            name => format!("train --dataset {name}"),
        };
        say!("next    {} {command}{}", program(), next::data_dir(&data));
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the data sets of the catalogue, and which are present.
fn list(dir: &Path) {
    for source in catalogue() {
        let bytes: u64 = source.files.iter().map(|file| file.size).sum();
        let here = if zunder::fetch::missing(&source, dir).is_empty() {
            format!("in {}", dir.display())
        } else {
            "not present".to_owned()
        };
        say!("{:<14} {:<14} {:>6.1} MB  {here}", source.name, source.title, bytes as f64 / 1e6);
    }
}

/// Downloads the missing files of a training's data set. If the data set is `auto`, a failure is
/// reported and the training continues without it. Returns whether the user interrupted the
/// download.
pub fn on_demand(
    data: &DataConfig,
    network: &NetworkArgs,
    output: &OutputArgs,
    interrupt: &Interrupt,
) -> Result<bool, RunError> {
    let auto = data.dataset == DatasetName::Auto;
    if network.offline() {
        return Ok(false); // the error of reading names the missing file and its source
    }
    let mut config = FetchConfig::default();
    if auto {
        // The download was not requested explicitly, so the waiting times are short.
        (config.connect_timeout, config.stall_timeout, config.tries) =
            (Duration::from_secs(3), Duration::from_secs(10), 1);
    }
    let mut lines = DownloadLines::default();
    let quiet = output.quiet || output.json;
    let result = download(data, &config, &mut |now| {
        if !quiet {
            lines.show(now);
        }
        go_on(interrupt)
    });
    drop(lines);
    match result {
        Ok(_) => Ok(false),
        Err(RunError::Fetch(FetchError::Interrupted { .. })) => Ok(true),
        Err(RunError::Fetch(_)) if auto => Ok(false), // the run reports what it uses instead
        Err(error) => Err(error),
    }
}

fn go_on(interrupt: &Interrupt) -> ControlFlow<()> {
    if interrupt.requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
