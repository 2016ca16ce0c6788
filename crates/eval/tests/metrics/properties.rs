//! Properties of metrics that hold for any predictions.

use proptest::prelude::*;
use zunder_eval::{
    ConfusionMatrix, EpochRecord, Predictions, log_loss, read_metrics_csv, top_k_accuracy, wilson,
    write_metrics_csv,
};

const CLASSES: usize = 6;

fn labels() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    (1_usize..50).prop_flat_map(|n| (vec_of_labels(n), vec_of_labels(n)))
}

fn vec_of_labels(n: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..CLASSES as u32, n)
}

/// Labels and the same number of rows of probabilities.
fn predictions() -> impl Strategy<Value = Predictions> {
    (1_usize..30)
        .prop_flat_map(|n| (vec_of_labels(n), prop::collection::vec(0.0_f32..1.0, n * CLASSES)))
        .prop_map(|(labels, mut p)| {
            for row in p.chunks_exact_mut(CLASSES) {
                row[0] += 1e-3;
                let sum: f32 = row.iter().sum();
                for x in row {
                    *x /= sum;
                }
            }
            let indices = (0..labels.len() as u32).collect();
            Predictions::new(indices, labels, p, CLASSES).unwrap()
        })
}

proptest! {
    #[test]
    fn accuracy_is_trace_by_total((truth, predicted) in labels()) {
        let matrix = ConfusionMatrix::from_labels(&truth, &predicted, CLASSES).unwrap();
        let right = truth.iter().zip(&predicted).filter(|(t, p)| t == p).count();
        prop_assert_eq!(matrix.total(), truth.len() as u64);
        prop_assert_eq!(matrix.correct(), right as u64);
        prop_assert!((matrix.accuracy() - right as f64 / truth.len() as f64).abs() < 1e-15);
    }

    #[test]
    fn scores_lie_in_0_to_1_and_f1_between_precision_and_recall((truth, predicted) in labels()) {
        for s in ConfusionMatrix::from_labels(&truth, &predicted, CLASSES).unwrap().per_class() {
            let in_range =
                |score: Option<f64>| score.is_none_or(|score| (0.0..=1.0).contains(&score));
            prop_assert!(in_range(s.precision) && in_range(s.recall) && in_range(s.f1));
            if let (Some(precision), Some(recall), Some(f1)) = (s.precision, s.recall, s.f1) {
                let (low, high) = (precision.min(recall), precision.max(recall));
                prop_assert!(f1 >= low - 1e-12 && f1 <= high + 1e-12);
            }
        }
    }

    #[test]
    fn other_numbers_for_the_classes_change_nothing(
        (truth, predicted) in labels(),
        shift in 1..CLASSES as u32,
    ) {
        let renumber = |labels: &[u32]| {
            labels.iter().map(|l| (l + shift) % CLASSES as u32).collect::<Vec<_>>()
        };
        let a = ConfusionMatrix::from_labels(&truth, &predicted, CLASSES).unwrap();
        let b = ConfusionMatrix::from_labels(&renumber(&truth), &renumber(&predicted), CLASSES)
            .unwrap();
        prop_assert_eq!(a.correct(), b.correct());
        prop_assert!((a.macro_average().f1.unwrap() - b.macro_average().f1.unwrap()).abs() < 1e-12);
        for class in 0..CLASSES {
            prop_assert_eq!(
                a.per_class()[class],
                b.per_class()[(class + shift as usize) % CLASSES]
            );
        }
    }

    #[test]
    fn truth_and_prediction_swapped_is_the_transpose((truth, predicted) in labels()) {
        let a = ConfusionMatrix::from_labels(&truth, &predicted, CLASSES).unwrap();
        let b = ConfusionMatrix::from_labels(&predicted, &truth, CLASSES).unwrap();
        for (x, y) in a.per_class().iter().zip(b.per_class()) {
            prop_assert_eq!(
                (x.precision, x.recall, x.support),
                (y.recall, y.precision, y.predicted)
            );
        }
    }

    #[test]
    fn wilson_contains_p_and_lies_in_0_to_1(
        n in 1_u64..,
        part in 0.0_f64..=1.0,
        confidence in 0.000_001_f64..0.999_999,
    ) {
        let successes = ((n as f64 * part) as u64).min(n);
        let p = successes as f64 / n as f64;
        let narrow = wilson(successes, n, confidence * 0.9).unwrap();
        let wide = wilson(successes, n, confidence).unwrap();
        prop_assert!(0.0 <= wide.low && wide.low <= p && p <= wide.high && wide.high <= 1.0);
        prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
    }

    #[test]
    fn top_k_grows_to_1_and_log_loss_is_positive(predictions in predictions()) {
        let (labels, probabilities) = (predictions.labels(), predictions.scores());
        let top: Vec<f64> = (1..=CLASSES)
            .map(|k| top_k_accuracy(probabilities, labels, CLASSES, k).unwrap())
            .collect();
        prop_assert!(top.is_sorted());
        prop_assert!((top[CLASSES - 1] - 1.0).abs() < 1e-15);
        prop_assert!((0.0..16.0).contains(&log_loss(probabilities, labels, CLASSES).unwrap()));
    }

    #[test]
    fn test_records_survive_json(predictions in predictions()) {
        let classes: Vec<String> = (0..CLASSES).map(|i| format!("class {i}")).collect();
        let test = predictions.evaluate(&classes).unwrap();
        prop_assert!(test.accuracy_low <= test.accuracy && test.accuracy <= test.accuracy_high);
        let text = serde_json::to_string(&test).unwrap();
        let read: zunder_eval::TestRecord = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.confusion, test.confusion);
        prop_assert!((read.loss.unwrap() - test.loss.unwrap()).abs() < 1e-12);
    }

    #[test]
    fn metrics_survive_csv(
        values in prop::collection::vec(
            prop::array::uniform9(prop::num::f64::NORMAL | prop::num::f64::ZERO),
            0..5,
        ),
        metric in any::<bool>(),
    ) {
        let records: Vec<EpochRecord> = values
            .iter()
            .enumerate()
            .map(|(i, &[a, b, c, d, e, f, g, h, p])| EpochRecord {
                epoch: i + 1,
                train_loss: a,
                train_accuracy: b,
                penalty: p,
                validation_loss: c,
                validation_accuracy: d,
                learning_rate: e,
                seconds: f,
                images_per_second: g,
                validation_seconds: h,
                ema_loss: (i % 2 == 0).then_some(c),
                ema_accuracy: (i % 2 == 0).then_some(d),
                metric: metric.then_some(a),
                ema_metric: metric.then_some(b),
            })
            .collect();
        let mut file = Vec::new();
        write_metrics_csv(&records, &mut file).unwrap();
        prop_assert_eq!(read_metrics_csv(file.as_slice()).unwrap(), records);
    }

    #[test]
    fn any_bytes_end_in_a_result(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_metrics_csv(bytes.as_slice());
        let header = "epoch,train_loss,train_accuracy,penalty,validation_loss,validation_accuracy,\
                      learning_rate,seconds,images_per_second,validation_seconds\n";
        let _ = read_metrics_csv([header.as_bytes(), &bytes].concat().as_slice());
    }

    #[test]
    fn any_predictions_end_in_a_result(
        labels in prop::collection::vec(0_u32..4, 0..4),
        p in prop::collection::vec(any::<f32>(), 0..9),
        n_classes in 0_usize..4,
    ) {
        if let Ok(predictions) =
            Predictions::new(vec![0; labels.len()], labels.clone(), p.clone(), n_classes)
        {
            prop_assert_eq!(predictions.predicted().len(), labels.len());
        }
        let _ = (log_loss(&p, &labels, n_classes), top_k_accuracy(&p, &labels, n_classes, 2));
    }
}
