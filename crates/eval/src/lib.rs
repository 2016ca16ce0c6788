//! Metrics and statistics of classifiers, and the records of which a run's files consist.
//!
//! Arguments are plain slices: labels are `u32` class numbers from 0, probabilities are `f32` in
//! one slice `[N*C]`, row by row, with one row per sample and one column per class. Sums are
//! computed in `f64`, over the whole set and in the order of the samples, so results depend neither
//! on batches nor on threads. They agree with scikit-learn's to 1e-6. The README has a table of all
//! metrics with their formulas and their names in scikit-learn and in the lecture.
//!
//! # Undefined scores
//!
//! A score whose denominator is 0 is `None`: the recall of a class without samples, the precision
//! of a class that is never predicted, the area under a ROC curve without positives or without
//! negatives. This corresponds to scikit-learn's `zero_division=np.nan`. A score is 0 only if its
//! numerator is 0 and its denominator is not.
//!
//! - A mean over classes is that of the classes whose score is defined. It is `None` if there are
//!   none, or if none of these classes has a sample and the mean is weighted by their support.
//! - A bootstrap leaves out the resamples for which a score is undefined, and counts them. The
//!   interval is `None` if they are more than half, or if the score is undefined on the test set
//!   itself.
//! - Log loss, Brier score and calibration are defined for probabilities only, and `None` for other
//!   scores ([`ScoreKind::Scores`]).
//! - `None` is `null` in JSON, an empty field in CSV, and "–" in tables and on pages.
//!   [`TestRecord::remarks`] and [`ClassificationReport::remarks`] state the reasons.
//! - No result is NaN or infinite. A metric of no samples, or of invalid input, is an error.
//!
//! # Overview
//!
//! - [`ClassificationReport`]: all metrics of a test set in one call. [`ScoreIntervals`]: their
//!   bootstrap intervals.
//! - [`ConfusionMatrix`]: the number of samples of each true and predicted class, and accuracy,
//!   precision, recall, F, Matthews' correlation and kappa computed from it.
//!   [`BinaryCounts`]: true and false positives and negatives, and their rates.
//! - [`Ranking`]: a binary problem at every threshold. [`RocCurve`], [`PrecisionRecallCurve`], the
//!   areas under them, and the choice of a threshold.
//! - [`Scored`]: probabilities with labels, checked once. Its methods compute log loss,
//!   Brier score, top-k accuracy, one-vs-rest rankings and calibration. [`log_loss`],
//!   [`brier_score`] and [`top_k_accuracy`] are functions for a single measure.
//! - [`wilson`], [`bootstrap`]: confidence intervals. [`mcnemar`], [`paired_bootstrap`]: tests of
//!   whether two models differ.
//! - [`Predictions`]: the probabilities of a whole set. They write `predictions.csv` and give a
//!   [`TestRecord`], the content of `test.json`.
//! - [`EpochRecord`]: one row of `metrics.csv`. [`HealthRecord`]: one row of `health.csv`, checked
//!   by [`health_warnings`]. [`EnvironmentRecord`]: the content of `environment.json`.
//!
//! ```
//! use zunder_eval::Predictions;
//!
//! let classes = ["cat".to_owned(), "dog".to_owned()];
//! let predictions =
//!     Predictions::new(vec![0, 1, 2], vec![0, 1, 1], vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4], 2)?;
//! let test = predictions.evaluate(&classes)?;
//! assert_eq!((test.n, test.confusion.count(1, 0)), (3, 1)); // one dog was predicted as a cat
//! assert!(test.accuracy_low < 2.0 / 3.0 && 2.0 / 3.0 < test.accuracy_high);
//! # Ok::<(), zunder_eval::EvalError>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod agreement;
mod areas;
mod average;
mod binary;
mod bootstrap;
mod brier;
mod calibration;
mod check;
mod confusion;
mod confusion_json;
mod count;
mod decisions;
mod environment;
mod epoch;
mod error;
mod health;
mod health_warning;
mod interval;
mod leakage;
mod log_loss;
mod margins;
mod mcnemar;
mod mean_area;
mod micro;
mod one_vs_rest;
mod order;
mod paired;
mod precision_recall;
mod predictions;
mod predictions_csv;
mod ranking;
mod ranking_summary;
mod remarks;
mod report;
mod roc;
mod score_intervals;
mod score_kind;
mod scored;
mod sorted;
mod spread;
mod table;
mod test_record;
mod thin;
mod threshold;
mod top_k;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use average::{Average, AverageScores};
pub use binary::BinaryCounts;
pub use bootstrap::{BootstrapConfig, PairedBootstrap, bootstrap, paired_bootstrap};
pub use brier::brier_score;
pub use calibration::{Binning, CalibrationBin, CalibrationCurve};
pub use confusion::{ClassScores, ConfusionMatrix};
pub use decisions::Decisions;
pub use environment::EnvironmentRecord;
pub use epoch::{EpochRecord, read_metrics_csv, write_metrics_csv, write_metrics_rows};
pub use error::EvalError;
pub use health::{HealthRecord, read_health_csv, write_health_csv, write_health_rows};
pub use health_warning::{HealthProblem, HealthWarning, health_warnings};
pub use interval::{Interval, wilson};
pub use leakage::{LEAKAGE_MARK, Leakage};
pub use log_loss::log_loss;
pub use mcnemar::{McNemar, mcnemar};
pub use one_vs_rest::{MacroCurve, OneVsRest};
pub use paired::PairedDifference;
pub use precision_recall::PrecisionRecallCurve;
pub use predictions::Predictions;
pub use predictions_csv::PredictionRow;
pub use ranking::Ranking;
pub use ranking_summary::RankingSummary;
pub use report::{BinaryReport, ClassReport, ClassificationReport, ReportConfig, TopK};
pub use roc::RocCurve;
pub use score_intervals::{ScoreInterval, ScoreIntervals};
pub use score_kind::ScoreKind;
pub use scored::Scored;
pub use spread::Spread;
pub use test_record::{ClassRecord, TestRecord};
pub use thin::thin;
pub use threshold::{OperatingPoint, Wanted};
pub use top_k::{argmax, top_k_accuracy};
pub use zunder_random::Key;
