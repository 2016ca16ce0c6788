//! Reads the response of a server, with the remains of an earlier download: the result is the file
//! with its hash, or an error.
#![no_main]

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::ops::ControlFlow;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use zunder_fetch::{DatasetSource, FetchConfig, RemoteFile};
use zunder_fuzz::{folder, pieces};

const CONTENT: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Starts a server that reads the request and answers with the current bytes.
fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked);
                let answer = ANSWER.lock().expect("no panic").clone();
                let _ = stream.write_all(&answer);
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
        address
    })
}

fuzz_target!(|bytes: &[u8]| {
    let [part, answer] = pieces(bytes);
    *ANSWER.lock().expect("no panic") = answer.to_vec();
    let dir = folder().join("data");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("toy")).expect("a folder");
    if !part.is_empty() {
        fs::write(dir.join("toy/data.bin.part"), part).expect("a file");
    }
    let file = RemoteFile {
        name: "data.bin".into(),
        size: CONTENT.len() as u64,
        sha256: Sha256::digest(CONTENT)
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
        urls: vec![format!("http://{}/data.bin", address())],
        archive: None,
    };
    let source = DatasetSource {
        name: "toy".into(),
        title: "Toy".into(),
        homepage: "https://example.org".into(),
        folder: "toy".into(),
        files: vec![file],
    };
    let config = FetchConfig {
        tries: 2,
        redirects: 2,
        connect_timeout: Duration::from_millis(200),
        stall_timeout: Duration::from_millis(200),
        retry_pause: Duration::ZERO,
        proxy: Some("none".into()),
        ..FetchConfig::default()
    };
    let fetched = zunder_fetch::fetch(&source, &dir, &config, &mut |_| ControlFlow::Continue(()));
    let got = fs::read(dir.join("toy/data.bin")).ok();
    assert_eq!(got.as_deref(), fetched.is_ok().then_some(CONTENT));
});
