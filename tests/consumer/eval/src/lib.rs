//! A program that computes the ROC curve of plain scores with `zunder-eval` alone.

use zunder_eval::{
    BootstrapConfig, EvalError, Interval, Key, Ranking, RocCurve, Wanted, bootstrap,
};

/// The quality of a test for an illness.
#[derive(Debug)]
pub struct Quality {
    pub curve: RocCurve,
    pub auc: f64,
    pub interval: Interval,
    /// The threshold with the sensitivity 0.9, and the specificity at it.
    pub threshold: f32,
    pub specificity: Option<f64>,
}

/// Evaluates scores, of which higher ones indicate illness.
pub fn quality(scores: &[f32], ill: &[bool]) -> Result<Quality, EvalError> {
    let ranking = Ranking::new(scores, ill)?;
    let auc = |sample: &[u32]| {
        let (scores, ill): (Vec<f32>, Vec<bool>) =
            sample.iter().map(|&i| (scores[i as usize], ill[i as usize])).unzip();
        Ranking::new(&scores, &ill).ok().map(|ranking| ranking.auc())
    };
    let interval =
        bootstrap(scores.len(), &BootstrapConfig::default(), Key::new(1).named("auc"), auc)?;
    let point = ranking.threshold_for(Wanted::Sensitivity(0.9))?;
    Ok(Quality {
        curve: ranking.roc_curve(),
        auc: ranking.auc(),
        interval,
        threshold: point.threshold,
        specificity: point.counts.specificity(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_than_chance() {
        // The scores of ill people are higher by a quarter of the range, with the same spread for
        // both.
        let ill: Vec<bool> = (0..200).map(|i| i % 2 == 0).collect();
        let scores: Vec<f32> = (0..200)
            .map(|i| (i * 37 % 100) as f32 / 100.0 + if ill[i] { 0.25 } else { 0.0 })
            .collect();
        let quality = quality(&scores, &ill).unwrap();
        assert!((0.6..0.85).contains(&quality.auc));
        assert!(
            0.5 < quality.interval.low
                && quality.interval.low < quality.auc
                && quality.auc < quality.interval.high
        );
        assert_eq!(quality.curve.true_positive_rate.last(), Some(&1.0));
        let found = scores
            .iter()
            .zip(&ill)
            .filter(|&(&score, &ill)| ill && score >= quality.threshold)
            .count();
        assert!(found >= 90 && quality.specificity > Some(0.1));
    }

    #[test]
    fn one_class_is_an_error_with_a_hint() {
        let error = quality(&[0.1, 0.9], &[true, true]).unwrap_err();
        assert!(matches!(error, EvalError::OneClass { .. }) && error.hint().is_some());
    }
}
