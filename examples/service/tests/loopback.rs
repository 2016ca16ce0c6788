//! The service on loopback: answers, refusals, limits, several clients, and its end.
#![cfg(feature = "flex")]

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use image::{ImageFormat, RgbImage};
use serde_json::Value;
use tempfile::TempDir;
use zunder::{DatasetName, ModelKind, Predictor, Run, RunConfig, RunOptions};
use zunder_service::{Limits, router};

/// Trains a small model; returns the folder of its run.
fn trained(dir: &TempDir) -> PathBuf {
    let path = dir.path().join("run");
    let mut config = RunConfig::preset(ModelKind::Linear);
    (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(200));
    (config.epochs, config.threads) = (1, 1);
    Run::train_in(&path, &config, RunOptions::default()).unwrap();
    path
}

/// Serves a model at a port of the system's choice until the process ends.
fn serve(predictor: Predictor, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router(predictor, limits)).await.unwrap();
        });
    });
    address
}

/// Sends bytes; returns the status and the JSON of the answer.
fn send(address: SocketAddr, head: &str, body: &[u8]) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!("{head}\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/json"), "{head}");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

fn post(address: SocketAddr, body: &[u8]) -> (u16, Value) {
    send(address, &format!("POST /predict HTTP/1.1\r\nContent-Length: {}", body.len()), body)
}

fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let pixel = |x, y| image::Rgb([x as u8 ^ seed, (y * 3) as u8, seed]);
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, pixel).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn images_are_answered_and_all_else_is_refused_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let run = trained(&dir);
    let predictor = Predictor::open(&run).unwrap();
    let files: Vec<Vec<u8>> = (0..12).map(|i| png(32 + i, 40, i as u8 * 20)).collect();
    let expected = predictor.predict_bytes(&files).unwrap();
    let classes = predictor.classes().to_vec();
    let limits = Limits { body: 20_000, pixels: 4_000_000, ..Limits::default() };
    let address = serve(predictor, limits);

    let (status, health) = send(address, "GET /health HTTP/1.1", b"");
    assert_eq!((status, &health["status"]), (200, &Value::from("ok")));
    assert_eq!(health["classes"].as_array().unwrap().len(), classes.len());

    // All at once, so that some share a batch.
    thread::scope(|scope| {
        let clients: Vec<_> =
            files.iter().map(|file| scope.spawn(move || post(address, file))).collect();
        for (client, expected) in clients.into_iter().zip(&expected) {
            let (status, answer) = client.join().unwrap();
            let expected = expected.as_ref().unwrap();
            assert_eq!((status, &answer["class"]), (200, &expected.class.as_str().into()));
            for (class, expected) in classes.iter().zip(&expected.scores) {
                let got = answer["probabilities"][class].as_f64().unwrap();
                assert!((got - f64::from(*expected)).abs() < 1e-5, "{answer}");
            }
        }
    });

    let refused = |(status, answer): (u16, Value), expected: u16, part: &str| {
        let sentence = answer["error"].as_str().unwrap();
        assert_eq!(status, expected, "{sentence}");
        assert!(sentence.contains(part) && sentence.ends_with('.'), "{sentence}");
    };
    refused(post(address, b""), 400, "empty");
    refused(post(address, b"these bytes are no image"), 415, "no image, expected BMP, GIF");
    refused(post(address, &files[0][..60]), 422, "cannot be decoded");
    // The whole header of an image whose pixels would take 12 MB: few bytes, many pixels.
    let bomb = png(2000, 2001, 0);
    refused(post(address, &bomb[..2000]), 413, "2000 x 2001 pixels, expected at most 4000000");
    let long = format!("POST /predict HTTP/1.1\r\nContent-Length: {}", limits.body + 1);
    refused(send(address, &long, b""), 413, "more than 20000 bytes");
    let chunked = "POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked";
    let chunk = [format!("{:x}\r\n", limits.body + 1).as_bytes(), &[0; 20_001]].concat();
    refused(send(address, chunked, &chunk), 413, "more than 20000 bytes");
    refused(send(address, "GET /predict HTTP/1.1", b""), 405, "POST for /predict");
    refused(send(address, "GET /cat HTTP/1.1", b""), 404, "POST /predict");
    assert_eq!(post(address, &files[0]).0, 200);
}

/// Begins a request whose body does not arrive; returns when the service waits for it.
fn begin(address: SocketAddr) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n";
    stream.write_all(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    let (mut reader, mut line) = (BufReader::new(stream), String::new());
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("100 Continue"), "{line}");
    reader
}

#[test]
fn requests_beyond_the_limit_and_slow_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = trained(&dir);
    let limits = Limits { requests: 1, ..Limits::default() };
    let address = serve(Predictor::open(&run).unwrap(), limits);
    let (waiting, image) = (begin(address), png(8, 8, 0));
    let (status, answer) = post(address, &image);
    assert_eq!(status, 503);
    assert!(answer["error"].as_str().unwrap().contains("try again"), "{answer}");
    // A client that leaves gives its place back.
    drop(waiting);
    while post(address, &image).0 != 200 {}

    let limits = Limits { arrival: Duration::from_millis(50), ..Limits::default() };
    let address = serve(Predictor::open(&run).unwrap(), limits);
    let mut answer = String::new();
    begin(address).read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 408 ") && answer.contains("within 0.05 s"), "{answer}");
}

/// The program itself, by its output, a request and an interrupt.
#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let mut service = Command::new(env!("CARGO_BIN_EXE_zunder-service"))
        .args([trained(&dir).as_path(), Path::new("127.0.0.1:0")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().strip_suffix("/predict").unwrap();
    let (status, _) = send(address.parse().unwrap(), "GET /health HTTP/1.1", b"");
    assert_eq!(status, 200);
    let kill = Command::new("kill").args(["-INT", &service.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(service.wait().unwrap().success());
}
