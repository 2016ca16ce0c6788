//! The reasons why an address did not provide a file.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::time::Duration;

/// An address and its problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The URL.
    pub url: String,
    /// The problem.
    pub problem: Problem,
}

impl Display for Attempt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.problem)
    }
}

/// The reason why an address did not provide a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The host name could not be resolved.
    #[error("the host name could not be resolved")]
    NoAddress,
    /// No connection was established within the time-out.
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    /// No connection could be established.
    #[error("no connection: {0}")]
    Connect(String),
    /// The proxy did not establish a connection.
    #[error("the proxy refused the connection: {0}")]
    Proxy(String),
    /// The connection ended before a response arrived.
    #[error("the connection ended without a response")]
    NoAnswer,
    /// The server's certificate is invalid, or the server does not support TLS.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// Less than 1 KiB arrived within the time-out.
    #[error("less than 1 KiB arrived within {0:?}")]
    Stalled(Duration),
    /// A status other than success.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// There were too many redirects.
    #[error("more than {0} redirects")]
    Redirects(u32),
    /// The announced length differs from the size of the file.
    #[error("the server announced {got} bytes, expected {expected}")]
    Length {
        /// The announced length.
        got: u64,
        /// The size of the file.
        expected: u64,
    },
    /// More bytes arrived than the file has.
    #[error("the server sent more than {expected} bytes")]
    TooLong {
        /// The size of the file.
        expected: u64,
    },
    /// The connection ended before the file was complete.
    #[error("the connection ended after {got} of {expected} bytes")]
    Cut {
        /// The number of bytes present.
        got: u64,
        /// The size of the file.
        expected: u64,
    },
    /// The response is not the requested range.
    #[error("the server answered {got}, expected bytes {from} to {to}")]
    Range {
        /// A description of the response.
        got: String,
        /// The first byte requested.
        from: u64,
        /// The last byte of the file.
        to: u64,
    },
    /// The SHA-256 of the bytes is wrong.
    #[error("the bytes have SHA-256 {got}, expected {expected}")]
    Hash {
        /// The SHA-256 of the bytes received.
        got: String,
        /// The SHA-256 of the file.
        expected: String,
        /// Whether some of the bytes were from an earlier attempt. In that case one more attempt
        /// from the start makes sense.
        resumed: bool,
    },
    /// The response is not valid HTTP.
    #[error("not a valid HTTP response: {0}")]
    Protocol(String),
}

impl Problem {
    /// Returns whether another attempt at the same address may succeed.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::NoAnswer | Self::Stalled(_) | Self::Cut { .. } | Self::Range { .. } => true,
            Self::Status(code) => matches!(code, 408 | 425 | 429 | 500..=599),
            Self::Hash { resumed, .. } => *resumed,
            _ => false,
        }
    }

    /// Converts an error of the HTTP client. `connect_timeout` and `redirects` are the settings
    /// that it may have reached.
    pub(crate) fn from_client(
        error: ureq::Error,
        connect_timeout: Duration,
        redirects: u32,
    ) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::ConnectTimeout(connect_timeout),
            ureq::Error::HostNotFound => Self::NoAddress,
            ureq::Error::TooManyRedirects => Self::Redirects(redirects),
            ureq::Error::ConnectProxyFailed(reason) => Self::Proxy(reason),
            ureq::Error::Io(reason) if is_hang_up(&reason) => Self::NoAnswer,
            ureq::Error::Io(reason) if is_tls(&reason) => Self::Tls(reason.to_string()),
            ureq::Error::Io(reason) => Self::Connect(reason.to_string()),
            ureq::Error::ConnectionFailed => {
                Self::Connect("the host could not be reached".to_owned())
            }
            error @ (ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired) => {
                Self::Tls(error.to_string())
            }
            error => Self::Protocol(error.to_string()),
        }
    }
}

/// Returns whether an I/O error was caused by TLS. The client reports some TLS errors as I/O
/// errors.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}
