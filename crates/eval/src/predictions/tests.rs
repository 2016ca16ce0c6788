//! Checks of predictions, and `predictions.csv` written and read.

use super::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn csv_escapes_names_and_keeps_every_bit() {
    let p = [0.1_f32, 0.2, 0.7, 1e-9, 1.0, 0.0];
    let predictions = Predictions::new(vec![7, 3], vec![2, 0], p.to_vec(), 3).unwrap();
    let mut file = Vec::new();
    predictions.write_csv(&names(&["cat, wild", "the \"dog\"", "Vögel"]), &mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    assert_eq!(
        text,
        "index,label,predicted,\"p_cat, \
         wild\",\"p_the \"\"dog\"\"\",p_Vögel\n7,2,2,0.1,0.2,0.7\n3,0,1,0.000000001,1,0\n"
    );
    let (again, classes) = Predictions::read_csv(text.as_bytes()).unwrap();
    assert_eq!((again, classes), (predictions, names(&["cat, wild", "the \"dog\"", "Vögel"])));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(&reader.headers().unwrap()[3], "p_cat, wild");
    let read: Vec<f32> = reader
        .records()
        .flat_map(|r| r.unwrap().iter().skip(3).map(|x| x.parse().unwrap()).collect::<Vec<_>>())
        .collect();
    assert_eq!(read.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), p.map(f32::to_bits));
}

#[test]
fn other_files_are_refused() {
    let message = |text: &str| Predictions::read_csv(text.as_bytes()).unwrap_err().to_string();
    assert!(
        message("index,truth,predicted,p_a,p_b\n").contains("label"),
        "{}",
        message("index,truth,predicted,p_a,p_b\n")
    );
    assert!(
        message("index,label,predicted,p_a,p_b\n0,x,0,1,0\n").contains("CSV"),
        "{}",
        message("index,label,predicted,p_a,p_b\n0,x,0,1,0\n")
    );
    assert_eq!(
        message("index,label,predicted,p_a,p_b\n0,2,0,1,0\n"),
        "label 0 is class 2, expected 0 to 1"
    );
    assert!(Predictions::read_csv("index,label,predicted,p_a,p_b\n0,1,0,1\n".as_bytes()).is_err());
}

#[test]
fn top5_needs_6_classes() {
    for (n_classes, expected) in [(5, None), (6, Some(1.0))] {
        let p = vec![1.0 / n_classes as f32; n_classes];
        let classes: Vec<String> = (0..n_classes).map(|i| i.to_string()).collect();
        let test =
            Predictions::new(vec![0], vec![3], p, n_classes).unwrap().evaluate(&classes).unwrap();
        assert_eq!(test.top5, expected);
    }
}

#[test]
fn wrong_input_is_named() {
    let new = |i: &[u32], l: &[u32], p: &[f32]| {
        Predictions::new(i.to_vec(), l.to_vec(), p.to_vec(), 2).unwrap_err()
    };
    assert_eq!(new(&[0], &[0, 1], &[1.0, 0.0, 0.0, 1.0]).to_string(), "got 1 indices, expected 2");
    assert_eq!(new(&[0], &[2], &[1.0, 0.0]).to_string(), "label 0 is class 2, expected 0 to 1");
    assert_eq!(
        new(&[0], &[0], &[0.5, 0.25]).to_string(),
        "the probabilities in row 0 sum to 0.75, expected 1 within 0.001"
    );
    assert!(
        new(&[0], &[0], &[f32::INFINITY, 0.0]).hint().is_some_and(|hint| hint.contains("softmax"))
    );
    let none = Predictions::new(vec![], vec![], vec![], 2).unwrap();
    assert!(none.is_empty());
    assert_eq!(
        none.evaluate(&names(&["a", "b"])).unwrap_err().to_string(),
        "got 0 samples, expected at least 1"
    );
    assert_eq!(
        none.evaluate(&names(&["a"])).unwrap_err().to_string(),
        "got 1 class names, expected 2"
    );
}

#[test]
fn reversed_classes_keep_each_sample_its_score() {
    let scores = vec![0.5, -1.0, 3.0, 7.0, 2.0, 0.0];
    let predictions = Predictions::of_scores(vec![4, 5], vec![0, 1], scores, 3).unwrap();
    let reversed = predictions.clone().into_reversed_classes();
    assert_eq!((reversed.labels(), reversed.row(0)), (&[2, 1][..], &[3.0, -1.0, 0.5][..]));
    assert_eq!(reversed.into_reversed_classes(), predictions);
}

#[test]
fn rows_and_predicted() {
    let predictions =
        Predictions::new(vec![0, 1], vec![0, 1], vec![0.5, 0.5, 0.25, 0.75], 2).unwrap();
    assert_eq!(predictions.len(), 2);
    assert_eq!(predictions.row(1), [0.25, 0.75]);
    assert_eq!(predictions.predicted(), [0, 1]);
    let classes = names(&["cat", "dog"]);
    assert_eq!(
        predictions.evaluate_at(0.6, &classes).unwrap(),
        predictions.evaluate(&classes).unwrap()
    );
    assert_eq!(predictions.evaluate_at(0.8, &classes).unwrap().confusion.rows(), [[1, 0], [1, 0]]);
    assert_eq!(predictions.report(&ReportConfig::default()).unwrap().accuracy, 1.0);
}

#[test]
fn scores_are_written_as_scores_and_ranked_by_their_lead() {
    let scores = vec![3.5, 1.0, -0.25, -2.0, 1e30, 4.0];
    let predictions = Predictions::of_scores(vec![0, 1], vec![0, 2], scores, 3).unwrap();
    let mut file = Vec::new();
    let classes = names(&["a", "b", "c"]);
    predictions.write_csv(&classes, &mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    assert!(
        text.starts_with("index,label,predicted,s_a,s_b,s_c\n0,0,0,3.5,1,-0.25\n1,2,1,-2,"),
        "{text}"
    );
    let (read, _) = Predictions::read_csv(text.as_bytes()).unwrap();
    assert_eq!(read, predictions);
    let test = predictions.evaluate(&classes).unwrap();
    assert_eq!((test.loss, test.accuracy), (None, 0.5));
    assert!(
        test.remarks.iter().any(|remark| remark.starts_with("The scores are not probabilities"))
    );
    let leads = predictions.into_leads();
    assert_eq!(leads.row(0), [2.5, -2.5, -3.75]);
    assert_eq!((leads.predicted(), leads.kind), (vec![0, 1], ScoreKind::Scores));
    let far =
        Predictions::of_scores(vec![0], vec![0], vec![f32::MAX, f32::MIN], 2).unwrap().into_leads();
    assert_eq!(far.row(0), [f32::MAX, f32::MIN]);
    let error = Predictions::of_scores(vec![0], vec![0], vec![f32::NAN, 0.0], 2).unwrap_err();
    assert_eq!(error.to_string(), "the score of class 0 in row 0 is NaN, expected a finite number");
}
