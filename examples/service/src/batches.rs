//! One thread that predicts all images that wait, as one batch.
//!
//! A batch of one reads all weights of the network for one image; a batch of many reads them once
//! for all. While a batch is computed, the next one gathers, so no image waits for others to come.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use axum::body::Bytes;
use image::ImageReader;
use tokio::sync::{mpsc, oneshot};
use zunder::{Prediction, Predictor};

use crate::{Limits, Refusal};

/// Most images of a batch.
const MOST: usize = 64;

type Answer = Result<Prediction, Refusal>;

/// An image, and where its answer goes.
struct Job {
    image: Bytes,
    answer: oneshot::Sender<Answer>,
}

/// The images that wait for the thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Batches(mpsc::Sender<Job>);

impl Batches {
    pub(crate) fn new(predictor: Predictor, limits: Limits) -> Self {
        // Each request has at most one image here.
        let (sender, mut jobs) = mpsc::channel(limits.requests.max(1));
        thread::spawn(move || {
            let mut batch = Vec::new();
            while jobs.blocking_recv_many(&mut batch, MOST) > 0 {
                predict(&predictor, limits.pixels, &mut batch);
            }
        });
        Self(sender)
    }

    /// Predicts the bytes of an image file.
    pub(crate) async fn predict(&self, image: Bytes) -> Answer {
        let (answer, told) = oneshot::channel();
        let stopped = || Refusal::Failed("the service is stopping".to_owned());
        self.0.send(Job { image, answer }).await.map_err(|_| stopped())?;
        told.await.map_err(|_| stopped())?
    }
}

/// Answers all jobs, and takes them out.
fn predict(predictor: &Predictor, pixels: u64, jobs: &mut Vec<Job>) {
    let (mut good, mut images) = (Vec::new(), Vec::new());
    for Job { image, answer } in jobs.drain(..) {
        match check(&image, pixels) {
            Ok(()) => {
                good.push(answer);
                images.push(image);
            }
            // A client that has left hears no answer.
            Err(refusal) => drop(answer.send(Err(refusal))),
        }
    }
    let failed = |problem: String| vec![Err(Refusal::Failed(problem)); good.len()];
    // A fault of a decoder must not end the service.
    let answers = match catch_unwind(AssertUnwindSafe(|| predictor.predict_bytes(&images))) {
        Ok(Ok(answers)) => {
            let damaged = |error: zunder::data::DataError| Refusal::Damaged(error.to_string());
            answers.into_iter().map(|answer| answer.map_err(damaged)).collect()
        }
        Ok(Err(error)) => failed(error.to_string()),
        Err(_) => failed("a fault in the program".to_owned()),
    };
    for (sender, answer) in good.into_iter().zip(answers) {
        drop(sender.send(answer));
    }
}

/// Returns a refusal if the bytes are no image, or one of too many pixels. Reads its header only.
fn check(bytes: &[u8], limit: u64) -> Result<(), Refusal> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|_| Refusal::NoImage)?;
    if !reader.format().is_some_and(|format| format.reading_enabled()) {
        return Err(Refusal::NoImage);
    }
    let (width, height) =
        reader.into_dimensions().map_err(|error| Refusal::Damaged(error.to_string()))?;
    if u64::from(width) * u64::from(height) > limit {
        return Err(Refusal::ManyPixels([width, height], limit));
    }
    Ok(())
}
