//! The command `serve-device`: serves a device to other processes and machines.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

/// Serve a device to other machines, for --device remote:HOST:PORT
///
/// Prints its address and a line for each session, until Ctrl-C. The traffic is not encrypted: from
/// another machine, use an SSH tunnel. It is in the program that `cargo xtask-remote` builds.
#[derive(Args)]
pub struct ServeDevice {
    /// Device of this machine [default: the first that `devices` lists]
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Address to listen on; port 0 lets the system choose
    ///
    /// Beyond a loopback address, a token is required.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4400")]
    bind: SocketAddr,
    /// File whose first line is the token that clients must present
    ///
    /// Without it, the token is in the variable `ZUNDER_DEVICE_TOKEN`, or in the file that
    /// `ZUNDER_DEVICE_TOKEN_FILE` names. Clients use the same variables.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl ServeDevice {
    #[cfg(not(feature = "remote"))]
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Self { device, bind, token_file } = self;
        drop((device, bind, token_file));
        Err(super::not_in_this_program("serve-device").into())
    }

    #[cfg(feature = "remote")]
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let interrupt = crate::signals::interrupt();
        let mut config = zunder::ServeConfig {
            bind: self.bind,
            token: zunder::device_token(self.token_file.as_deref())?,
            ..zunder::ServeConfig::default()
        };
        if let Some(device) = self.device {
            config.device = device;
        }
        let device = config.device.clone();
        let has_token = config.token.is_some();
        let tell = move |event| match event {
            zunder::ServeEvent::Listening(address) => listening(&device, address, has_token),
            zunder::ServeEvent::Session { number, client } => {
                say!("session {number}: {client}");
            }
            zunder::ServeEvent::Refused { client } => say!("refused: {client} has no valid token"),
            _ => {}
        };
        zunder::serve_device(&config, tell, &interrupt)?;
        say!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the address, and what protects it.
#[cfg(feature = "remote")]
fn listening(device: &str, address: SocketAddr, has_token: bool) {
    let token = if has_token { "with a token" } else { "without a token" };
    say!("serving {device} {token}: --device remote:{address}");
    let port = address.port();
    if address.ip().is_loopback() {
        say!(
            "from another machine: ssh -N -L {port}:{address} USER@THIS-MACHINE, and there \
             --device remote:127.0.0.1:{port}"
        );
    } else {
        complain!(
            "warning: everything is sent as plain text, images, weights and the token too; better \
             listen on 127.0.0.1:{port}, and on the other machine run ssh -N -L \
             {port}:127.0.0.1:{port} USER@THIS-MACHINE"
        );
    }
}
