//! The pictures of the page: mistakes, augmented images, weights.

use maud::{Markup, html};
use zunder_eval::ScoreKind;

use crate::format::{count, percent};
use crate::html::shell::closed;
use crate::weights::UnitPicture;
use crate::{ContactSheet, Mistake, Mistakes, Picture, ReportError, SheetRow, WeightPictures};

/// The largest number of units of a layer that are shown.
const UNITS: usize = 64;
/// The number of rows of a contact sheet that are initially shown.
const OPEN: usize = 8;

/// Returns the sections with images that were predicted as a wrong class.
pub(super) fn mistakes(mistakes: &Mistakes) -> Result<Markup, ReportError> {
    Ok(html! {
        @if !mistakes.confident.is_empty() {
            section {
                h2 { "Most confident mistakes" }
                p .note {
                    @match mistakes.score_kind {
                        ScoreKind::Probabilities => "Test images with the highest probability of a \
                            wrong class (✗); ",
                        ScoreKind::Scores => "Test images with the largest margin of a wrong class \
                            (✗) over the true one, with the scores of both; ",
                    }
                    "✓ is the labelled class. Some labels may be wrong."
                }
                (gallery(&mistakes.confident, mistakes.score_kind)?)
            }
        }
        @if !mistakes.pairs.is_empty() {
            section {
                h2 { "Most confused pairs" }
                @for pair in &mistakes.pairs {
                    h3 { (pair.truth) " predicted as " (pair.predicted) }
                    p .note { (count(pair.count)) " images, " (percent(pair.share)) " of the \
                        class." }
                    (gallery(&pair.examples, mistakes.score_kind)?)
                }
            }
        }
    })
}

fn gallery(mistakes: &[Mistake], kind: ScoreKind) -> Result<Markup, ReportError> {
    let tile = |mistake: &Mistake| -> Result<Markup, ReportError> {
        let Mistake { name, truth, predicted, .. } = mistake;
        Ok(html! {
            figure {
                (image(&mistake.picture, &format!("{name}: {truth} predicted as {predicted}"))?)
                figcaption {
                    span .wrong { "✗ " (unbroken(mistake.score, kind)) " " (predicted) }
                    span .right { "✓ " (unbroken(mistake.truth_score, kind)) " " (truth) }
                    span .name title=(name) { (name) }
                }
            }
        })
    };
    tiles(mistakes.iter().map(tile))
}

/// Formats a percentage without a line break before the sign, or a score.
fn unbroken(score: f32, kind: ScoreKind) -> String {
    match kind {
        ScoreKind::Probabilities => percent(score.into()).replace(' ', "\u{a0}"),
        ScoreKind::Scores => format!("{score:.2}"),
    }
}

/// Returns the section with training images beside augmented versions of them.
pub(super) fn augmented(sheet: &ContactSheet) -> Result<Markup, ReportError> {
    let open = sheet.rows.len().min(OPEN);
    Ok(html! {
        section {
            h2 { (sheet.title) }
            @if !sheet.subtitle.is_empty() { p .note { (sheet.subtitle) } }
            (rows(&sheet.rows[..open], &sheet.columns)?)
            @if sheet.rows.len() > open { (closed(&format!("{} \
                more", sheet.rows.len() - open), &rows(&sheet.rows[open..], &sheet.columns)?)) }
        }
    })
}

fn rows(rows: &[SheetRow], columns: &[String]) -> Result<Markup, ReportError> {
    let tile = |row: &SheetRow, i: usize, picture: &Picture| -> Result<Markup, ReportError> {
        let column = columns.get(i).map_or("", String::as_str);
        Ok(html! { figure { (image(picture, &format!("{}, \
        {column}", row.caption))?) figcaption { span { (column) } } } })
    };
    Ok(html! {
        @for row in rows {
            h3 { (row.caption) @if !row.details.is_empty() { " " small { (row.details) } } }
            (tiles(row.pictures.iter().enumerate().map(|(i, picture)| tile(row, i, picture)))?)
        }
    })
}

/// Returns the section with the weights of a layer's units.
pub(super) fn weights(weights: &WeightPictures<'_>) -> Result<Markup, ReportError> {
    let (units, shown) = (weights.units(), weights.pictures(UNITS)?);
    let tile = |unit: &UnitPicture| -> Result<Markup, ReportError> {
        Ok(html! { figure { (image(&unit.picture, &format!("Weights of \
        {}", unit.name))?) figcaption { span { (unit.name) } } } })
    };
    Ok(html! {
        section {
            h2 { (weights.title) }
            p .note {
                @if units > shown.len() { "The " (shown.len()) " of " (count(units)) " units with \
                    the largest weights. " }
                "Middle grey is 0; brighter is positive, darker is negative"
                @if weights.channels == 3 { ", for red, green and blue" }
                ". Each unit is scaled by its largest weight, so strengths of different units \
                 cannot be compared."
            }
            (tiles(shown.iter().map(tile))?)
        }
    })
}

fn tiles(tiles: impl Iterator<Item = Result<Markup, ReportError>>) -> Result<Markup, ReportError> {
    let tiles = tiles.collect::<Result<Vec<_>, _>>()?;
    Ok(html! { div .tiles { @for tile in tiles { (tile) } } })
}

/// The size is an attribute of the element, so that nothing moves while the page loads.
fn image(picture: &Picture, alt: &str) -> Result<Markup, ReportError> {
    Ok(html! {
        img src=(picture.data_uri()?) width=(picture.width) height=(picture.height) alt=(alt);
    })
}
