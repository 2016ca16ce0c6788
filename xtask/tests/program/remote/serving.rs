//! What a server of devices asks of its clients, and of its own address.

use super::check_sentence;
use super::server::Server;
use crate::common::{run, text, zunder};

const TOKEN: &str = "a token of 27 bytes, really";

#[test]
fn only_clients_with_the_token_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let file = file.to_str().unwrap();
    let servers = [
        Server::start(&["--token-file", file]),
        Server::start_at("127.0.0.1:0", &[], &[("ZUNDER_DEVICE_TOKEN", TOKEN)]),
    ];
    for server in servers {
        let list = |variable: &str, value: &str| {
            zunder(&["devices", "--remote", server.address()], folder.path())
                .env(variable, value)
                .output()
                .unwrap()
        };
        for (variable, value) in
            [("ZUNDER_DEVICE_TOKEN", TOKEN), ("ZUNDER_DEVICE_TOKEN_FILE", file)]
        {
            let output = list(variable, value);
            assert!(output.status.success(), "{}", text(&output.stderr));
            server.wait_for("session ");
        }
        let wrong = list("ZUNDER_DEVICE_TOKEN", "0123456789abcdef");
        check_sentence(&wrong, "the server does not accept the token");
        server.wait_for("refused: ");
        check_sentence(&list("UNRELATED", ""), "the server asks for a token");
        server.wait_for("refused: ");
        let short = list("ZUNDER_DEVICE_TOKEN", "short");
        assert_eq!(short.status.code(), Some(2));
        assert!(text(&short.stderr).contains("ZUNDER_DEVICE_TOKEN: the token has 5 bytes"));
    }
}

#[test]
fn beyond_loopback_there_is_a_token_and_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(&["serve-device", "--bind", "0.0.0.0:0"], folder.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("0.0.0.0:0 without a token"));
    let mut child = zunder(&["serve-device", "--bind", "0.0.0.0:0"], folder.path())
        .env("ZUNDER_DEVICE_TOKEN", TOKEN)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("plain text") && line.contains("ssh -N -L"), "{line}");
    assert!(!line.contains(TOKEN));
}

#[test]
fn what_cannot_be_served_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], expected: &str, code: i32| {
        let output = run(&[&["serve-device"], arguments].concat(), folder.path());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(expected), "{said}");
    };
    let server = Server::start(&[]);
    refused(&["--bind", server.address()], "cannot listen there", 1);
    refused(&["--device", &server.device()], "expected one of this machine", 2);
    refused(&["--device=abacus"], "is not in this build", 2);
    refused(&["--token-file=none"], "cannot read the token", 2);
    refused(&["--bind=4400"], "invalid", 2);
}

#[test]
fn a_tunnel_ends_where_the_server_listens() {
    for bind in ["127.0.0.1:0", "[::1]:0"] {
        // Some machines have no IPv6.
        if std::net::TcpListener::bind(bind).is_ok() {
            let server = Server::start_at(bind, &[], &[]);
            server.wait_for(&format!(":{} USER@THIS-MACHINE", server.address()));
        }
    }
}
