//! Tests of the page and the curves for runs of every kind.

use proptest::prelude::*;
use zunder_eval::{EnvironmentRecord, EpochRecord, HealthRecord, Predictions, TestRecord};
use zunder_report::{ReportError, RunReport, html, learning_curves, text};

/// Epochs 1 to `n` with plausible values.
fn epochs(n: usize) -> Vec<EpochRecord> {
    let epoch = |epoch: usize| EpochRecord {
        epoch,
        train_loss: 2.0 / epoch as f64,
        train_accuracy: 0.5,
        validation_loss: 2.2 / epoch as f64,
        validation_accuracy: 0.4,
        ..EpochRecord::default()
    };
    (1..=n).map(epoch).collect()
}

/// One sample of each class; all are predicted as the first one.
fn test(classes: &[String]) -> Option<TestRecord> {
    let n = classes.len();
    let all = || (0..n as u32).collect::<Vec<_>>();
    let probabilities = (0..n * n).map(|i| if i % n == 0 { 1.0 } else { 0.0 }).collect();
    Predictions::new(all(), all(), probabilities, n).ok()?.evaluate(classes).ok()
}

fn report<'a>(
    epochs: &'a [EpochRecord],
    test: Option<&'a TestRecord>,
    environment: &'a EnvironmentRecord,
) -> RunReport<'a> {
    let summary = vec![("model".to_owned(), "mlp <3072-10>".to_owned())];
    RunReport {
        summary,
        epochs,
        best_epoch: Some(2),
        test,
        config_toml: "a = \"<b>\"\n",
        reproduce: "cargo xtask",
        ..RunReport::new("a run", environment)
    }
}

#[test]
fn everything_is_escaped() {
    let classes = ["<script>alert(1)</script>".to_owned(), "\"quoted\" & more".to_owned()];
    let test = test(&classes);
    let evil = "</style><script>".to_owned();
    let environment = EnvironmentRecord {
        device: evil.clone(),
        cpu: Some(evil.clone()),
        dataset: evil,
        ..EnvironmentRecord::default()
    };
    let epochs = epochs(3);
    let page = html(&RunReport {
        title: "</title><script>",
        reproduce: "</pre><script>",
        ..report(&epochs, test.as_ref(), &environment)
    })
    .unwrap();
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&quot;quoted&quot; &amp; more"));
    assert!(page.contains("a = &quot;&lt;b&gt;&quot;"));
    assert!(page.contains("mlp &lt;3072-10&gt;"));
}

#[test]
fn the_page_needs_nothing_else() {
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let (test, epochs, environment) = (test(&classes), epochs(3), EnvironmentRecord::default());
    let page = html(&report(&epochs, test.as_ref(), &environment)).unwrap();
    let without_namespace = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!without_namespace.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme") && page.contains("width=device-width"));
}

#[test]
fn layers_are_shown_with_what_is_wrong() {
    let layer = |i: usize| HealthRecord {
        epoch: 1,
        layer: format!("<layer {i}>"),
        gradient_norm: Some(0.5),
        dead: Some(if i == 3 { 0.5 } else { 0.0 }),
        image_deviation: Some(1e-5),
        ..HealthRecord::default()
    };
    let environment = EnvironmentRecord::default();
    let page = |layers: usize| {
        let health: Vec<HealthRecord> = (0..layers).map(layer).collect();
        html(&RunReport { health: &health, ..RunReport::new("a run", &environment) }).unwrap()
    };
    let few = page(4);
    assert!(
        few.contains("Epoch 1: &lt;layer 3&gt;: 50.0 % of its units are dead")
            && few.contains(">50.0 %<")
            && few.contains(">1.0e-5<")
    );
    assert!(!few.contains("<details><summary>The 4 layers") && !few.contains("are drawn at most"));
    let many = page(13);
    assert!(
        many.contains("<summary>The 13 layers in epoch 1</summary>")
            && many.contains("Of the 13 layers 8 are drawn at most.")
    );
    assert!(!page(0).contains("<h2>Layers</h2>"));
}

#[test]
fn the_result_is_honest() {
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let (test, epochs) = (test(&classes), epochs(3));
    let real = EnvironmentRecord::default();
    let page = html(&report(&epochs, test.as_ref(), &real)).unwrap();
    assert!(
        page.contains("50.0 %") && page.contains("95 % interval 9.5 % to 90.5 %, from 2 images"),
        "{page}"
    );
    assert!(!page.contains("CIFAR-10"));
    let unread = html(&report(&epochs, None, &real)).unwrap();
    assert!(
        unread.contains("The test set has not been read.")
            && unread.contains("Epoch 2 has 40.0 % accuracy on the validation set")
    );
    let synthetic = EnvironmentRecord { synthetic: true, ..real };
    let page = html(&report(&epochs, test.as_ref(), &synthetic)).unwrap();
    assert!(page.find("says nothing about CIFAR-10").unwrap() < page.find("50.0 %").unwrap());
}

#[test]
fn many_classes_become_a_list() {
    let classes: Vec<String> = (0..100).map(|i| format!("class {i}")).collect();
    let (test, environment) = (test(&classes), EnvironmentRecord::default());
    let page = html(&report(&[], test.as_ref(), &environment)).unwrap();
    assert!(page.contains("most frequent confusions among 100 classes"));
    assert!(!page.contains("<svg") && page.contains("All 100 classes"));
}

#[test]
fn curves_of_one_and_of_many_epochs() {
    assert!(matches!(learning_curves(&[], None), Err(ReportError::NoEpochs)));
    let one = learning_curves(&epochs(1), Some(1)).unwrap();
    assert!(one.contains("best epoch 1") && one.contains("<circle"));
    let many = learning_curves(&epochs(300), Some(999)).unwrap();
    assert!(!many.contains("best epoch") && !many.contains("<circle"));
    assert_eq!(
        many.matches("<polyline").count(),
        learning_curves(&epochs(300), None).unwrap().matches("<polyline").count()
    );
    assert!(many.ends_with("</svg>\n") && many.matches("<svg").count() == 1);
}

#[test]
fn nan_is_skipped() {
    let mut records = epochs(5);
    records[1].train_loss = f64::NAN;
    records[2].validation_loss = f64::INFINITY;
    records[3].train_loss = 1e300;
    let svg = learning_curves(&records, Some(3)).unwrap();
    assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("e300"));
    // Five dots per line except these three, and the ring of the best epoch in the legend and in
    // the accuracy chart.
    assert_eq!(svg.matches("<circle").count(), 25 - 3 + 2);
}

proptest! {
    #[test]
    fn any_records_make_a_page(
        values in prop::collection::vec((any::<usize>(), any::<[f64; 4]>()), 1..6),
        best in any::<Option<usize>>(),
    ) {
        let record = |&(epoch, [a, b, c, d]): &(usize, [f64; 4])| EpochRecord {
            epoch,
            train_loss: a,
            train_accuracy: b,
            validation_loss: c,
            validation_accuracy: d,
            ..EpochRecord::default()
        };
        let records: Vec<EpochRecord> = values.iter().map(record).collect();
        let environment = EnvironmentRecord::default();
        let page =
            html(&RunReport { best_epoch: best, ..report(&records, None, &environment) }).unwrap();
        prop_assert!(page.ends_with("</html>"));
        prop_assert!(page.len() < 200_000);
    }

    #[test]
    fn any_names_make_aligned_tables(classes in prop::collection::vec(any::<String>(), 1..15)) {
        let test = test(&classes).unwrap();
        for table in [text::per_class_table(&test), text::confusion_table(&test)] {
            prop_assert!(table.chars().all(|c| c == '\n' || !c.is_control()));
        }
        prop_assert_eq!(text::per_class_table(&test).lines().count(), classes.len() + 2);
    }
}
