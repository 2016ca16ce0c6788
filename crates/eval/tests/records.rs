//! The JSON of the records: field names and their order are part of a run's files and stay.

use zunder_eval::{EnvironmentRecord, Predictions, TestRecord};

#[test]
fn test_json_is_flat_and_in_order() {
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let predictions = Predictions::new(vec![0, 1], vec![0, 1], vec![0.5, 0.5, 0.5, 0.5], 2).unwrap();
    let text = serde_json::to_string(&predictions.evaluate(&classes).unwrap()).unwrap();
    let expected = concat!(
        r#"{"n":2,"loss":0.6931471805599453,"accuracy":0.5,"accuracy_low":0.09453120573423074,"accuracy_high":0.9054687942657693,"#,
        r#""macro_precision":0.25,"macro_recall":0.5,"macro_f1":0.3333333333333333,"per_class":["#,
        r#"{"class":"cat","precision":0.5,"recall":1.0,"f1":0.6666666666666666,"support":1},"#,
        r#"{"class":"dog","precision":0.0,"recall":0.0,"f1":0.0,"support":1}],"confusion":[[1,0],[1,0]]}"#
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<TestRecord>(&text).unwrap().top5, None);
}

#[test]
fn a_later_versions_test_json_is_read() {
    let text = r#"{"n":1,"loss":0.1,"accuracy":1.0,"accuracy_low":0.2,"accuracy_high":1.0,"top5":1.0,"macro_precision":1.0,
        "macro_recall":1.0,"macro_f1":1.0,"macro_auc":1.0,"per_class":[],"confusion":[]}"#;
    assert_eq!(serde_json::from_str::<TestRecord>(text).unwrap().top5, Some(1.0));
}

#[test]
fn environment_json_is_in_order() {
    let record = EnvironmentRecord { zunder_version: "0.1.0".to_owned(), threads: 2, synthetic: true, ..EnvironmentRecord::default() };
    let text = serde_json::to_string(&record).unwrap();
    let expected = concat!(
        r#"{"zunder_version":"0.1.0","commit":null,"device":"","threads":2,"cpu":null,"os":"","dataset":"","dataset_sha256":"","synthetic":true,"#,
        r#""train_images":0,"validation_images":0,"test_images":0,"parameters":0}"#
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<EnvironmentRecord>(&text).unwrap(), record);
    let record = EnvironmentRecord { device: "wgpu".to_owned(), adapter: Some("llvmpipe".to_owned()), ..record };
    let text = serde_json::to_string(&record).unwrap();
    assert!(text.contains(r#""device":"wgpu","adapter":"llvmpipe","threads""#), "{text}");
    assert_eq!(serde_json::from_str::<EnvironmentRecord>(&text).unwrap(), record);
}
