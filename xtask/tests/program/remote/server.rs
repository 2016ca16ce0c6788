//! A server of devices in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::common::zunder;

/// A running `zunder serve-device` on a port of the system's choice. It is killed when dropped.
pub struct Server {
    child: Child,
    address: String,
    lines: Receiver<String>,
}

impl Server {
    pub fn start(more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", more, &[])
    }

    pub fn start_at(bind: &str, more: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir();
        let arguments = [&["serve-device", "--bind", bind], more].concat();
        let mut child = zunder(&arguments, &folder)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = output.next().expect("the server prints its address").unwrap();
        let address = first.split("remote:").nth(1).unwrap().to_owned();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, address, lines }
    }

    /// Returns `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn device(&self) -> String {
        format!("remote:{}", self.address)
    }

    pub fn send(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits for a line that contains a text.
    pub fn wait_for(&self, expected: &str) {
        loop {
            let line = self.lines.recv_timeout(Duration::from_mins(1));
            if line.expect("the server prints the line").contains(expected) {
                return;
            }
        }
    }

    /// Stops the server by Ctrl-C, and returns its lines after the first.
    pub fn stop(mut self) -> Vec<String> {
        self.send("-INT");
        assert!(self.child.wait().unwrap().success());
        self.lines.iter().collect()
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
