//! `cargo run --release -- RUN [ADDRESS]`: answers images over HTTP until Ctrl-C.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal;
use zunder::Predictor;
use zunder_service::{Limits, router};

const ADDRESS: &str = "127.0.0.1:3000";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (run, address) = match &arguments[..] {
        [run] => (run, ADDRESS),
        [run, address] => (run, address.as_str()),
        _ => {
            eprintln!("usage: zunder-service RUN [ADDRESS, default {ADDRESS}]");
            return ExitCode::from(2);
        }
    };
    match serve(run.as_ref(), address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(run: &Path, address: &str) -> Result<(), Box<dyn Error>> {
    let predictor = Predictor::open(run)?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("{address} cannot be listened on: {error}"))?;
    println!("http://{}/predict", listener.local_addr()?);
    // Requests that have begun are answered first.
    axum::serve(listener, router(predictor, Limits::default()))
        .with_graceful_shutdown(async {
            // Without the signal's handler the service would end at once, so it goes on.
            if signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await?;
    Ok(())
}
