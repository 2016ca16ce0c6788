//! Requests that get no prediction: a status and `{"error": "a sentence"}`.

use std::error::Error as _;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use http_body_util::LengthLimitError;
use serde_json::json;

/// Why a request gets no prediction.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The body is empty.
    Empty,
    /// The body ended early.
    Unread,
    /// The body is longer than this number of bytes.
    LongBody(usize),
    /// The body did not arrive in this time.
    Slow(Duration),
    /// The body is in no format that is read.
    NoImage,
    /// The image has this width and height, more than so many pixels.
    ManyPixels([u32; 2], u64),
    /// The body begins as an image, and cannot be decoded.
    Damaged(String),
    /// As many requests as the limit are in progress.
    Busy,
    /// The prediction failed.
    Failed(String),
    /// There is no such path.
    NoSuchPath,
    /// The path has another method.
    Method,
}

impl Refusal {
    /// Returns why a body could not be read.
    pub(crate) fn unread(error: &axum::Error, limit: usize) -> Self {
        let is_long = error.source().is_some_and(|cause| cause.is::<LengthLimitError>());
        if is_long { Self::LongBody(limit) } else { Self::Unread }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Empty | Self::Unread => StatusCode::BAD_REQUEST,
            Self::LongBody(_) | Self::ManyPixels(..) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::NoImage => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Damaged(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Empty => "The body is empty, expected the bytes of an image file.".to_owned(),
            Self::Unread => "The body ended before its stated length.".to_owned(),
            Self::LongBody(limit) => format!("The body has more than {limit} bytes, the limit."),
            Self::Slow(limit) => {
                format!("The body did not arrive within {} s.", limit.as_secs_f64())
            }
            Self::NoImage => {
                "The body is no image, expected BMP, GIF, JPEG, PNG, TIFF or WebP.".to_owned()
            }
            Self::ManyPixels([width, height], limit) => {
                format!("The image has {width} x {height} pixels, expected at most {limit}.")
            }
            Self::Damaged(problem) => format!("The image cannot be decoded: {problem}."),
            Self::Busy => "As many requests as possible are in progress; try again.".to_owned(),
            Self::Failed(problem) => format!("The prediction failed: {problem}."),
            Self::NoSuchPath => "Expected POST /predict or GET /health.".to_owned(),
            Self::Method => "Expected POST for /predict and GET for /health.".to_owned(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.sentence() }));
        (self.status(), body).into_response()
    }
}
