//! Servers that lie, loop, stall, send slowly or never end.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use zunder_fetch::FetchConfig;

use crate::server::{Server, announce, give_whole, send, status, stay_silent};
use crate::setup::{bytes, config, failure, fetch, files, impatient, plain};

/// Fetches 10,000 bytes from this server. Returns the message after the URL, and the files that
/// remain.
fn outcome(server: &Server) -> (String, Vec<String>) {
    outcome_with(server, &config())
}

fn outcome_with(server: &Server, config: &FetchConfig) -> (String, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let url = server.url("x");
    let start = Instant::now();
    let message = failure(&plain(&bytes(10_000), std::slice::from_ref(&url)), dir.path(), config);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let problem = message
        .strip_prefix(&format!("data.bin could not be fetched: {url}: "))
        .unwrap_or_else(|| panic!("{message}"));
    (problem.to_owned(), files(dir.path()))
}

fn redirect(stream: &mut TcpStream, to: &str) {
    send(stream, format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"));
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let body = bytes(10_000);
    let copy = body.clone();
    let server = Server::start(move |request, stream| {
        if request.line.contains("/x") { redirect(stream, "/y") } else { give_whole(stream, &copy) }
    });
    fetch(&plain(&body, &[server.url("x")]), dir.path(), &config()).unwrap();

    let loops = Server::start(|_, stream| redirect(stream, "/x"));
    assert_eq!(outcome(&loops), ("more than 3 redirects".into(), vec![]));
    assert_eq!(loops.requests().len(), 4);
}

#[test]
fn a_redirect_to_something_else_than_http_is_refused() {
    for to in ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", ""] {
        let server = Server::start(move |_, stream| redirect(stream, to));
        let (problem, left) = outcome(&server);
        assert!(
            problem.starts_with("not a valid HTTP response: ")
                || problem == "more than 3 redirects",
            "{to}: {problem}"
        );
        assert!(left.is_empty());
    }
}

#[test]
fn a_wrong_length_is_seen_before_the_bytes() {
    let long = Server::start(|_, stream| give_whole(stream, &bytes(10_001)));
    assert_eq!(outcome(&long), ("the server announced 10001 bytes, expected 10000".into(), vec![]));
    let short = Server::start(|_, stream| give_whole(stream, &bytes(9_999)));
    assert_eq!(outcome(&short), ("the server announced 9999 bytes, expected 10000".into(), vec![]));
    let absurd = Server::start(|_, stream| {
        send(stream, format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u64::MAX));
    });
    assert_eq!(
        outcome(&absurd),
        (format!("the server announced {} bytes, expected 10000", u64::MAX), vec![])
    );
}

#[test]
fn a_server_that_sends_for_ever_is_cut_off() {
    let endless = Server::start(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\n\r\n");
        (0..1_000).for_each(|_| send(stream, [7; 10_000]));
    });
    assert_eq!(outcome(&endless), ("the server sent more than 10000 bytes".into(), vec![]));

    let chunked = Server::start(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        (0..10_000).for_each(|_| send(stream, "400\r\n".to_owned() + &"x".repeat(1024) + "\r\n"));
    });
    assert_eq!(outcome(&chunked), ("the server sent more than 10000 bytes".into(), vec![]));
}

#[test]
fn endless_headers_are_cut_off() {
    let server = Server::start(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\n");
        (0..10_000).for_each(|i| send(stream, format!("X-{i}: {}\r\n", "x".repeat(1000))));
    });
    let (problem, left) = outcome(&server);
    assert!(problem.starts_with("not a valid HTTP response: "), "{problem}");
    assert!(left.is_empty());
}

#[test]
fn a_server_that_hangs_up_early_each_time_leaves_a_part() {
    let server = Server::start(|_, stream| {
        announce(stream, 10_000);
        send(stream, &bytes(10_000)[..4_000]);
    });
    assert_eq!(
        outcome(&server),
        ("the connection ended after 4000 of 10000 bytes".into(), vec!["toy/data.bin.part".into()])
    );
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_server_that_hangs_up_at_once_gave_no_answer() {
    let server = Server::start(|_, _| {});
    assert_eq!(outcome(&server), ("the connection ended without a response".into(), vec![]));
}

#[test]
fn a_stall_is_given_up() {
    let silent = Server::start(|_, stream| stay_silent(stream));
    assert_eq!(
        outcome_with(&silent, &impatient()),
        ("less than 1 KiB arrived within 200ms".into(), vec![])
    );
    let stalling = Server::start(|_, stream| {
        announce(stream, 10_000);
        send(stream, &bytes(10_000)[..4_000]);
        stay_silent(stream);
    });
    assert_eq!(
        outcome_with(&stalling, &impatient()),
        ("less than 1 KiB arrived within 200ms".into(), vec!["toy/data.bin.part".into()])
    );
}

#[test]
fn dripping_is_a_stall_too() {
    let dripping = Server::start(|_, stream| {
        announce(stream, 10_000);
        (0..200).for_each(|_| {
            send(stream, "x");
            thread::sleep(Duration::from_millis(10));
        });
    });
    assert_eq!(outcome_with(&dripping, &impatient()).0, "less than 1 KiB arrived within 200ms");
}

#[test]
fn other_protocols_are_not_a_valid_response() {
    for text in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "\0\u{1}\u{2}\r\n\r\n", "HTTP/1.1 banana\r\n\r\n"] {
        let server = Server::start(move |_, stream| send(stream, text));
        let (problem, left) = outcome(&server);
        assert!(problem.starts_with("not a valid HTTP response: "), "{problem}");
        assert!(left.is_empty());
    }
}

#[test]
fn success_without_a_body_is_no_success() {
    let server = Server::start(|_, stream| status(stream, 204));
    assert_eq!(outcome(&server).0, "the server answered with status 204");
}

#[test]
fn a_refused_connection_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let message =
        failure(&plain(&bytes(10), &[format!("http://{closed}/x")]), dir.path(), &config());
    assert!(message.contains("/x: no connection: "), "{message}");
}

#[test]
fn a_server_without_tls_has_its_own_error() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/x", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        send(&mut stream, "HTTP/1.1 400 Bad Request\r\n\r\n");
        while stream.read(&mut [0; 1024]).is_ok_and(|n| n > 0) {}
    });
    let message = failure(&plain(&bytes(10), &[url]), dir.path(), &config());
    assert!(message.contains("/x: no secure connection: "), "{message}");
}

#[test]
fn a_silent_partner_in_tls_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/x", listener.local_addr().unwrap());
    let start = Instant::now();
    let message = failure(&plain(&bytes(10), &[url]), dir.path(), &impatient());
    assert!(
        message.contains("less than 1 KiB arrived within 200ms")
            || message.contains("no connection within 300ms"),
        "{message}"
    );
    assert!(start.elapsed() < Duration::from_secs(20));
}
