//! Loads a listed folder: parts, cache or decoding, and the report.

use std::path::PathBuf;

use super::cache::{Cache, Found};
use super::decode::Part;
use super::listing::Listing;
use super::parts::{Candidate, groups, parts};
use super::plan::{Decoded, Plan};
use super::report::{BrokenImage, CacheUse, FileIdentities, FolderReport, ImageFolder};
use super::{
    Findings, FolderStage, FolderWatch, ImageDecoder, ImageFolderConfig, fingerprint, spill, survey,
};
use crate::formats::source::folder_name;
use crate::images::pixels::Pixels;
use crate::watch::Count;
use crate::{DataError, Dataset, GroupTable, ImageShape, Images, Storage, names};

pub(super) fn load(
    config: &ImageFolderConfig,
    watch: &FolderWatch<'_>,
) -> Result<ImageFolder, DataError> {
    let mut listing = Listing::of(&config.dir, config.on_unread)?;
    let official_test = listing.test.take();
    let mut report = FolderReport {
        official_test: official_test.as_ref().map(|(path, _)| path.clone()),
        classes_without_test: Vec::new(),
        alike: names::look_alikes(&listing.classes)
            .into_iter()
            .map(|names| names.into_iter().map(str::to_owned).collect())
            .collect(),
        respelt: std::mem::take(&mut listing.respelt),
        left_out: std::mem::take(&mut listing.left_out),
        broken: Vec::new(),
        findings: Findings::default(),
        cache: CacheUse::Off,
    };
    let table =
        config.groups.as_deref().map(|file| GroupTable::read_for(file, &config.dir)).transpose()?;
    let (has_official_test, test) =
        (official_test.is_some(), official_test.map(|(_, files)| files).unwrap_or_default());
    let reading = |done, total| watch(FolderStage::Reading, done, total);
    let count = Count::new(&reading, listing.train.len() + test.len());
    let contents =
        [&listing.train, &test].map(|files| fingerprint::contents(config, files, &count));
    let contents = contents.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let parts = parts(
        config,
        &listing.classes,
        [listing.train, test],
        has_official_test,
        &contents,
        table.as_ref(),
    )?;
    let files = |part: &[Candidate]| part.iter().map(|candidate| candidate.file.clone()).collect();
    let plan = Plan { classes: listing.classes, train: files(&parts[0]), test: files(&parts[1]) };
    let (decoded, cache) = decode_or_recall(config, &plan, &parts, watch)?;
    report.cache = cache;
    finish(config, plan, &parts, decoded, report, table.as_ref())
}

fn decode_or_recall(
    config: &ImageFolderConfig,
    plan: &Plan,
    parts: &[Vec<Candidate>; 2],
    watch: &FolderWatch<'_>,
) -> Result<(Decoded, CacheUse), DataError> {
    let Some(folder) = &config.cache else {
        return Ok((decode(config, plan, watch)?, CacheUse::Off));
    };
    let cache = Cache::new(folder, fingerprint::fingerprint(config, plan, parts));
    let damaged = match cache.read(plan, config) {
        Found::Images(decoded) => return Ok((*decoded, CacheUse::Hit { path: cache.path })),
        Found::Nothing => None,
        Found::Damaged(problem) => Some(problem),
    };
    let mut decoded = decode(config, plan, watch)?;
    let keeping = |done, total| watch(FolderStage::Keeping, done, total);
    let count = Count::new(&keeping, decoded.train.labels.len() + decoded.test.labels.len());
    let written = cache.write(plan, &decoded, &count);
    count.check()?;
    let path = cache.path;
    Ok(match written {
        Ok(pixels) => {
            if config.storage == Storage::Mapped {
                decoded.map(&path, pixels)?;
            }
            (decoded, CacheUse::Written { path, damaged })
        }
        Err(reason) if config.storage == Storage::Mapped => {
            return Err(DataError::Write { path, reason });
        }
        Err(error) => (decoded, CacheUse::NotWritten { path, reason: error.to_string() }),
    })
}

fn decode(
    config: &ImageFolderConfig,
    plan: &Plan,
    watch: &FolderWatch<'_>,
) -> Result<Decoded, DataError> {
    let files = plan.train.len() + plan.test.len();
    let surveying = |done, total| watch(FolderStage::Surveying, done, total);
    let shape =
        survey::choose_shape(config, &plan.train, &plan.test, &Count::new(&surveying, files))?;
    let decoder = decoder(config, shape);
    let decoding = |done, total| watch(FolderStage::Decoding, done, total);
    let progress = Count::new(&decoding, files);
    let part = |files| match (config.storage, &config.cache) {
        (Storage::Mapped, Some(folder)) => {
            spill::decode(files, &decoder, config.on_broken, &progress, folder)
        }
        _ => Part::decode(files, &decoder, config.on_broken, &progress)
            .map(|part| part.with_pixels(Pixels::Memory)),
    };
    Ok(Decoded { shape, train: part(&plan.train)?, test: part(&plan.test)? })
}

fn decoder(config: &ImageFolderConfig, shape: ImageShape) -> ImageDecoder {
    ImageDecoder {
        shape,
        resize: config.resize,
        background: config.background,
        depth: config.depth,
    }
}

fn finish(
    config: &ImageFolderConfig,
    plan: Plan,
    parts: &[Vec<Candidate>; 2],
    decoded: Decoded,
    mut report: FolderReport,
    table: Option<&GroupTable>,
) -> Result<ImageFolder, DataError> {
    let Decoded { shape, train, test } = decoded;
    // Labels are in ascending order, as the files are.
    let has = |part: &Part, class: usize| part.labels.binary_search(&(class as u32)).is_ok();
    if let Some(class) = (0..plan.classes.len()).find(|&class| !has(&train, class)) {
        return Err(DataError::AllBroken {
            what: format!("class {}", plan.classes[class]),
            path: config.dir.clone(),
        });
    }
    if test.labels.is_empty() {
        return Err(DataError::AllBroken {
            what: "the test part".to_owned(),
            path: config.dir.clone(),
        });
    }
    report.classes_without_test = plan
        .classes
        .iter()
        .enumerate()
        .filter(|&(class, _)| !has(&test, class))
        .map(|(_, name)| name.clone())
        .collect();
    for (part, files) in [(&train, &plan.train), (&test, &plan.test)] {
        let broken = part.broken.iter().map(|(i, reason)| BrokenImage {
            path: files[*i].path.clone(),
            reason: reason.clone(),
        });
        report.broken.extend(broken);
    }
    report.findings = train.findings.and(test.findings);
    let train_known = kept(&parts[0], &train);
    let test_known = kept(&parts[1], &test);
    let paths = |known: &[&Candidate]| {
        known.iter().map(|known| known.file.path.clone()).collect::<Vec<_>>()
    };
    let (train_files, test_files) = (paths(&train_known), paths(&test_known));
    let of = |files: &[PathBuf]| {
        table
            .map(|table| groups(table, &config.dir, files.iter().map(PathBuf::as_path)))
            .transpose()
    };
    let (train_groups, test_groups) = (of(&train_files)?, of(&test_files)?);
    let identities = |known: &[&Candidate]| FileIdentities {
        digests: known.iter().map(|known| known.digest()).collect(),
        units: known.iter().map(|known| known.unit).collect(),
    };
    let (train_identities, test_identities) = (identities(&train_known), identities(&test_known));
    let n_classes = plan.classes.len();
    let dataset = Dataset {
        name: folder_name(&config.dir),
        classes: plan.classes,
        train: Images::with_pixels(shape, train.pixels, train.labels, n_classes)?,
        test: Images::with_pixels(shape, test.pixels, test.labels, n_classes)?,
        invariance: config.invariance,
        synthetic: false,
    };
    Ok(ImageFolder {
        dataset,
        decoder: decoder(config, shape),
        train_files,
        test_files,
        train_groups,
        test_groups,
        train_identities,
        test_identities,
        report,
    })
}

/// Returns the files whose images are in `part`.
fn kept<'a>(files: &'a [Candidate], part: &Part) -> Vec<&'a Candidate> {
    let mut broken = part.broken.iter().map(|(i, _)| *i).peekable();
    files
        .iter()
        .enumerate()
        .filter(|(i, _)| broken.next_if_eq(i).is_none())
        .map(|(_, file)| file)
        .collect()
}
