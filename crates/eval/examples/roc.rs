//! Computes a ROC curve, its area with a confidence interval, and a threshold, from plain scores:
//! `cargo run -p zunder-eval --example roc`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use zunder_eval::{BootstrapConfig, EvalError, Key, Ranking, Wanted, bootstrap};

fn main() -> Result<(), EvalError> {
    // 500 samples. The scores of positive ones are higher by one standard deviation.
    let mut rng = Key::new(1).named("scores").rng();
    let positive: Vec<bool> = (0..500).map(|i| i % 5 == 0).collect();
    let scores: Vec<f32> = positive
        .iter()
        .map(|&positive| rng.normal() as f32 + if positive { 1.0 } else { 0.0 })
        .collect();

    let ranking = Ranking::new(&scores, &positive)?;
    let auc = |sample: &[u32]| {
        let (scores, positive): (Vec<f32>, Vec<bool>) =
            sample.iter().map(|&i| (scores[i as usize], positive[i as usize])).unzip();
        Ranking::new(&scores, &positive).ok().map(|ranking| ranking.auc())
    };
    let interval =
        bootstrap(scores.len(), &BootstrapConfig::default(), Key::new(1).named("bootstrap"), auc)?;
    println!("AUC {:.3}, 95 % interval {:.3} to {:.3}", ranking.auc(), interval.low, interval.high);

    let point = ranking.threshold_for(Wanted::Sensitivity(0.9))?;
    // A ranking has negative samples, so the specificity is defined.
    let specificity = point.counts.specificity().unwrap_or(f64::NAN);
    println!(
        "from {:.2} on it finds 90 % of the positive ones, with specificity {specificity:.2}",
        point.threshold
    );

    println!("false positive rate, true positive rate:");
    let curve = ranking.roc_curve().thinned(11);
    for (fpr, tpr) in curve.false_positive_rate.iter().zip(&curve.true_positive_rate) {
        println!("{fpr:.2}  {tpr:.2}  {}", "#".repeat((40.0 * tpr) as usize));
    }
    Ok(())
}
