//! A small HTTP server whose responses are computed by a closure.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as the server receives it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request line, such as `GET /data.bin HTTP/1.1`.
    pub line: String,
    /// The first byte of a `Range` header.
    pub from: Option<usize>,
    /// The number of earlier requests.
    pub number: usize,
}

/// A server on the loopback interface. It stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server that answers each connection on a thread of its own with `answer`.
    pub fn start(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stopped) =
            (Arc::<Mutex<Vec<Request>>>::default(), Arc::<AtomicBool>::default());
        let (log, stop, answer) = (requests.clone(), stopped.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (mut stream, log, answer) = (stream.unwrap(), log.clone(), answer.clone());
                thread::spawn(move || {
                    if let Some(request) = read_request(&stream, &log) {
                        answer(&request, &mut stream);
                    }
                });
            }
        });
        Self { address, requests, stopped }
    }

    /// Returns a server that returns `body` for every path, and supports ranges.
    pub fn of(body: Vec<u8>) -> Self {
        Self::start(move |request, stream| give(request, stream, &body))
    }

    /// Returns a URL on this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns all requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn read_request(stream: &TcpStream, log: &Mutex<Vec<Request>>) -> Option<Request> {
    let mut lines = BufReader::new(stream.take(10_000))
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty());
    let line = lines.next()?;
    let range = lines
        .filter_map(|line| {
            Some(line.to_lowercase().strip_prefix("range: bytes=")?.strip_suffix('-')?.to_owned())
        })
        .last();
    let mut log = log.lock().unwrap();
    let request =
        Request { line, from: range.map(|from| from.parse().unwrap()), number: log.len() };
    log.push(request.clone());
    Some(request)
}

/// Sends text or bytes. The client may be gone, which is not an error.
pub fn send(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    let _ = stream.write_all(bytes.as_ref());
}

/// Answers correctly: the whole body or the requested range.
pub fn give(request: &Request, stream: &mut TcpStream, body: &[u8]) {
    match request.from {
        None => give_whole(stream, body),
        Some(from) if from < body.len() => {
            let (last, size) = (body.len() - 1, body.len());
            send(
                stream,
                format!(
                    "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes \
                     {from}-{last}/{size}\r\nContent-Length: {}\r\n\r\n",
                    size - from
                ),
            );
            send(stream, &body[from..]);
        }
        Some(_) => status(stream, 416),
    }
}

/// Answers with the whole body.
pub fn give_whole(stream: &mut TcpStream, body: &[u8]) {
    announce(stream, body.len());
    send(stream, body);
}

/// Sends the head of a response of `length` bytes.
pub fn announce(stream: &mut TcpStream, length: usize) {
    send(stream, format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"));
}

/// Answers with a status and no body.
pub fn status(stream: &mut TcpStream, code: u16) {
    send(stream, format!("HTTP/1.1 {code} No\r\nContent-Length: 0\r\n\r\n"));
}

/// Sends nothing until the client closes the connection, or for 5 s.
pub fn stay_silent(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let _ = stream.read(&mut [0; 1]);
}
