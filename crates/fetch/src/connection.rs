use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::proxy::Route;
use crate::response::Head;
use crate::{FetchConfig, FetchError, Problem};

/// Why a try at a place ended without its file.
pub enum Failure {
    /// The place's fault: another try or place may do.
    Place(Problem),
    /// Not the place's fault: the fetch is over.
    Fatal(FetchError),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Place(problem)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Fatal(error)
    }
}

/// What a connection brings: once a head, then bytes, at last the end.
pub enum Message {
    /// The answer begins.
    Head(Head),
    /// Some bytes of it.
    Bytes(Vec<u8>),
    /// It is over, whether or not it was complete.
    End,
}

/// One request, on a thread of its own, so that whoever waits for it can stop at any time.
pub struct Connection {
    agent: Agent,
    messages: Receiver<Result<Message, Problem>>,
    stall_timeout: Duration,
    /// How long this side has waited for the last [`ENOUGH`] bytes, and how many of them came.
    waited: Duration,
    received: usize,
}

/// How often whoever waits is asked whether to go on.
const TICK: Duration = Duration::from_millis(50);
/// Pieces read ahead, and the bytes of each: together what a connection holds in memory.
const PIECES: usize = 8;
const PIECE: usize = 64 * 1024;
/// Fewer bytes within the time-out are a stall.
const ENOUGH: usize = 1024;

impl Connection {
    /// Asks for `url` from byte `from` on.
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
            // One request: a connection kept for its redirects may have been closed by the time
            // they come.
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
            // Nobody may be listening any more, which is fine.
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

    /// The next message; `tick` is called while there is none, and may stop the wait.
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

/// Sends what comes from `url`, until it is over or nobody listens. A connection that breaks amid
/// the bytes is the end of them: how many there should be is known elsewhere.
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
