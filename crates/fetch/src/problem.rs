use std::fmt::{self, Display, Formatter};
use std::io;
use std::time::Duration;

/// What one place did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The URL.
    pub place: String,
    /// What happened there.
    pub problem: Problem,
}

impl Display for Attempt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Why a place did not give a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The name of the host is not known.
    #[error("the host name could not be resolved")]
    NoAddress,
    /// There was no connection within the time-out.
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    /// There was no connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// The proxy let no connection through.
    #[error("the proxy opened no connection: {0}")]
    Proxy(String),
    /// The connection ended before an answer came.
    #[error("the connection ended without an answer")]
    NoAnswer,
    /// The other side could not prove who it is, or spoke no TLS.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// Less than 1 KiB came within the time-out.
    #[error("less than 1 KiB came within {0:?}")]
    Stalled(Duration),
    /// An answer that is not the file.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// It redirected too often.
    #[error("more than {0} redirects")]
    Redirects(u32),
    /// The announced length is another one.
    #[error("the server announced {got} bytes, expected {expected}")]
    Length {
        /// What it announced.
        got: u64,
        /// The bytes of the file.
        expected: u64,
    },
    /// More bytes came than the file has.
    #[error("the server sent more than {expected} bytes")]
    TooLong {
        /// The bytes of the file.
        expected: u64,
    },
    /// The connection ended early.
    #[error("the connection ended after {got} of {expected} bytes")]
    Cut {
        /// The bytes that are there.
        got: u64,
        /// The bytes of the file.
        expected: u64,
    },
    /// The rest of the file was asked for, and something else came.
    #[error("the server answered {got}, expected bytes {from} to {to}")]
    Range {
        /// What came, in words.
        got: String,
        /// The first byte asked for.
        from: u64,
        /// The last byte of the file.
        to: u64,
    },
    /// The bytes are others.
    #[error("the bytes have SHA-256 {got}, expected {expected}")]
    Hash {
        /// That of what came.
        got: String,
        /// That of the file.
        expected: String,
        /// Whether a part was there from an earlier try, so that one more from the start is worth
        /// it.
        resumed: bool,
    },
    /// Something else than HTTP came.
    #[error("no valid answer: {0}")]
    Protocol(String),
}

impl Problem {
    /// Whether another try at the same place may succeed.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::NoAnswer | Self::Stalled(_) | Self::Cut { .. } | Self::Range { .. } => true,
            Self::Status(code) => matches!(code, 408 | 425 | 429 | 500..=599),
            Self::Hash { resumed, .. } => *resumed,
            _ => false,
        }
    }

    /// What the client's error means. `connect_timeout` and `redirects` are the settings that it
    /// may have met.
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

/// Whether the reason of an i/o error is TLS; the client hands some of these on as i/o.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}
