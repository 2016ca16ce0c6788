//! The health of the layers on the page.

use maud::{Markup, html};
use zunder_eval::{HealthRecord, health_warnings};

use crate::format::percent;
use crate::health::{MOST_LINES, activation_curves, update_curves};
use crate::html::shell::{closed, figure, headings, name, scroll};

/// The largest number of layers whose table is open; for more it is initially closed.
const MANY: usize = 12;

/// Returns the section with the health statistics of the layers over the epochs and the warnings.
pub(super) fn section(records: &[HealthRecord], best_epoch: Option<usize>) -> Markup {
    let epoch = best_epoch.or(records.last().map(|record| record.epoch)).unwrap_or_default();
    let rows: Vec<&HealthRecord> = records.iter().filter(|record| record.epoch == epoch).collect();
    let table = table(&rows);
    html! {
        section {
            h2 { "Layers" }
            @for warning in health_warnings(records) {
                p .diagnosis { "Epoch " (warning.epoch) ": " (warning) }
            }
            div .two {
                @if let Some(svg) = update_curves(records, best_epoch) {
                    (figure(&svg, "Gradient norm and update ratio of the layers over the epochs"))
                }
                @if let Some(svg) = activation_curves(records, best_epoch) {
                    (figure(&svg, "Share of dead units and spread of the activations of the layers \
                        over the epochs"))
                }
            }
            p .note {
                "Gradient norm and update ratio (the length of an update's change as a share of \
                 the weights' length) are those of weights, means over a few updates of the epoch; "
                "1e-3 is a usual ratio. Activations are those of the first validation images; dead \
                 units give 0 for each of them."
                @if rows.len() > MOST_LINES { " Of \
                    the " (rows.len()) " layers " (MOST_LINES) " are drawn at most." }
            }
            @if rows.len() > MANY { (closed(&format!("The {} layers in epoch \
                {epoch}", rows.len()), &table)) }
            @else { p .note { "In epoch " (epoch) ":" } (table) }
        }
    }
}

fn table(rows: &[&HealthRecord]) -> Markup {
    let number = |value: Option<f64>| match value {
        Some(value) if value != 0.0 && value.abs() < 0.001 => format!("{value:.1e}"),
        Some(value) => format!("{value:.3}"),
        None => String::new(),
    };
    let power = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.1e}"));
    let columns = [
        "layer",
        "gradient norm",
        "update ratio",
        "dead units",
        "mean",
        "deviation",
        "over images",
        "least",
        "largest",
    ];
    scroll(&html! {
        table {
            (headings(&columns))
            tbody {
                @for row in rows {
                    tr {
                        (name(&row.layer))
                        td { (power(row.gradient_norm)) }
                        td { (power(row.update_ratio)) }
                        td { (row.dead.map_or_else(String::new, percent)) }
                        td { (number(row.activation_mean)) }
                        td { (number(row.activation_deviation)) }
                        td { (number(row.image_deviation)) }
                        td { (number(row.activation_min)) }
                        td { (number(row.activation_max)) }
                    }
                }
            }
        }
    })
}
