//! One HTTP request on a thread of its own, so that the caller can stop waiting at any time.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::proxy::Route;
use crate::response::Head;
use crate::{FetchConfig, FetchError, Problem};

/// The reason why an attempt at an address failed.
pub enum Failure {
    /// The address failed; another attempt or address may succeed.
    Address(Problem),
    /// The failure does not depend on the address, so the fetch ends.
    Fatal(FetchError),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Address(problem)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Fatal(error)
    }
}

/// A message from the connection's thread: one head, then bytes, then the end.
pub enum Message {
    /// The head of the response.
    Head(Head),
    /// Some bytes of the body.
    Bytes(Vec<u8>),
    /// The end of the body, whether or not it is complete.
    End,
}

/// One request on a thread of its own, so that the caller can stop waiting for it at any time.
pub struct Connection {
    agent: Agent,
    messages: Receiver<Result<Message, Problem>>,
    stall_timeout: Duration,
    /// How long this side has waited for the last [`ENOUGH`] bytes, and how many of them have
    /// arrived.
    waited: Duration,
    received: usize,
}

/// The interval at which the caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(50);
/// The number of pieces read ahead and the bytes of each. Their product is the memory of a
/// connection.
const PIECES: usize = 8;
const PIECE: usize = 64 * 1024;
/// Fewer bytes than this within the time-out are a stall.
const ENOUGH: usize = 1024;

impl Connection {
    /// Requests `url` from byte `from` on.
    pub fn open(
        url: &str,
        from: u64,
        route: Route,
        config: &FetchConfig,
    ) -> Result<Self, FetchError> {
        let (connect_timeout, redirects) = (config.connect_timeout, config.redirects);
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(redirects)
            .timeout_resolve(Some(connect_timeout))
            .timeout_connect(Some(connect_timeout))
            .proxy(route.proxy)
            // One request per connection: a connection that is kept for redirects may be closed
            // before they arrive.
            .max_idle_connections(0)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let (sender, messages) = sync_channel(PIECES);
        let (reader, url) = (agent.clone(), url.to_owned());
        let read = move || {
            let problem = |error| Problem::from_client(error, connect_timeout, redirects);
            let last =
                request(&reader, &url, from, &sender).map_err(problem).map(|()| Message::End);
            // The receiver may be gone, which is not an error.
            let _ = sender.send(last);
        };
        thread::Builder::new()
            .name("fetch".to_owned())
            .spawn(read)
            .map_err(|reason| FetchError::Thread { reason })?;
        Ok(Self {
            agent,
            messages,
            stall_timeout: config.stall_timeout,
            waited: Duration::ZERO,
            received: 0,
        })
    }

    /// Returns the next message. `tick` is called while there is none, and may stop the wait.
    pub fn next(
        &mut self,
        mut tick: impl FnMut() -> Result<(), FetchError>,
    ) -> Result<Message, Failure> {
        loop {
            let start = Instant::now();
            let message = self.messages.recv_timeout(TICK);
            self.waited += start.elapsed();
            if let Ok(Ok(Message::Bytes(bytes))) = &message {
                self.received += bytes.len();
            }
            if self.received >= ENOUGH {
                (self.received, self.waited) = (0, Duration::ZERO);
            }
            match message {
                Ok(Ok(Message::End)) | Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Message::End);
                }
                Ok(Err(problem)) => return Err(problem.into()),
                _ if self.waited > self.stall_timeout => {
                    return Err(Problem::Stalled(self.stall_timeout).into());
                }
                Ok(Ok(message)) => return Ok(message),
                Err(RecvTimeoutError::Timeout) => tick()?,
            }
        }
    }
}

impl Drop for Connection {
    /// Ends the thread, even one that waits for a silent server.
    fn drop(&mut self) {
        self.agent.clone().shutdown();
    }
}

/// Sends the response of `url` until it ends or the receiver is gone. A connection that breaks
/// within the body ends it; the receiver knows the expected number of bytes.
fn request(
    agent: &Agent,
    url: &str,
    from: u64,
    sender: &SyncSender<Result<Message, Problem>>,
) -> Result<(), ureq::Error> {
    let mut request = agent.get(url);
    if from > 0 {
        request = request.header("Range", format!("bytes={from}-"));
    }
    let response = request.call()?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let head = Head {
        status: response.status().as_u16(),
        length: header("Content-Length").and_then(|length| length.trim().parse().ok()),
        range: header("Content-Range").map(str::to_owned),
    };
    let mut listening = sender.send(Ok(Message::Head(head))).is_ok();
    let mut body = response.into_body().into_reader();
    while listening {
        let mut bytes = vec![0; PIECE];
        match body.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(n) => {
                bytes.truncate(n);
                listening = sender.send(Ok(Message::Bytes(bytes))).is_ok();
            }
        }
    }
    Ok(())
}
