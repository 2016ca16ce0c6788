//! A run of Zunder by Burn's learner.

use std::sync::{Arc, Mutex};

use zunder::{
    DatasetName, ModelConfig, PreparedRun, Run, RunConfig, RunOptions, TestTimeAugmentation,
};
use zunder_burn_train::train_run;
use zunder_train::{Interrupt, LassoConfig};

use crate::setup::alone;

fn config() -> RunConfig {
    let mut config = RunConfig { epochs: 2, ..RunConfig::default() };
    (config.init_window, config.lasso) = (1.0, LassoConfig::default());
    (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(600));
    if let ModelConfig::Mlp(mlp) = &mut config.model {
        (mlp.hidden, mlp.dropout) = (vec![16], 0.2);
    }
    (config.pool, config.tta) = (2, TestTimeAugmentation::Cross { pixels: 1, mirror: true });
    config
}

/// The penalty of the default is refused, since Burn's learner would leave it out.
#[test]
fn a_penalty_is_refused() {
    let _alone = alone();
    let config = RunConfig { lasso: RunConfig::default().lasso, ..config() };
    let refused = PreparedRun::with(&config, RunOptions::default(), |run| {
        train_run(run, &Interrupt::new(), |_| {}).unwrap_err().to_string()
    });
    assert_eq!(refused.unwrap().unwrap(), "Burn's learner cannot express lasso.l1 = 0.0001");
}

/// With pooling, batch normalisation, dropout, augmentation, weight decay, a schedule, and a test
/// on several views.
#[test]
fn burns_learner_trains_a_run_as_zunder_does() {
    let _alone = alone();
    let (config, folder) = (config(), tempfile::tempdir().unwrap());
    let epochs = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&epochs);
    let tested = PreparedRun::with(&config, RunOptions::default(), |run| {
        let report = move |epoch: &_| heard.lock().unwrap().push(*epoch);
        train_run(run, &Interrupt::new(), report)
    });
    let burns = tested.unwrap().unwrap().unwrap().unwrap();
    let run = Run::train_in(&folder.path().join("run"), &config, RunOptions::default()).unwrap();
    let zunders = run.test().unwrap().unwrap();
    let records = run.epochs().unwrap();
    let epochs = epochs.lock().unwrap();
    assert_eq!((epochs.len(), records.len()), (2, 2));
    for (burns, zunders) in epochs.iter().zip(&records) {
        let apart = (burns.validation_log_loss - zunders.validation_loss).abs();
        assert!(apart < 1e-4, "{burns:?} and {zunders:?}");
    }
    // The test is of the last epoch here, and of the best one there: the last, if it is better.
    assert!(records[1].validation_accuracy > records[0].validation_accuracy);
    assert_eq!((burns.n, burns.confusion), (zunders.n, zunders.confusion));
}

#[test]
fn a_request_to_stop_ends_the_run() {
    let _alone = alone();
    let interrupt = Interrupt::new();
    let tested = PreparedRun::with(&config(), RunOptions::default(), |run| {
        interrupt.request();
        train_run(run, &interrupt, |_| ())
    });
    assert!(tested.unwrap().unwrap().unwrap().is_none());
}
