//! Serves a device of this machine to other processes.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use burn::server::{
    AuthorizationRequest, ClientId, PeerAuthorizer, RemoteServer, TokenAuthorizer,
    WebSocketTransport,
};
use zunder_train::Interrupt;

use super::open;
use crate::{Backend, RunError};

/// The interval between two checks of the interrupt.
const LOOK: Duration = Duration::from_millis(100);

/// What [`serve_device`] serves, and to whom.
#[derive(Clone, PartialEq, Eq)]
pub struct ServeConfig {
    /// Name of the device, as in `--device`. Default: the first of this build.
    pub device: String,
    /// Address to listen on. Port 0 lets the system choose. Default: `127.0.0.1:4400`.
    pub bind: SocketAddr,
    /// Token that clients must present, see [`device_token`](crate::device_token). Without one,
    /// only a loopback address is accepted. Default: none.
    pub token: Option<String>,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            device: crate::compiled_in().into_iter().next().unwrap_or_default(),
            bind: SocketAddr::from(([127, 0, 0, 1], 4400)),
            token: None,
        }
    }
}

impl std::fmt::Debug for ServeConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { device, bind, token } = self;
        let token = token.as_ref().map(|_| "...");
        f.debug_struct("ServeConfig")
            .field("device", device)
            .field("bind", bind)
            .field("token", &token)
            .finish()
    }
}

/// What happens to a server of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServeEvent {
    /// The server listens at this address.
    Listening(SocketAddr),
    /// A client has opened a session.
    Session {
        /// Number of the session, from 1.
        number: usize,
        /// Address of the client.
        client: String,
    },
    /// A client has been refused, since it did not present the token.
    Refused {
        /// Address of the client.
        client: String,
    },
}

/// Serves a device to programs that open it as `remote:HOST:PORT`, until an interrupt is requested.
/// `tell` receives the events, from any thread.
///
/// The traffic, the token included, is not encrypted. Burn limits clients by the token alone: a
/// client that has it can use memory and processor time of this machine without a limit.
///
/// # Errors
/// Returns [`RunError::Config`] if the address is not a loopback address and there is no token, and
/// for a remote device; [`RunError::Serve`] if the address cannot be used; and the errors of
/// [`device`](crate::device).
pub fn serve_device(
    config: &ServeConfig,
    tell: impl Fn(ServeEvent) + Send + Sync + 'static,
    interrupt: &Interrupt,
) -> Result<(), RunError> {
    let refused = |problem: String| Err(RunError::config("serve-device", problem));
    if config.token.is_none() && !config.bind.ip().is_loopback() {
        return refused(format!(
            "the address is {} without a token, expected a loopback address such as \
             127.0.0.1:4400, or a token",
            config.bind
        ));
    }
    if Backend::of(&config.device) == Some(Backend::Remote) {
        return refused(format!(
            "the device is {}, expected one of this machine, not of another server",
            config.device
        ));
    }
    let device = open(&config.device)?.device;
    let failed = |source: io::Error| RunError::Serve { address: config.bind, source };
    let listener = TcpListener::bind(config.bind).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let token = config.token.as_deref().map(TokenAuthorizer::new).transpose();
    let token = token.map_err(|error| RunError::config("serve-device", error.to_string()))?;
    tell(ServeEvent::Listening(address));
    let server = RemoteServer::new([device]).with_authorizer(Sessions {
        token,
        count: AtomicUsize::new(0),
        tell: Box::new(tell),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| RunError::Threads { threads: 1, problem: e.to_string() })?;
    let ended = runtime.block_on(async {
        let mut serving = pin!(server.serve_async(WebSocketTransport::from_listener(listener)));
        while !interrupt.requested() {
            if let Ok(ended) = tokio::time::timeout(LOOK, serving.as_mut()).await {
                return ended;
            }
        }
        Ok(())
    });
    // Sessions in progress end with the process.
    runtime.shutdown_background();
    ended.map_err(|error| failed(io::Error::other(error.to_string())))
}

/// Opens the sessions whose client has the token, and reports them.
struct Sessions {
    token: Option<TokenAuthorizer>,
    count: AtomicUsize,
    tell: Box<dyn Fn(ServeEvent) + Send + Sync>,
}

impl PeerAuthorizer for Sessions {
    fn authorize(&self, request: AuthorizationRequest<'_>) -> Result<(), String> {
        let client = match request.client {
            ClientId::WebSocket(address) => address.to_string(),
            other @ ClientId::Iroh(_) => other.to_string(),
        };
        match self.token.as_ref().map_or(Ok(()), |token| token.authorize(request)) {
            Ok(()) => {
                let number = 1 + self.count.fetch_add(1, Ordering::Relaxed);
                (self.tell)(ServeEvent::Session { number, client });
                Ok(())
            }
            Err(problem) => {
                (self.tell)(ServeEvent::Refused { client });
                Err(problem)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_loopback_a_token_is_needed() {
        let serve = |bind: &str, device: &str| {
            let config = ServeConfig {
                bind: bind.parse().unwrap(),
                device: device.to_owned(),
                ..ServeConfig::default()
            };
            let interrupt = Interrupt::new();
            interrupt.request();
            serve_device(&config, |_| (), &interrupt)
        };
        for bind in ["0.0.0.0:0", "[::]:0", "192.0.2.1:4400"] {
            let error = serve(bind, "flex").unwrap_err();
            assert!(error.is_input() && error.to_string().contains("without a token"), "{error}");
        }
        let error = serve("127.0.0.1:0", "remote:127.0.0.1:4400").unwrap_err();
        assert!(error.to_string().contains("expected one of this machine"), "{error}");
        serve("127.0.0.1:0", "flex").unwrap();
    }

    #[test]
    fn a_token_is_not_in_the_debug_output() {
        let config = ServeConfig { token: Some("secret".to_owned()), ..ServeConfig::default() };
        assert!(!format!("{config:?}").contains("secret"));
    }
}
