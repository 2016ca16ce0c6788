//! Fetches through a proxy.

use std::io;
use std::net::TcpStream;
use std::process::Command;
use std::thread;

use zunder_fetch::FetchConfig;

use crate::server::{Server, send, status};
use crate::setup::{bytes, config, fetch, plain};

/// Returns a proxy with CONNECT that resolves every name to `to`.
fn proxy_to(to: &Server) -> Server {
    let to = to.address();
    Server::start(move |request, stream| {
        if !request.line.starts_with("CONNECT ") {
            return status(stream, 405);
        }
        send(stream, "HTTP/1.1 200 Connected\r\n\r\n");
        let (mut there, mut back) = (TcpStream::connect(to).unwrap(), stream.try_clone().unwrap());
        let mut answers = there.try_clone().unwrap();
        thread::spawn(move || io::copy(&mut answers, &mut back));
        let _ = io::copy(stream, &mut there);
    })
}

#[test]
fn a_proxy_is_used_and_resolves_the_name() {
    let (dir, body) = (tempfile::tempdir().unwrap(), bytes(50_000));
    let server = Server::of(body.clone());
    let proxy = proxy_to(&server);
    let config = FetchConfig { proxy: Some(proxy.url("")), ..config() };
    fetch(&plain(&body, &["http://data.invalid/x".into()]), dir.path(), &config).unwrap();
    assert_eq!(proxy.requests()[0].line, "CONNECT data.invalid:80 HTTP/1.1");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let proxy = Server::start(|_, stream| status(stream, 407));
    let config =
        FetchConfig { proxy: Some(format!("http://user:secret@{}", proxy.address())), ..config() };
    let error = fetch(&plain(&bytes(10), &["http://data.invalid/x".into()]), dir.path(), &config)
        .unwrap_err();
    assert!(
        error.to_string().contains("http://data.invalid/x: the proxy refused the connection: "),
        "{error}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.starts_with(&format!(
            "check the network and the proxy http://{}; or ",
            proxy.address()
        )),
        "{hint}"
    );
    assert!(!hint.contains("secret"));
}

#[test]
fn a_wrong_setting_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = FetchConfig { proxy: Some("socks5://127.0.0.1:1".into()), ..config() };
    let error = fetch(&plain(&bytes(10), &["http://data.invalid/x".into()]), dir.path(), &config)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "proxy is \"socks5://127.0.0.1:1\", expected a URL such as http://HOST:PORT"
    );
}

const URL: &str = "ZUNDER_FETCH_TEST_URL";

/// Runs [`child`] in a process of its own with these environment variables.
fn run_child(url: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command
        .args(["--exact", "proxy::child", "--ignored"])
        .env(URL, url)
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn the_environment_says_which_proxy() {
    let server = Server::of(bytes(1_000));
    let proxy = proxy_to(&server);
    run_child(
        "http://data.invalid/x",
        &[("HTTP_PROXY", &proxy.url("")), ("HTTPS_PROXY", "http://127.0.0.1:1")],
    );
    assert_eq!(proxy.requests().len(), 1);
    run_child(
        &server.url("x"),
        &[("http_proxy", &proxy.url("")), ("no_proxy", "localhost, 127.0.0.1")],
    );
    assert_eq!((proxy.requests().len(), server.requests().len()), (1, 2));
}

#[test]
#[ignore = "run by another test in a process with its own environment"]
fn child() {
    let dir = tempfile::tempdir().unwrap();
    let source = plain(&bytes(1_000), &[std::env::var(URL).unwrap()]);
    fetch(&source, dir.path(), &FetchConfig { proxy: None, ..config() }).unwrap();
}
