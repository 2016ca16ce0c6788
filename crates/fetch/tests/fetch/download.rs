//! Downloads from well-behaved servers, and the order of addresses.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::thread;

use zunder_fetch::{FetchConfig, FetchError, Problem, Progress, Stage};

use crate::server::{Server, give, send, status};
use crate::setup::{bytes, config, failure, fetch, files, plain};

#[test]
fn a_file_comes_and_is_not_asked_for_again() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(300_000));
    let server = Server::of(body.clone());
    let source = plain(&body, &[server.url("data.bin")]);
    let fetched = fetch(&source, dir.path(), &config()).unwrap();
    assert_eq!(
        (fetched.folder.as_path(), fetched.downloaded),
        (dir.path().join("toy").as_path(), 300_000)
    );
    assert_eq!(fs::read(dir.path().join("toy/data.bin")).unwrap(), body);
    assert_eq!(files(dir.path()), ["toy/data.bin"]);

    assert_eq!(fetch(&source, dir.path(), &config()).unwrap().downloaded, 0);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.requests()[0].line, "GET /data.bin HTTP/1.1");
}

#[test]
fn a_body_without_a_length_is_taken_too() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(100_000));
    let copy = body.clone();
    let server = Server::start(move |_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\n\r\n");
        send(stream, &copy);
    });
    assert_eq!(
        fetch(&plain(&body, &[server.url("")]), dir.path(), &config()).unwrap().downloaded,
        100_000
    );
}

#[test]
fn progress_has_the_file_the_url_and_the_bytes() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(200_000));
    let server = Server::of(body.clone());
    let url = server.url("data.bin");
    let (mut last, mut calls) = (0, 0);
    let mut hear = |now: &Progress| {
        assert_eq!((now.file, now.total), ("data.bin", 200_000));
        if now.stage == Stage::Downloading {
            assert_eq!(now.url, Some(url.as_str()));
            assert!(now.done >= last && now.done - last <= 65_536);
            (last, calls) = (now.done, calls + 1);
        }
        ControlFlow::Continue(())
    };
    zunder_fetch::fetch(
        &plain(&body, std::slice::from_ref(&url)),
        dir.path(),
        &config(),
        &mut hear,
    )
    .unwrap();
    assert_eq!(last, 200_000);
    assert!(calls >= 4, "{calls}");
}

#[test]
fn the_next_url_is_tried_after_a_failure_which_the_callback_receives() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(5_000));
    let (bad, good) = (Server::start(|_, stream| status(stream, 404)), Server::of(body.clone()));
    let mut heard = Vec::new();
    let mut hear = |now: &Progress| {
        heard.extend(now.failure.map(ToString::to_string));
        ControlFlow::Continue(())
    };
    zunder_fetch::fetch(
        &plain(&body, &[bad.url("x"), good.url("x")]),
        dir.path(),
        &config(),
        &mut hear,
    )
    .unwrap();
    assert_eq!(heard, [format!("{}: the server answered with status 404", bad.url("x"))]);
    assert_eq!((bad.requests().len(), good.requests().len()), (1, 1));
}

#[test]
fn an_error_lists_each_url_with_its_problem() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(5_000));
    let missing = Server::start(|_, stream| status(stream, 404));
    let wrong = Server::of(vec![0; 5_000]);
    let source = plain(&body, &[missing.url("x"), wrong.url("y")]);
    let error = fetch(&source, dir.path(), &config()).unwrap_err();
    let got = crate::setup::sha256(&[0; 5_000]);
    let expected = &source.files[0].sha256;
    assert_eq!(
        error.to_string(),
        format!(
            "data.bin could not be fetched: {}: the server answered with status 404; {}: the bytes \
             have SHA-256 {got}, expected {expected}",
            missing.url("x"),
            wrong.url("y")
        )
    );
    let path = dir.path().join("toy/data.bin");
    let command = format!(
        "curl -L --create-dirs -o {} {}\n    (5000 bytes, SHA-256 {expected})",
        path.display(),
        missing.url("x")
    );
    let hint = error.hint().unwrap();
    assert!(hint.contains("HTTPS_PROXY") && hint.ends_with(&command), "{hint}");
    let FetchError::Unavailable { attempts, .. } = error else { panic!() };
    assert_eq!(attempts[0].problem, Problem::Status(404));
    assert!(files(dir.path()).is_empty());
}

#[test]
fn an_overloaded_server_is_asked_again() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(5_000));
    let copy = body.clone();
    let recovering = Server::start(move |request, stream| {
        if request.number < 2 { status(stream, 503) } else { give(request, stream, &copy) }
    });
    fetch(&plain(&body, &[recovering.url("")]), dir.path(), &config()).unwrap();

    let (dir, broken) =
        (tempfile::tempdir().unwrap(), Server::start(|_, stream| status(stream, 500)));
    assert!(
        failure(&plain(&body, &[broken.url("")]), dir.path(), &config())
            .ends_with("the server answered with status 500")
    );
    assert_eq!(broken.requests().len(), 3);
}

#[test]
fn mirrors_replace_the_urls_of_the_source() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(5_000));
    let server = Server::of(body.clone());
    let config = FetchConfig { mirrors: vec![server.url("sets/")], ..config() };
    fetch(&plain(&body, &["http://127.0.0.1:1/never".into()]), dir.path(), &config).unwrap();
    assert_eq!(server.requests()[0].line, "GET /sets/data.bin HTTP/1.1");
}

#[test]
fn of_two_fetches_at_once_one_downloads() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(1_000_000));
    let copy = body.clone();
    let server = Server::start(move |request, stream| {
        thread::sleep(std::time::Duration::from_millis(150));
        give(request, stream, &copy);
    });
    let source = plain(&body, &[server.url("")]);
    let stages = Mutex::new(Vec::new());
    let bytes: u64 = thread::scope(|scope| {
        let one = || {
            let mut hear = |now: &Progress| {
                stages.lock().unwrap().push(now.stage);
                ControlFlow::Continue(())
            };
            zunder_fetch::fetch(&source, dir.path(), &config(), &mut hear).unwrap().downloaded
        };
        let threads = [scope.spawn(one), scope.spawn(one)];
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((bytes, server.requests().len()), (1_000_000, 1));
    assert!(stages.lock().unwrap().contains(&Stage::Waiting));
    assert_eq!(fs::read(dir.path().join("toy/data.bin")).unwrap(), body);
}
