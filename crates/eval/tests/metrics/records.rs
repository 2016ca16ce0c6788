//! The JSON of the records: the names and the order of the fields are part of a run's files and
//! must not change.

use proptest::prelude::*;
use zunder_eval::{
    EnvironmentRecord, EpochRecord, HealthRecord, Predictions, TestRecord, health_warnings,
    write_health_csv, write_health_rows, write_metrics_csv, write_metrics_rows,
};

proptest! {
    /// A file to which the rows of each epoch are appended equals, after each epoch, the file that
    /// is written at once. A run may therefore append, and a resumed run writes the same bytes.
    #[test]
    fn appended_rows_are_those_of_the_whole_file(
        figures in proptest::collection::vec((0.0..1.0_f64, -7.0..1.0_f64), 1..12),
    ) {
        let layer = |epoch: usize, name: &str, dead: f64, power: f64| HealthRecord {
            epoch,
            layer: name.to_owned(),
            dead: Some(dead),
            update_ratio: Some(10_f64.powf(power)),
            gradient_norm: Some(dead * 2e3),
            ..HealthRecord::default()
        };
        let (mut health, mut records) = (Vec::new(), Vec::new());
        let (mut grown, mut grown_metrics) = (Vec::new(), Vec::new());
        write_health_csv(&[], &mut grown).unwrap();
        write_metrics_csv(&[], &mut grown_metrics).unwrap();
        for (i, (dead, power)) in figures.into_iter().enumerate() {
            let layers = [
                layer(i + 1, "hidden \"1\"", dead, power),
                layer(i + 1, "output", 1.0 - dead, -3.0),
            ];
            let record = EpochRecord {
                epoch: i + 1,
                train_loss: dead,
                validation_loss: f64::NAN,
                ..EpochRecord::default()
            };
            health.extend(layers.clone());
            records.push(record.clone());
            let warnings: Vec<_> = health_warnings(&health)
                .into_iter()
                .filter(|warning| warning.epoch == i + 1)
                .collect();
            write_health_rows(&layers, &warnings, &mut grown).unwrap();
            write_metrics_rows(&[record], &mut grown_metrics).unwrap();
            let (mut whole, mut whole_metrics) = (Vec::new(), Vec::new());
            write_health_csv(&health, &mut whole).unwrap();
            write_metrics_csv(&records, &mut whole_metrics).unwrap();
            prop_assert_eq!((&grown, &grown_metrics), (&whole, &whole_metrics));
        }
    }
}

#[test]
fn test_json_is_flat_and_in_order() {
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let predictions =
        Predictions::new(vec![0, 1], vec![0, 1], vec![0.5, 0.5, 0.5, 0.5], 2).unwrap();
    let text = serde_json::to_string(&predictions.evaluate(&classes).unwrap()).unwrap();
    let expected = concat!(
        r#"{"n":2,"loss":0.6931471805599453,"accuracy":0.5,"accuracy_low":0.09453120573423074,"#,
        r#""accuracy_high":0.9054687942657693,"#,
        r#""macro_precision":0.5,"macro_recall":0.5,"macro_f1":0.3333333333333333,"remarks":["#,
        r#""No test image was predicted as 1 of 2 classes (dog): "#,
        r#"its precision is undefined, and averages of it leave it out.","#,
        r#""All test images were predicted as cat: Matthews' correlation is undefined."],"#,
        r#""per_class":["#,
        r#"{"class":"cat","precision":0.5,"recall":1.0,"f1":0.6666666666666666,"support":1},"#,
        r#"{"class":"dog","precision":null,"recall":0.0,"f1":0.0,"support":1}],"#,
        r#""confusion":[[1,0],[1,0]]}"#
    );
    assert_eq!(text, expected);
    let read = serde_json::from_str::<TestRecord>(&text).unwrap();
    assert_eq!(
        (read.top5, read.per_class[1].precision, read.per_class[0].precision),
        (None, None, Some(0.5))
    );
}

#[test]
fn an_earlier_versions_test_json_is_read() {
    let text = r#"{"n":2,"loss":0.1,"accuracy":1.0,"accuracy_low":0.2,"accuracy_high":1.0,
        "macro_precision":0.5,"macro_recall":0.5,"macro_f1":0.5,"per_class":[
        {"class":"a","precision":1.0,"recall":1.0,"f1":1.0,"support":2},
        {"class":"b","precision":0.0,"recall":0.0,"f1":0.0,"support":0}],
        "confusion":[[2,0],[0,0]]}"#;
    let read = serde_json::from_str::<TestRecord>(text).unwrap();
    assert_eq!(
        (read.loss, read.macro_recall, read.per_class[1].recall),
        (Some(0.1), Some(0.5), Some(0.0))
    );
    assert!(read.remarks.is_empty() && read.confusion.count(0, 0) == 2);
}

#[test]
fn a_later_versions_test_json_is_read() {
    let text = r#"{"n":1,"loss":0.1,"accuracy":1.0,"accuracy_low":0.2,"accuracy_high":1.0,
        "top5":1.0,        "macro_precision":1.0,
        "macro_recall":1.0,"macro_f1":1.0,"macro_auc":1.0,"per_class":[],"confusion":[[1]]}"#;
    assert_eq!(serde_json::from_str::<TestRecord>(text).unwrap().top5, Some(1.0));
}

#[test]
fn environment_json_is_in_order() {
    let record = EnvironmentRecord {
        zunder_version: "0.1.0".to_owned(),
        threads: 2,
        synthetic: true,
        ..EnvironmentRecord::default()
    };
    let text = serde_json::to_string(&record).unwrap();
    let expected = concat!(
        r#"{"zunder_version":"0.1.0","commit":null,"device":"","threads":2,"#,
        r#""cpu":null,"os":"","dataset":"","#,
        r#""dataset_hash":"","synthetic":true,"#,
        r#""train_images":0,"validation_images":0,"test_images":0,"parameters":0}"#
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<EnvironmentRecord>(&text).unwrap(), record);
    let record = EnvironmentRecord {
        device: "wgpu".to_owned(),
        adapter: Some("llvmpipe".to_owned()),
        ..record
    };
    let text = serde_json::to_string(&record).unwrap();
    assert!(text.contains(r#""device":"wgpu","adapter":"llvmpipe","threads""#), "{text}");
    assert_eq!(serde_json::from_str::<EnvironmentRecord>(&text).unwrap(), record);
    // What an earlier version wrote, and what this one does.
    for (field, read) in [
        (r#""dataset_sha256":"00ff""#, "sha256:00ff"),
        (r#""dataset_hash":"sha256-list:00ff""#, "sha256-list:00ff"),
    ] {
        let text = text.replace(r#""dataset_hash":"""#, field);
        assert_eq!(serde_json::from_str::<EnvironmentRecord>(&text).unwrap().dataset_hash, read);
    }
}
