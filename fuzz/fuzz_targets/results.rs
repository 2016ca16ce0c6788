//! Reads the tables and records of a run: metrics.csv, health.csv, predictions.csv, test.json,
//! environment.json.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder_eval::{EnvironmentRecord, Predictions, TestRecord, read_health_csv, read_metrics_csv};
use zunder_fuzz::flags;

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    match how % 5 {
        0 => {
            let _ = read_metrics_csv(bytes);
        }
        1 => {
            let _ = read_health_csv(bytes);
        }
        2 => {
            if let Ok((predictions, classes)) = Predictions::read_csv(bytes) {
                assert_eq!(predictions.n_classes(), classes.len());
                assert!(predictions.labels().iter().all(|label| (*label as usize) < classes.len()));
                let sums = (0..predictions.len()).map(|i| predictions.row(i).iter().sum::<f32>());
                assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 2e-3));
                let _ = predictions.evaluate(&classes);
            }
        }
        3 => {
            let _ = serde_json::from_slice::<TestRecord>(bytes);
        }
        _ => {
            let _ = serde_json::from_slice::<EnvironmentRecord>(bytes);
        }
    }
});
