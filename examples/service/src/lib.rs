//! A service that classifies images over HTTP: `POST /predict` with the bytes of an image file
//! answers with the class and the probabilities as JSON, `GET /health` says that it works.
//!
//! The model is loaded once. One thread computes, and takes all images that wait as one batch;
//! the event loop only reads and writes.

mod batches;
mod refusal;

use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::response::Json;
use axum::routing::{get, post};
use axum::{Router, body};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use zunder::eval::ScoreKind;
use zunder::{Prediction, Predictor};

use crate::batches::Batches;
pub use crate::refusal::Refusal;

/// What a request may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest body in bytes. Default: 10 MB.
    pub body: usize,
    /// Largest image in pixels, as its header says, which is checked before the image is decoded.
    /// A pixel takes up to 16 bytes then. Default: 25 million.
    pub pixels: u64,
    /// Requests that are read, wait or are computed at a time; others are refused. Default: 64.
    pub requests: usize,
    /// Time for the body of a request to arrive. Default: 30 s.
    pub arrival: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 10_000_000,
            pixels: 25_000_000,
            requests: 64,
            arrival: Duration::from_secs(30),
        }
    }
}

#[derive(Debug)]
struct Service {
    classes: Vec<String>,
    kind: ScoreKind,
    limits: Limits,
    places: Semaphore,
    batches: Batches,
}

/// Returns the routes of a service with a model.
pub fn router(predictor: Predictor, limits: Limits) -> Router {
    let service = Service {
        classes: predictor.classes().to_vec(),
        kind: predictor.score_kind(),
        limits,
        places: Semaphore::new(limits.requests),
        batches: Batches::new(predictor, limits),
    };
    Router::new()
        .route("/health", get(health))
        .route("/predict", post(predict))
        .fallback(|| async { Refusal::NoSuchPath })
        .method_not_allowed_fallback(|| async { Refusal::Method })
        .with_state(Arc::new(service))
}

async fn health(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({ "status": "ok", "classes": service.classes }))
}

async fn predict(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let limits = &service.limits;
    // By its header, so that a client that asks first (`Expect: 100-continue`) need not send it.
    if request.body().size_hint().lower() > limits.body as u64 {
        return Err(Refusal::LongBody(limits.body));
    }
    let _place = service.places.try_acquire().map_err(|_| Refusal::Busy)?;
    let read = body::to_bytes(request.into_body(), limits.body);
    let image = match timeout(limits.arrival, read).await {
        Err(_) => return Err(Refusal::Slow(limits.arrival)),
        Ok(Err(error)) => return Err(Refusal::unread(&error, limits.body)),
        Ok(Ok(image)) if image.is_empty() => return Err(Refusal::Empty),
        Ok(Ok(image)) => image,
    };
    let prediction = service.batches.predict(image).await?;
    Ok(Json(service.answer(&prediction)))
}

impl Service {
    /// `{"class": "cat", "probabilities": {"cat": 0.9, ...}}`, or `"scores"` for a model whose
    /// loss gives no probabilities.
    fn answer(&self, prediction: &Prediction) -> Value {
        let values: Map<String, Value> = self
            .classes
            .iter()
            .zip(&prediction.scores)
            .map(|(class, score)| (class.clone(), json!(score)))
            .collect();
        let name = match self.kind {
            ScoreKind::Probabilities => "probabilities",
            ScoreKind::Scores => "scores",
        };
        json!({ "class": prediction.class, name: values })
    }
}
