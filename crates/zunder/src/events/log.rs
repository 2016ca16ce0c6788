//! Writes the events of a run as JSON Lines.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use zunder_eval::{EpochRecord, HealthRecord, HealthWarning};
use zunder_train::{
    Events, FileKind, Rollback, SourceError, StepReport, TrainError, append, write_atomically,
};

use crate::{Loading, Plan, RunEvents};

/// Version of the format.
const FORMAT: u32 = 1;
/// Name of the file in the folder of a run.
const FILE: &str = "events.jsonl";

/// Writes each event of a run as one JSON object a line to `events.jsonl` in its folder, as soon as
/// it happens, and passes it to another listener.
///
/// The file is for other programs, such as `tail -f` or what sends figures elsewhere; Zunder does
/// not read it. A resumed run continues it, with another line `started`. After a kill or a rollback
/// an epoch may be in it twice; the last one counts.
///
/// Each line has `event` and `time`, in seconds since 1970:
///
/// | `event` | other fields |
/// |---|---|
/// | `started` | `format`, which is 1; `data`, `data_hash`, `train_images`, `validation_images`, `test_images`, `classes`, `model`, `parameters`, `epochs`, `epochs_done`, `steps_per_epoch` |
/// | `epoch` | the columns of `metrics.csv`; `best`, whether it is the best so far |
/// | `layers` | `layers`, each with the columns of `health.csv`; `warnings`, sentences |
/// | `rolled_back` | `to_epoch`, `number`, `reason` |
/// | `testing` | |
///
/// A number that is not finite is `null`.
///
/// ```
/// use zunder::{DatasetName, EventLog, ModelKind, Run, RunConfig, RunOptions};
///
/// let folder = tempfile::tempdir()?;
/// let mut config = RunConfig::preset(ModelKind::Linear);
/// (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(200));
/// config.epochs = 2;
/// let mut listener = (); // ignores all events
/// let mut log = EventLog::new(&mut listener);
/// let options = RunOptions { events: Some(&mut log), ..RunOptions::default() };
/// let run = Run::train_in(&folder.path().join("run"), &config, options)?;
/// let lines = std::fs::read_to_string(run.path().join("events.jsonl"))?;
/// assert_eq!(lines.matches("\"event\":\"epoch\"").count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventLog<'a> {
    next: &'a mut dyn RunEvents,
    /// The file, as soon as there is a folder.
    file: Option<PathBuf>,
    /// The first failure to write, which ends the training at the end of the epoch.
    failure: Option<TrainError>,
}

impl<'a> EventLog<'a> {
    /// Returns a log that passes each event to `next`; `()` ignores them.
    pub fn new(next: &'a mut dyn RunEvents) -> Self {
        Self { next, file: None, failure: None }
    }

    /// Writes a line; `fields` is an object.
    fn write(&mut self, event: &str, mut fields: Value) {
        let Some(file) = &self.file else { return };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        fields["event"] = json!(event);
        fields["time"] = json!(time);
        if let Err(error) = append(file, format!("{fields}\n").as_bytes()) {
            self.failure.get_or_insert(error);
        }
    }

    fn check(&mut self) -> Result<(), SourceError> {
        self.failure.take().map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Returns a record as an object.
fn object(record: &impl serde::Serialize) -> Value {
    serde_json::to_value(record).unwrap_or_else(|_| json!({}))
}

impl Events for EventLog<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        self.next.step_finished(step);
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        let mut fields = object(record);
        fields["best"] = json!(best);
        self.write("epoch", fields);
        self.check()?;
        self.next.epoch_finished(record, best)
    }

    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        let sentences: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        self.write("layers", json!({ "layers": object(&layers), "warnings": sentences }));
        self.check()?;
        self.next.layers_measured(layers, warnings)
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        let reason = rollback.divergence.to_string();
        let fields =
            json!({ "to_epoch": rollback.epoch, "number": rollback.number, "reason": reason });
        self.write("rolled_back", fields);
        self.next.rolled_back(rollback);
    }
}

impl RunEvents for EventLog<'_> {
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        self.next.loading(stage, done, total);
    }

    fn stops(&self) -> bool {
        self.next.stops()
    }

    fn started(&mut self, folder: &Path) {
        let file = folder.join(FILE);
        let kept = whole_lines(&file);
        if let Err(error) = write_atomically(&file, kept.as_bytes()) {
            self.failure.get_or_insert(error);
        }
        self.file = Some(file);
        self.next.started(folder);
    }

    fn planned(&mut self, plan: &Plan) {
        let fields = json!({
            "format": FORMAT,
            "data": plan.dataset,
            "data_hash": plan.dataset_hash,
            "train_images": plan.train_images,
            "validation_images": plan.validation_images,
            "test_images": plan.test_images,
            "classes": plan.classes,
            "model": plan.config.model.kind().name(),
            "parameters": plan.summary.parameters(),
            "epochs": plan.config.epochs,
            "epochs_done": plan.epochs_done,
            "steps_per_epoch": plan.steps,
        });
        self.write("started", fields);
        self.next.planned(plan);
    }

    fn testing(&mut self) {
        self.write("testing", json!({}));
        self.next.testing();
    }
}

/// Returns the lines of an earlier process, without one that it was killed while writing.
fn whole_lines(file: &Path) -> String {
    let text = FileKind::Records.read_text(file).unwrap_or_default();
    text[..text.rfind('\n').map_or(0, |end| end + 1)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::bench::tests::small;
    use crate::{Run, RunOptions};
    use zunder_train::Interrupt;

    /// Interrupts after the first epoch, if told to.
    struct Stop(Option<Interrupt>);

    impl Events for Stop {
        fn epoch_finished(&mut self, _: &EpochRecord, _: bool) -> Result<(), SourceError> {
            if let Some(interrupt) = &self.0 {
                interrupt.request();
            }
            Ok(())
        }
    }

    impl RunEvents for Stop {}

    #[test]
    fn a_resumed_run_continues_its_log() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("run");
        let file = folder.join(FILE);
        let lines = || -> Vec<Value> {
            let text = std::fs::read_to_string(&file).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let names = || -> Vec<String> {
            lines().iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
        };
        let config = crate::RunConfig { epochs: 2, ..small() };
        let interrupt = Interrupt::new();
        let mut stop = Stop(Some(interrupt.clone()));
        let mut log = EventLog::new(&mut stop);
        let options = RunOptions { events: Some(&mut log), interrupt };
        Run::train_in(&folder, &config, options).unwrap();
        assert_eq!(names(), ["started", "epoch", "layers"]);

        append(&file, b"{\"event\":\"ep").unwrap();
        let mut stop = Stop(None);
        let mut log = EventLog::new(&mut stop);
        let options = RunOptions { events: Some(&mut log), ..RunOptions::default() };
        let mut run = Run::open(&folder).unwrap();
        run.resume(options).unwrap();
        let expected = ["started", "epoch", "layers", "started", "epoch", "layers", "testing"];
        assert_eq!(names(), expected);
        let lines = lines();
        assert_eq!((&lines[0]["epochs_done"], &lines[3]["epochs_done"]), (&json!(0), &json!(1)));
        for (line, record) in [(&lines[1], 0), (&lines[4], 1)] {
            let record = &run.epochs().unwrap()[record];
            // Reading a number back may change its last bit.
            let loss = line["validation_loss"].as_f64().unwrap();
            assert!((loss - record.validation_loss).abs() < 1e-12);
            assert!(line["best"].is_boolean() && line["time"].as_f64().unwrap() > 1.7e9);
        }
    }
}
