//! A connection to a server of devices that this process can cut.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::RemoteName;

/// The time in which a server must accept a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// The time in which a server must answer a question that needs no computation.
const ANSWER: Duration = Duration::from_secs(2);

/// Bytes that are passed on at a time.
const BUFFER: usize = 1 << 17;

/// The way from Burn to one device of a server: Burn connects to a port of this process, and every
/// byte is passed on.
///
/// If the connection ends, or [`cut`](Self::cut) ends it, the reason is kept before Burn hears of
/// it.
pub(crate) struct Link {
    /// Name of the device.
    pub name: RemoteName,
    /// Where Burn connects. It stays bound, so that the port never belongs to another link: Burn
    /// returns the device that it has already opened at an address.
    entrance: TcpListener,
    server: TcpStream,
    burn: OnceLock<TcpStream>,
    began: Instant,
    /// Milliseconds from `began` to the last byte in either direction.
    last_byte: AtomicU64,
    lost: Mutex<Option<String>>,
}

impl Link {
    /// Connects to the server, within [`CONNECT`].
    pub(crate) fn open(name: RemoteName) -> Result<Arc<Self>, String> {
        let server = connect(name.address())?;
        let failed = |error: io::Error| format!("a connection cannot be set up: {error}");
        server.set_nodelay(true).map_err(failed)?;
        let entrance = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let link = Arc::new(Self {
            name,
            entrance,
            server,
            burn: OnceLock::new(),
            began: Instant::now(),
            last_byte: AtomicU64::new(0),
            lost: Mutex::new(None),
        });
        let passing = Arc::clone(&link);
        spawn(move || passing.pass()).map_err(failed)?;
        Ok(link)
    }

    /// Returns the URL for Burn.
    pub(crate) fn url(&self) -> Result<String, String> {
        let address = self.entrance.local_addr().map_err(|error| error.to_string())?;
        Ok(format!("ws://{address}"))
    }

    /// Returns why the connection ended, if it did.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the time since the last byte in either direction.
    pub(crate) fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last_byte.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(last)
    }

    /// Ends the connection; `reason` is a sentence about the server, without its subject.
    pub(crate) fn cut(&self, reason: impl Into<String>) {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason.into());
        // An error means that the connection has ended already.
        let _ = self.server.shutdown(Shutdown::Both);
        if let Some(burn) = self.burn.get() {
            let _ = burn.shutdown(Shutdown::Both);
        } else if let Ok(address) = self.entrance.local_addr() {
            // Wakes the thread that waits for Burn.
            let _ = TcpStream::connect_timeout(&address, ANSWER);
        }
    }

    /// Returns whether the server answers on a new connection: a stopped process does not.
    pub(crate) fn answers(&self) -> bool {
        let ask = || -> Option<bool> {
            let mut server = connect(self.name.address()).ok()?;
            server.set_read_timeout(Some(ANSWER)).ok()?;
            server.set_write_timeout(Some(ANSWER)).ok()?;
            write!(server, "GET / HTTP/1.1\r\nHost: {}\r\n\r\n", self.name.address()).ok()?;
            Some(server.read(&mut [0; 12]).ok()? > 0)
        };
        ask().unwrap_or(false)
    }

    /// Waits for Burn, and passes bytes on until one side ends.
    fn pass(self: Arc<Self>) {
        let prepared = self.entrance.accept().and_then(|(burn, _)| {
            burn.set_nodelay(true)?;
            let ends = (burn.try_clone()?, self.server.try_clone()?, self.server.try_clone()?);
            let from_burn = burn.try_clone()?;
            let _ = self.burn.set(burn);
            Ok((ends, from_burn))
        });
        let ((to_burn, to_server, from_server), from_burn) = match prepared {
            Ok(_) if self.lost().is_some() => return self.cut(""),
            Ok(ends) => ends,
            Err(error) => return self.cut(format!("no thread can connect to it: {error}")),
        };
        let answers = Arc::clone(&self);
        let down = spawn(move || {
            let end = answers.copy(from_server, to_burn);
            answers.cut(reason(&end, "the server", PROGRAM));
        });
        if let Err(error) = down {
            return self.cut(format!("no thread can receive its answers: {error}"));
        }
        let end = self.copy(from_burn, to_server);
        self.cut(reason(&end, PROGRAM, "the server"));
    }

    /// Passes bytes on until one side ends.
    fn copy(&self, mut from: TcpStream, mut to: TcpStream) -> End {
        let mut buffer = vec![0; BUFFER];
        loop {
            let n = match from.read(&mut buffer) {
                Ok(0) => return End::Reading(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return End::Reading(error),
            };
            self.moved();
            if let Err(error) = to.write_all(&buffer[..n]) {
                return End::Writing(error);
            }
            self.moved();
        }
    }

    fn moved(&self) {
        self.last_byte.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }
}

/// The side that this process is, in a sentence.
const PROGRAM: &str = "this program";

/// How the passing of bytes ended.
enum End {
    Reading(io::Error),
    Writing(io::Error),
}

/// Returns a sentence about an end, with the names of both sides.
fn reason(end: &End, from: &str, to: &str) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let (side, error) = match end {
        End::Reading(error) => (from, error),
        End::Writing(error) => (to, error),
    };
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => {
            format!("{side} closed the connection")
        }
        _ => format!("the connection failed: {error}"),
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("remote device".to_owned()).spawn(work).map(drop)
}

/// Connects to `HOST:PORT`. A thread of its own looks the name up, which the system may do without
/// a limit.
fn connect(address: String) -> Result<TcpStream, String> {
    let (sender, receiver) = mpsc::channel();
    let attempt = move || {
        // The receiver no longer exists after the limit.
        let _ = sender.send(connect_to_any(&address));
    };
    spawn(attempt).map_err(|error| format!("a connection cannot be set up: {error}"))?;
    let late = || format!("it did not answer within {} s", CONNECT.as_secs());
    match receiver.recv_timeout(CONNECT) {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(late()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Err("nothing listens there".to_owned())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late()),
    }
}

fn connect_to_any(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link to a server of the test, and both ends of its connection.
    fn linked() -> (Arc<Link>, TcpStream, TcpStream, TcpListener) {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let link = Link::open(RemoteName { host: "127.0.0.1".to_owned(), port, index: 0 }).unwrap();
        let (far, _) = server.accept().unwrap();
        let near = TcpStream::connect(link.url().unwrap().trim_start_matches("ws://")).unwrap();
        for stream in [&far, &near] {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        }
        (link, near, far, server)
    }

    #[test]
    fn bytes_pass_in_both_directions() {
        let (link, mut near, mut far, _server) = linked();
        let mut got = [0; 4];
        near.write_all(b"ping").unwrap();
        far.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"ping");
        far.write_all(b"pong").unwrap();
        near.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"pong");
        assert!(link.silence() < Duration::from_secs(10) && link.lost().is_none());
    }

    #[test]
    fn the_reason_is_known_before_the_connection_ends() {
        let (link, mut near, far, _server) = linked();
        drop(far);
        assert_eq!(near.read(&mut [0; 1]).unwrap_or(0), 0);
        assert_eq!(link.lost().as_deref(), Some("the server closed the connection"));

        let (link, mut near, mut far, _server) = linked();
        link.cut("it was cut");
        assert_eq!(near.read(&mut [0; 1]).unwrap_or(0), 0);
        assert_eq!(far.read(&mut [0; 1]).unwrap_or(0), 0);
        assert_eq!(link.lost().as_deref(), Some("it was cut"));
    }

    #[test]
    fn a_server_that_is_not_there_or_silent_is_known_within_its_limit() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let name = RemoteName { host: "127.0.0.1".to_owned(), port, index: 0 };
        // The system accepts the connection, and nothing answers.
        let began = Instant::now();
        let silent = Link::open(name.clone()).unwrap();
        assert!(!silent.answers() && began.elapsed() < Duration::from_secs(15));
        drop(server);
        let problem = Link::open(name).err().unwrap();
        assert_eq!(problem, "nothing listens there");
    }
}
