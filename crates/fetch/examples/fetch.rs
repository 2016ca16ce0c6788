//! Fetches a data set of the catalogue: `fetch NAME DIR`. Or measures a download: `fetch URL SIZE
//! SHA256 DIR` fetches one file into `DIR/file` and prints the rate.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its results")]

use std::env;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Instant;

use zunder_fetch::{
    DatasetSource, FetchConfig, FetchError, Progress, RemoteFile, Stage, by_name, fetch,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        [name, dir] => by_name(name).and_then(|source| run(&source, dir)),
        [url, size, sha256, dir] => run(&one_file(url, size.parse().unwrap_or(0), sha256), dir),
        _ => {
            eprintln!("usage: fetch NAME DIR, or fetch URL SIZE SHA256 DIR");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = result {
        eprintln!("error: {error}\nhint: {}", error.hint().unwrap_or_default());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(source: &DatasetSource, dir: &str) -> Result<(), FetchError> {
    let start = Instant::now();
    let mut shown = (String::new(), u64::MAX);
    let fetched = fetch(source, dir.as_ref(), &FetchConfig::default(), &mut |now: &Progress| {
        if let Some(failure) = now.failure {
            eprintln!("{failure}");
        }
        let here = (format!("{:?} {}", now.stage, now.file), now.done * 10 / now.total.max(1));
        if here != shown && now.stage != Stage::Failed {
            eprintln!("{} {} %", here.0, here.1 * 10);
            shown = here;
        }
        ControlFlow::Continue(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}: {:.1} MB in {seconds:.2} s, {:.0} MB/s",
        fetched.folder.display(),
        fetched.downloaded as f64 / 1e6,
        fetched.downloaded as f64 / 1e6 / seconds
    );
    Ok(())
}

fn one_file(url: &str, size: u64, sha256: &str) -> DatasetSource {
    let file = RemoteFile {
        name: "data.bin".to_owned(),
        size,
        sha256: sha256.to_owned(),
        urls: vec![url.to_owned()],
        archive: None,
    };
    let text = |text: &str| text.to_owned();
    DatasetSource {
        name: text("file"),
        title: text("the file"),
        homepage: text(url),
        folder: text("file"),
        files: vec![file],
    }
}
