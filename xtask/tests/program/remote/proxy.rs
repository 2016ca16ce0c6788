//! A proxy between a run and its server, which cuts the connection or stops passing bytes on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What the proxy does to all connections.
pub struct Proxy {
    pub device: String,
    state: Arc<State>,
}

struct State {
    /// The number of bytes in both directions after which connections are cut.
    most: AtomicUsize,
    stalls: AtomicBool,
}

impl Proxy {
    /// Starts a proxy to `address`, which cuts connections after `most` bytes.
    pub fn start(address: &str, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let device = format!("remote:{}", listener.local_addr().unwrap());
        let state = State { most: AtomicUsize::new(most), stalls: AtomicBool::new(false) };
        let (state, address) = (Arc::new(state), address.to_owned());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&address).unwrap();
                pass_on(&client, &server, &shared);
                pass_on(&server, &client, &shared);
            }
        });
        Self { device, state }
    }

    /// Cuts all connections at the next byte.
    pub fn cut(&self) {
        self.state.most.store(0, Ordering::Relaxed);
    }

    /// Passes nothing on any more, and keeps the connections open.
    pub fn stall(&self) {
        self.state.stalls.store(true, Ordering::Relaxed);
    }
}

fn pass_on(from: &TcpStream, to: &TcpStream, state: &Arc<State>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            while state.stalls.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
            }
            let left = state.most.load(Ordering::Relaxed);
            let n = n.min(left);
            state.most.fetch_sub(n, Ordering::Relaxed);
            if n == 0 || to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}
