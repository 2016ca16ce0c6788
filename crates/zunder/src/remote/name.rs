//! Parses the names of remote devices.

use std::fmt;

use crate::RunError;

/// A device of a server: `remote:HOST:PORT`, or `remote:HOST:PORT:INDEX` for one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteName {
    /// Name or address of the machine, without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// Device of the server, counted from 0.
    pub index: u8,
}

impl RemoteName {
    /// Parses a name such as `remote:gpu.local:4400`, `remote:10.0.0.7:4400:1` or
    /// `remote:[fd00::7]:4400`.
    pub(crate) fn parse(text: &str) -> Result<Self, RunError> {
        let name = text.strip_prefix("remote:").and_then(|rest| {
            let (host, rest) = match rest.strip_prefix('[') {
                Some(rest) => rest.split_once("]:")?,
                None => rest.split_once(':')?,
            };
            let (port, index) = rest.split_once(':').unwrap_or((rest, "0"));
            let name = Self { host: host.to_owned(), port: number(port)?, index: number(index)? };
            let is_address = host.parse::<std::net::Ipv6Addr>().is_ok();
            let is_name = !host.is_empty()
                && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
            let fits = if text.contains('[') { is_address } else { is_name };
            (fits && name.port > 0).then_some(name)
        });
        name.ok_or_else(|| RunError::DeviceName {
            got: text.to_owned(),
            expected: "remote:HOST:PORT or remote:HOST:PORT:INDEX, with an IPv6 address in \
                       brackets"
                .to_owned(),
        })
    }

    /// Returns `HOST:PORT`.
    pub(crate) fn address(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// Parses decimal digits; the result must fit.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "remote:{}", self.address())?;
        if self.index > 0 { write!(f, ":{}", self.index) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_host_a_port_and_an_index() {
        for (text, host, port, index) in [
            ("remote:gpu.local:4400", "gpu.local", 4400, 0),
            ("remote:10.0.0.7:1:3", "10.0.0.7", 1, 3),
            ("remote:[fd00::7]:4400", "fd00::7", 4400, 0),
            ("remote:[::1]:65535:255", "::1", 65535, 255),
        ] {
            let name = RemoteName::parse(text).unwrap();
            assert_eq!((name.host.as_str(), name.port, name.index), (host, port, index));
            assert_eq!(name.to_string(), text);
        }
        let first = RemoteName::parse("remote:a:1:0").unwrap();
        assert_eq!(first.to_string(), "remote:a:1");
    }

    #[test]
    fn other_names_are_refused() {
        for text in [
            "remote",
            "remote:",
            "remote:host",
            "remote::4400",
            "remote:host:",
            "remote:host:0",
            "remote:host:65536",
            "remote:host:+1",
            "remote:host:1:",
            "remote:host:1:256",
            "remote:host:1:0:0",
            "remote:::1:4400",
            "remote:[::1]4400",
            "remote:[host]:4400",
            "remote:a/b:4400",
            "remote:a@b:4400",
            "remote:ws://host:4400",
        ] {
            let error = RemoteName::parse(text).unwrap_err();
            assert!(matches!(error, RunError::DeviceName { .. }), "{text}");
        }
    }
}
