//! The results of an experiment's variants, as figures, tables and claims.

use zunder::Trial;
use zunder_eval::{EpochRecord, Spread};
use zunder_report::{DotRow, Drawing, Figure, Plot, Scale, Series, Table, dots, plot};

use super::grid::Tried;
use crate::claim::{Margin, Unit, above};
use crate::means::mean_and_spread;
use crate::{Claim, Findings};

/// The results of an experiment's variants.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The variants with the settings that the first criterion chose.
    pub(crate) variants: Vec<VariantTrials>,
    /// Variants for which a later criterion (counted from 0) chose other settings.
    pub(super) others: Vec<(usize, VariantTrials)>,
    /// What was tried for each variant.
    pub(super) tried: Vec<Tried>,
}

/// The trials of a variant, one per seed.
#[derive(Debug)]
pub(crate) struct VariantTrials {
    /// Name of the variant.
    pub(crate) name: String,
    /// Values that were chosen for it, such as `0.01`; empty without a choice.
    pub(crate) chosen: String,
    /// Trials in the order of the seeds, which are the same for all variants.
    pub(crate) trials: Vec<Trial>,
}

/// A column of a table: heading, format, and the value of a trial.
pub(crate) type Column<'a> = (&'a str, Unit, &'a dyn Fn(&Trial) -> f64);

/// A value of an epoch.
pub(crate) type OfEpoch = fn(&EpochRecord) -> f64;

impl Results {
    /// Returns a value of each trial of a variant, in the order of the seeds; empty for an unknown
    /// variant.
    pub(crate) fn of(&self, variant: &str, figure: impl Fn(&Trial) -> f64) -> Vec<f64> {
        self.trials(variant).iter().map(figure).collect()
    }

    /// Returns the trials of a variant.
    pub(crate) fn trials(&self, variant: &str) -> &[Trial] {
        self.best_by(0, variant).map_or(&[], |known| &known.trials)
    }

    /// Returns a variant with the settings that a criterion (counted from 0) chose.
    pub(crate) fn best_by(&self, criterion: usize, variant: &str) -> Option<&VariantTrials> {
        let others = self.others.iter().filter(|(of, _)| *of == criterion);
        let other = others.map(|(_, known)| known).find(|known| known.name == variant);
        other.or_else(|| self.variants.iter().find(|known| known.name == variant))
    }

    /// Claims that a figure of one variant exceeds that of another by more than `margin`, each with
    /// the settings that a criterion (counted from 0) chose.
    pub(crate) fn best_above(
        &self,
        criterion: usize,
        statement: &str,
        unit: Unit,
        [more, less]: [&str; 2],
        margin: impl Into<Margin>,
        figure: &dyn Fn(&Trial) -> f64,
    ) -> Claim {
        let values = |name: &str| {
            self.best_by(criterion, name)
                .map(|variant| (variant.label(), variant.trials.iter().map(figure).collect()))
                .unwrap_or_default()
        };
        let (more, less): ((String, Vec<f64>), (String, Vec<f64>)) = (values(more), values(less));
        above(statement, unit, (&more.0, &more.1), (&less.0, &less.1), margin)
    }

    /// Claims that a variant's best validation accuracy exceeds another's by more than `margin`.
    pub(crate) fn better(
        &self,
        statement: &str,
        more: &str,
        less: &str,
        margin: impl Into<Margin>,
    ) -> Claim {
        self.above(statement, Unit::Percent, more, less, margin, &Trial::accuracy)
    }

    /// Claims that a value of one variant exceeds that of another by more than `margin`.
    pub(crate) fn above(
        &self,
        statement: &str,
        unit: Unit,
        more: &str,
        less: &str,
        margin: impl Into<Margin>,
        figure: &dyn Fn(&Trial) -> f64,
    ) -> Claim {
        self.best_above(0, statement, unit, [more, less], margin, figure)
    }

    /// Returns training accuracy minus validation accuracy after the last epoch.
    pub(crate) fn gap(trial: &Trial) -> f64 {
        trial
            .epochs
            .last()
            .map_or(f64::NAN, |record| record.train_accuracy - record.validation_accuracy)
    }

    /// Returns the validation loss after the last epoch.
    pub(crate) fn last_validation_loss(trial: &Trial) -> f64 {
        trial.epochs.last().map_or(f64::NAN, |record| record.validation_loss)
    }

    /// Returns the loss on one half of the validation images in the epoch in which that on the
    /// other half was lowest: that of early stopping, judged on images that did not choose the
    /// epoch.
    pub(crate) fn stopped_loss(trial: &Trial) -> f64 {
        let epoch = Self::stopped_epoch(trial);
        trial.halves.get(epoch.wrapping_sub(1)).map_or(f64::NAN, |best| best[1])
    }

    /// Returns that epoch, counted from 1; 0 if no epoch was finished.
    pub(crate) fn stopped_epoch(trial: &Trial) -> usize {
        let losses = trial.halves.iter().enumerate();
        let best = losses.min_by(|(_, a), (_, b)| a[0].total_cmp(&b[0]));
        best.map_or(0, |(place, _)| place + 1)
    }

    /// Returns the loss after the last epoch on the half of the validation images that judges
    /// [`stopped_loss`](Self::stopped_loss).
    pub(crate) fn last_loss(trial: &Trial) -> f64 {
        trial.halves.last().map_or(f64::NAN, |last| last[1])
    }

    /// Returns the accuracy of guessing.
    pub(crate) fn chance(&self) -> f64 {
        let classes = self
            .variants
            .iter()
            .flat_map(|variant| &variant.trials)
            .map(|trial| trial.plan.classes.len())
            .next();
        1.0 / classes.unwrap_or(1).max(1) as f64
    }

    /// Plots the best validation accuracy of every trial as a dot.
    pub(crate) fn accuracies(&self) -> Figure {
        let rows = self.rows(&|trial| 100.0 * trial.accuracy());
        Figure {
            name: "accuracy".to_owned(),
            caption:
                "Best validation accuracy of each run: one dot per seed, and the mean as a bar."
                    .to_owned(),
            drawing: Drawing::Svg(dots(
                "validation accuracy in %",
                &rows,
                Some((100.0 * self.chance(), "a guess")),
            )),
        }
    }

    /// Plots a value of every trial as a dot.
    pub(crate) fn dots(
        &self,
        name: &str,
        caption: &str,
        axis: &str,
        figure: &dyn Fn(&Trial) -> f64,
    ) -> Figure {
        Figure {
            name: name.to_owned(),
            caption: caption.to_owned(),
            drawing: Drawing::Svg(dots(axis, &self.rows(figure), None)),
        }
    }

    fn rows(&self, figure: &dyn Fn(&Trial) -> f64) -> Vec<DotRow> {
        let row = |variant: &VariantTrials| DotRow {
            name: variant.name.clone(),
            values: variant.trials.iter().map(figure).collect(),
        };
        self.variants.iter().map(row).collect()
    }

    /// Plots values over the epochs, one plot each: the mean over the seeds, with a band of one
    /// standard deviation.
    pub(crate) fn over_epochs(
        &self,
        name: &str,
        caption: &str,
        plots: &[(&str, Scale, OfEpoch)],
    ) -> Figure {
        let plots: Vec<Plot> = plots
            .iter()
            .map(|&(axis, y, figure)| Plot {
                x_name: "epoch".to_owned(),
                y_name: axis.to_owned(),
                y,
                series: self.variants.iter().map(|variant| variant.over_epochs(figure)).collect(),
                ..Plot::default()
            })
            .collect();
        Figure {
            name: name.to_owned(),
            caption: caption.to_owned(),
            drawing: Drawing::Svg(plot(&plots)),
        }
    }

    /// Plots training loss and validation accuracy over the epochs.
    pub(crate) fn curves(&self) -> Figure {
        self.over_epochs(
            "curves",
            "Training loss and validation accuracy over the epochs: the mean over the seeds, and a \
             band of one standard deviation.",
            &[
                ("training loss", Scale::FromZero, |record| record.train_loss),
                (
                    "validation accuracy in \
                    %",
                    Scale::Values,
                    |record| 100.0 * record.validation_accuracy,
                ),
            ],
        )
    }

    /// Returns a table with one row per variant: mean and standard deviation of each column over
    /// the seeds.
    pub(crate) fn table(&self, caption: &str, columns: &[Column<'_>]) -> Table {
        let cell = |variant: &VariantTrials, (_, unit, figure): &Column<'_>| {
            mean_and_spread(*unit, variant.trials.iter().map(figure).collect())
        };
        Table {
            caption: caption.to_owned(),
            headings: std::iter::once("variant")
                .chain(columns.iter().map(|column| column.0))
                .map(str::to_owned)
                .collect(),
            rows: self
                .variants
                .iter()
                .map(|variant| {
                    std::iter::once(variant.name.clone())
                        .chain(columns.iter().map(|column| cell(variant, column)))
                        .collect()
                })
                .collect(),
            ..Table::default()
        }
    }

    /// Returns the findings that every such experiment has: curves, accuracies, a table of them,
    /// and the observations.
    pub(crate) fn findings(&self, see: [&str; 3], claims: Vec<Claim>) -> Findings {
        let last = |trial: &Trial, figure: OfEpoch| trial.epochs.last().map_or(f64::NAN, figure);
        // A trial that diverged has no value in tables. Claims use the accuracy of guessing or the
        // epoch before for it, and say so.
        let sound =
            |trial: &Trial, figure: f64| if trial.divergence.is_none() { figure } else { f64::NAN };
        let columns: [Column<'_>; 5] = [
            ("validation accuracy", Unit::Percent, &|trial| sound(trial, trial.accuracy())),
            ("validation loss", Unit::Plain(3), &|trial| sound(trial, trial.loss())),
            ("training accuracy", Unit::Percent, &|trial| {
                last(trial, |record| record.train_accuracy)
            }),
            ("training loss", Unit::Plain(3), &|trial| last(trial, |record| record.train_loss)),
            ("seconds", Unit::Plain(1), &Trial::seconds),
        ];
        let diverged: Vec<String> = self.variants.iter().filter_map(diverged).collect();
        let mut see: Vec<String> = see.map(str::to_owned).into();
        if !diverged.is_empty() {
            see.push(format!(
                "Trainings that diverged: {}. Their figures are left out of the means above, \
                 where \"(2 of 3)\" counts those that are in; \
                 claims about accuracy take a diverged training for its last good epoch, or for a \
                 guess without one.",
                diverged.join(", ")
            ));
        }
        Findings {
            see,
            claims,
            figures: vec![self.accuracies(), self.curves()],
            tables: vec![self.table(
                "Best validation epoch, and training in the last; mean ± \
                standard deviation over the seeds",
                &columns,
            )],
            ..Findings::default()
        }
    }
}

impl VariantTrials {
    /// Returns the name, with the chosen values in parentheses.
    pub(crate) fn label(&self) -> String {
        if self.chosen.is_empty() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.chosen)
        }
    }

    fn over_epochs(&self, figure: OfEpoch) -> Series {
        let epochs = self.trials.iter().map(|trial| trial.epochs.len()).max().unwrap_or(0);
        let at = |epoch: usize| {
            Spread::of(
                self.trials
                    .iter()
                    .filter_map(|trial| trial.epochs.get(epoch))
                    .map(figure)
                    .collect(),
            )
            .ok()
        };
        let (points, spread) = (0..epochs)
            .filter_map(|epoch| {
                at(epoch).map(|s| (((epoch + 1) as f64, s.mean), s.deviation.unwrap_or(0.0)))
            })
            .unzip();
        Series::line(&self.name, points).with_spread(spread)
    }
}

/// Returns how many of a variant's trials diverged, if any did.
fn diverged(variant: &VariantTrials) -> Option<String> {
    let diverged = variant.trials.iter().filter(|trial| trial.divergence.is_some()).count();
    (diverged > 0).then(|| format!("{} ({diverged} of {})", variant.name, variant.trials.len()))
}
