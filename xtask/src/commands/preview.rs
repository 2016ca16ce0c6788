//! The command `preview`: draws augmented images.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::data::AugmentConfig;
use zunder::{PreviewConfig, RunError};

use crate::args::{DataArgs, OpenArgs, SourceArgs};
use crate::output::{browser, file};
use crate::settings::SettingArgs;

/// Draw augmented training images, as a PNG
///
/// The picture is a contact sheet with training images and their augmented versions in each epoch.
#[derive(Args)]
pub struct Preview {
    /// Draw one row for each single step: those of the augmentation that --augment, --set or
    /// --config choose, else all existing ones
    #[arg(long)]
    each: bool,
    /// Number of images; with --each they are used in turn
    #[arg(long, value_name = "N", default_value_t = PreviewConfig::default().images)]
    images: usize,
    /// Number of epochs per image
    #[arg(long, value_name = "N", default_value_t = PreviewConfig::default().draws)]
    draws: usize,
    /// The PNG file to write. Only an earlier picture of Zunder is replaced
    #[arg(
        long,
        value_name = "FILE",
        default_value = "preview.png",
        value_hint = ValueHint::FilePath
    )]
    out: PathBuf,
    /// Seed of all random numbers [default: 1]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64)
    )]
    seed: Option<u64>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    open: OpenArgs,
}

impl Preview {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.out.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("png")) {
            let problem =
                format!("--out is {}, expected the name of a .png file", self.out.display());
            return Err(RunError::Config { origin: "preview".to_owned(), problem }.into());
        }
        file::check(&self.out)?;
        zunder::check_replaceable(&self.out)?;
        let mut settings = self.settings.parse()?;
        self.source.lay(&mut settings);
        self.data.lay(&mut settings);
        settings.integer("--seed", "seed", self.seed);
        let mut config = settings.resolve()?;
        let chosen = self.data.names_augmentation() || self.settings.names_augmentation();
        if self.each && !chosen {
            let AugmentConfig { border, interpolation, .. } = config.augment;
            config.augment = AugmentConfig { border, interpolation, ..AugmentConfig::every_step() };
        }
        let preview = zunder::preview(
            &config,
            PreviewConfig { images: self.images, draws: self.draws, each: self.each },
        )?;
        if let Some(note) = &preview.note {
            say!("note    {note}");
        }
        if !preview.left_out.is_empty() {
            say!("note    without {}, which do not suit these data", preview.left_out.join(", "));
        }
        let png = preview.sheet.png().map_err(RunError::from)?;
        file::write(&self.out, &png)?;
        say!(
            "sheet   {} ({} rows of {} pictures of {})",
            self.out.display(),
            preview.sheet.rows.len(),
            self.draws + 1,
            preview.dataset
        );
        if self.open.open {
            browser::open(&self.out);
        }
        Ok(ExitCode::SUCCESS)
    }
}
