//! Each side and the connection fail on the way.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::proxy::Proxy;
use super::server::Server;
use super::{check_lost, check_sentence, ended, start, wait_for_an_epoch};
use crate::common::{run, text, zunder};

fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

#[test]
fn a_killed_server_ends_the_run_and_the_last_epoch_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let mut child = start(&server.device(), folder.path());
    wait_for_an_epoch(&mut child, folder.path());
    server.kill();
    check_lost(child, "the server closed the connection", folder.path());
}

#[test]
fn a_stopped_server_ends_the_run_and_the_last_epoch_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let mut child = start(&server.device(), folder.path());
    wait_for_an_epoch(&mut child, folder.path());
    server.send("-STOP");
    check_lost(child, "the server has not answered for", folder.path());
    // A server that is stopped when a run begins.
    let output =
        run(&["train-cifar", "--dataset=shapes", "--device", &server.device()], folder.path());
    check_sentence(&output, "did not answer in 10 s");
    server.send("-CONT");
}

#[test]
fn a_cut_connection_ends_the_run_and_the_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let proxy = Proxy::start(server.address(), usize::MAX);
    let mut child = start(&proxy.device, folder.path());
    wait_for_an_epoch(&mut child, folder.path());
    proxy.cut();
    check_lost(child, "the server closed the connection", folder.path());
    let listed = run(&["devices", "--remote", server.address()], folder.path());
    assert!(listed.status.success(), "{}", text(&listed.stderr));
}

#[test]
fn a_connection_that_stalls_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let proxy = Proxy::start(server.address(), usize::MAX);
    let mut child = start(&proxy.device, folder.path());
    wait_for_an_epoch(&mut child, folder.path());
    proxy.stall();
    check_lost(child, "the server has not answered for", folder.path());
}

/// Wherever the connection ends, the program says so: no panic of Burn and no hang.
#[test]
fn a_connection_may_be_cut_at_any_byte() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let cuts = [0, 100, 250, 700, 3_000, 20_000, 100_000, 400_000, 1_000_000, 2_500_000, 7_000_000];
    for cut in cuts {
        let proxy = Proxy::start(server.address(), cut);
        let run = folder.path().join(cut.to_string());
        std::fs::create_dir(&run).unwrap();
        let said = check_sentence(&ended(start(&proxy.device, &run)), "");
        assert!(said.contains("was lost: ") || said.contains("cannot be reached: "), "{said}");
    }
}

#[test]
fn a_client_that_dies_or_stops_leaves_the_server_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let mut stopped = start(&server.device(), folder.path());
    wait_for_an_epoch(&mut stopped, folder.path());
    send("-STOP", &stopped);
    let other = tempfile::tempdir().unwrap();
    let mut killed = start(&server.device(), other.path());
    wait_for_an_epoch(&mut killed, other.path());
    killed.kill().unwrap();
    killed.wait().unwrap();
    let listed = run(&["devices", "--remote", server.address()], folder.path());
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    // A client that was stopped goes on.
    let before = super::epochs(folder.path());
    send("-CONT", &stopped);
    let began = Instant::now();
    while super::epochs(folder.path()) < before + 2 {
        assert!(stopped.try_wait().unwrap().is_none(), "the run ended");
        assert!(began.elapsed() < Duration::from_mins(2), "the run does not go on");
        sleep(Duration::from_millis(20));
    }
    stopped.kill().unwrap();
    stopped.wait().unwrap();
}

#[test]
fn what_is_no_server_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let tried = |device: &str| {
        let child = zunder(&["train-cifar", "--dataset=shapes", "--device", device], folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        ended(child)
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let began = Instant::now();
    check_sentence(&tried(&format!("remote:{address}")), "nothing listens there");
    assert!(began.elapsed() < Duration::from_secs(10));
    // Addresses for documentation, where nothing is.
    check_sentence(&tried("remote:192.0.2.1:4400"), "cannot be reached: ");
    check_sentence(&tried("remote:no-such-host.invalid:4400"), "cannot be reached: ");

    // A server of something else.
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = http.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut client in http.incoming().map_while(Result::ok) {
            let _ = client.read(&mut [0; 1000]);
            let _ = client.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        }
    });
    check_sentence(&tried(&format!("remote:{address}")), "no server of devices");

    let server = Server::start(&[]);
    check_sentence(&tried(&format!("{}:7", server.device())), "has 1 device(s), counted from 0");
}

#[test]
fn a_server_that_is_started_again_serves_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let address = server.address().to_owned();
    let mut child = start(&server.device(), folder.path());
    wait_for_an_epoch(&mut child, folder.path());
    server.kill();
    let again = Server::start_at(&address, &[], &[]);
    check_lost(child, "the server closed the connection", folder.path());
    let output = run(&["evaluate", "run", "--device", &again.device()], folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
}
