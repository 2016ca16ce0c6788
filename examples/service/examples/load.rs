//! Measures a service: `cargo run --release --example load -- ADDRESS IMAGE [CLIENTS [SECONDS]]`.
//! Each client keeps one connection and sends the next image when it has the answer.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, image, more @ ..] = &arguments[..] else {
        return Err("usage: load ADDRESS IMAGE [CLIENTS [SECONDS]]".into());
    };
    let number = |i: usize, default: u64| more.get(i).map_or(Ok(default), |text| text.parse());
    let (clients, time) = (number(0, 8)?, Duration::from_secs(number(1, 5)?));
    let image = std::fs::read(image)?;
    let start = Instant::now();
    let mut times = thread::scope(|scope| {
        let clients: Vec<_> =
            (0..clients).map(|_| scope.spawn(|| client(address, &image, start + time))).collect();
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.join().map_err(|_| "a client panicked")??);
        }
        Ok::<_, Box<dyn Error + Send + Sync>>(times)
    })?;
    let seconds = start.elapsed().as_secs_f64();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{clients} clients, {} requests in {seconds:.1} s: {:.0} requests/s, {:.1} ms in the \
         median, {:.1} ms for 99 of 100",
        times.len(),
        times.len() as f64 / seconds,
        at(0.5),
        at(0.99)
    );
    Ok(())
}

/// Sends images until `end`; returns the time of each answer.
fn client(address: &str, image: &[u8], end: Instant) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let head =
        format!("POST /predict HTTP/1.1\r\nHost: load\r\nContent-Length: {}\r\n\r\n", image.len());
    let request = [head.as_bytes(), image].concat();
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        stream.write_all(&request)?;
        let (mut length, mut line) = (0, String::new());
        let mut status = String::new();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            match line.trim_end() {
                "" => break,
                text if status.is_empty() => text.clone_into(&mut status),
                text => {
                    if let Some(value) = text.strip_prefix("content-length: ") {
                        length = value.parse()?;
                    }
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        if !status.contains(" 200 ") {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        times.push(start.elapsed());
    }
    Ok(times)
}
