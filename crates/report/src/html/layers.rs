use maud::{Markup, html};

use crate::LayerHealth;
use crate::format::percent;
use crate::html::shell::{headings, name, scroll};

/// What each hidden layer gives, and what is wrong with it.
pub(super) fn section(layers: &[LayerHealth]) -> Markup {
    let warnings: Vec<String> = layers.iter().filter_map(LayerHealth::warning).collect();
    html! {
        section {
            h2 { "Hidden layers" }
            (scroll(&html! {
                table {
                    (headings(&["layer", "mean", "standard deviation", "dead units"]))
                    tbody {
                        @for layer in layers {
                            tr {
                                th scope="row" { (name(&layer.name)) }
                                td { (format!("{:.3}", layer.mean)) }
                                td { (format!("{:.3}", layer.standard_deviation)) }
                                td { (percent(layer.dead)) }
                            }
                        }
                    }
                }
            }))
            @for warning in &warnings { p .diagnosis { (warning) } }
            p .note { "The activations of the kept weights on validation images. Dead units give 0 for each of these images." }
        }
    }
}
