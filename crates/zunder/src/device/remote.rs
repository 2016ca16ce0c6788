//! Devices of servers, each with a connection of its own.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use burn::remote::{ConnectError, RemoteHost};
use burn::tensor::Device;

use super::attempt::{attempt, compute};
use super::{Adapter, AdapterKind, DeviceEntry, Opened};
use crate::RunError;
use crate::remote::{Link, RemoteName, attach, device_token, patience};

/// The time in which a server must answer after it has accepted the connection.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A device that this process has opened.
struct Entry {
    opened: Opened,
    link: Arc<Link>,
    /// Number of devices of the server.
    count: usize,
}

/// The devices whose connection is alive. The lock prevents two threads from opening one device.
static OPENED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// Opens the device with a name such as `remote:HOST:PORT:INDEX`, or returns it if it is open and
/// its connection is alive.
pub(super) fn open(text: &str) -> Result<Opened, RunError> {
    open_counted(&RemoteName::parse(text)?).map(|(opened, _)| opened)
}

fn open_counted(name: &RemoteName) -> Result<(Opened, usize), RunError> {
    let mut all = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|entry| entry.link.lost().is_none());
    let known = all.iter().position(|entry| entry.link.name == *name);
    let place = known.map_or_else(
        || {
            patience()?;
            all.push(connect(name, device_token(None)?)?);
            Ok::<_, RunError>(all.len() - 1)
        },
        Ok,
    )?;
    let Entry { opened, link, count } = &all[place];
    attach(link)?;
    Ok((opened.clone(), *count))
}

/// Makes the work of this thread depend on the connection of a device, if it is remote.
pub(crate) fn use_device(device: &Device) -> Result<(), RunError> {
    let all = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let inner = device.clone().inner();
    all.iter()
        .find(|entry| entry.opened.device == inner)
        .map_or(Ok(()), |entry| attach(&entry.link))
}

/// Connects to a server, and computes a sum on its device.
fn connect(name: &RemoteName, token: Option<String>) -> Result<Entry, RunError> {
    let unreachable = |problem| RunError::DeviceUnreachable { device: name.to_string(), problem };
    let link = Link::open(name.clone()).map_err(unreachable)?;
    let url = link.url().map_err(unreachable)?;
    let (done, timer) = mpsc::channel::<()>();
    let late = Arc::clone(&link);
    let limit = move || {
        let is_late = timer.recv_timeout(HANDSHAKE) == Err(mpsc::RecvTimeoutError::Timeout);
        if is_late {
            late.cut("");
        }
        is_late
    };
    let limit = thread::Builder::new().name("connect".to_owned()).spawn(limit);
    let limit = limit.map_err(|e| RunError::Threads { threads: 1, problem: e.to_string() })?;
    let has_token = token.is_some();
    let connected = attempt(|| {
        let host = RemoteHost::websocket(&url);
        let host = token.into_iter().fold(host, RemoteHost::with_credential);
        let options = Device::remote_options(&host).device_index(usize::from(name.index));
        let device = options.init().map_err(|error| reason(&error, has_token))?;
        compute(&device)?;
        let began = Instant::now();
        compute(&device)?;
        let answer = began.elapsed();
        let count = host.devices().map_err(|error| reason(&error, has_token))?.len();
        Ok((device, answer, count))
    });
    drop(done);
    let is_late = limit.join().unwrap_or(false);
    let (device, answer, count) = connected.map_err(|problem| {
        link.cut("it was not used");
        let seconds = HANDSHAKE.as_secs();
        let late = || format!("it accepts connections, but did not answer in {seconds} s");
        unreachable(if is_late { late() } else { problem })
    })?;
    let adapter = Adapter {
        name: format!("device {} of {count} at {}", name.index, name.address()),
        kind: AdapterKind::Remote,
        driver: Some(format!("answers in {:.1} ms", 1e3 * answer.as_secs_f64())),
    };
    Ok(Entry { opened: Opened { device, adapter }, link, count })
}

/// Returns the reason of an error of Burn.
fn reason(error: &ConnectError, has_token: bool) -> String {
    match error {
        ConnectError::Unauthorized if has_token => {
            "the server does not accept the token".to_owned()
        }
        ConnectError::Unauthorized => "the server asks for a token".to_owned(),
        ConnectError::NoSuchDevice { device_count } => {
            format!("the server has {device_count} device(s), counted from 0")
        }
        ConnectError::IncompatibleProtocol { client_version, server_version } => format!(
            "the server has version {server_version} of Burn's protocol, expected {client_version}"
        ),
        ConnectError::Unreachable { reason } | ConnectError::Handshake { reason } => {
            format!("what listens there is no server of devices, or it ended ({reason})")
        }
        error => error.to_string(),
    }
}

/// Returns the devices of the server at `HOST:PORT`, an IPv6 address in brackets. Connects to each.
///
/// # Errors
/// Returns [`RunError::DeviceName`] if the address is malformed, [`RunError::DeviceUnreachable`] if
/// the first device cannot be opened, and the errors of the token in the environment.
pub fn remote_devices(address: &str) -> Result<Vec<DeviceEntry>, RunError> {
    let first = RemoteName::parse(&format!("remote:{address}"))?;
    let (opened, count) = open_counted(&first)?;
    let others = (1..count).filter_map(|index| u8::try_from(index).ok()).map(|index| {
        let name = RemoteName { index, ..first.clone() };
        match open_counted(&name) {
            Ok((opened, _)) => DeviceEntry::usable(name.to_string(), opened.adapter),
            Err(error) => DeviceEntry::unusable(name.to_string(), error.to_string()),
        }
    });
    Ok([DeviceEntry::usable(first.to_string(), opened.adapter)].into_iter().chain(others).collect())
}
