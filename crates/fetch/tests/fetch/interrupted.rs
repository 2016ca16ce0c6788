//! Fetches that the callback stops.

use std::fs;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use zunder_fetch::{FetchConfig, FetchError, Progress, Stage};

use crate::server::{Server, stay_silent};
use crate::setup::{bytes, config, fetch, files, plain};

#[test]
fn a_stopped_download_is_resumed() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(2_000_000));
    let server = Server::of(body.clone());
    let source = plain(&body, &[server.url("x")]);
    let mut stop = |now: &Progress| {
        if now.done > 500_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let error = zunder_fetch::fetch(&source, dir.path(), &config(), &mut stop).unwrap_err();
    let FetchError::Interrupted { done, .. } = error else { panic!("{error}") };
    assert_eq!(
        error.to_string(),
        format!("fetching data.bin was interrupted after {done} of 2000000 bytes")
    );
    assert_eq!(files(dir.path()), ["toy/data.bin.part"]);
    assert_eq!(fs::metadata(dir.path().join("toy/data.bin.part")).unwrap().len(), done);

    assert_eq!(fetch(&source, dir.path(), &config()).unwrap().downloaded, 2_000_000 - done);
    assert_eq!(fs::read(dir.path().join("toy/data.bin")).unwrap(), body);
}

#[test]
fn a_silent_server_does_not_keep_one_from_stopping() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, stream| stay_silent(stream));
    let config = FetchConfig { stall_timeout: Duration::from_secs(30), ..config() };
    let start = Instant::now();
    let mut stop = |now: &Progress| {
        assert_eq!(now.stage, Stage::Connecting);
        if start.elapsed() > Duration::from_millis(100) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let error =
        zunder_fetch::fetch(&plain(&bytes(10), &[server.url("x")]), dir.path(), &config, &mut stop)
            .unwrap_err();
    assert!(matches!(error, FetchError::Interrupted { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(files(dir.path()).is_empty());
}

#[test]
fn the_pause_before_another_try_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, stream| crate::server::status(stream, 503));
    let config = FetchConfig { retry_pause: Duration::from_secs(30), ..config() };
    let start = Instant::now();
    let mut failed = false;
    let mut stop = |now: &Progress| {
        let again = failed;
        failed |= now.stage == Stage::Failed;
        if again { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let error =
        zunder_fetch::fetch(&plain(&bytes(10), &[server.url("x")]), dir.path(), &config, &mut stop)
            .unwrap_err();
    assert!(matches!(error, FetchError::Interrupted { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20));
}
