//! How to fetch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::FetchError;
use crate::source::is_url;

/// How to fetch. The defaults suit a user at a terminal.
///
/// ```
/// use std::time::Duration;
/// use zunder_fetch::FetchConfig;
///
/// let config = FetchConfig { connect_timeout: Duration::from_secs(2), ..Default::default() };
/// config.validate()?;
/// # Ok::<(), zunder_fetch::FetchError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchConfig {
    /// Use no network: what is not there is an error that says how to get it by hand. Default:
    /// false.
    pub offline: bool,
    /// How long to wait for a connection to one place, name look-up included. Default: 5 s; written
    /// in seconds.
    #[serde(with = "seconds")]
    pub connect_timeout: Duration,
    /// How long a place may bring less than 1 KiB before it is given up. Default: 30 s; written in
    /// seconds.
    #[serde(with = "seconds")]
    pub stall_timeout: Duration,
    /// Tries at one place, 1 to 100, where a connection stalls or breaks off. Default: 3. A try
    /// after which the file is longer by 1 MiB than before does not count, up to 1,000 tries.
    pub tries: u32,
    /// The pause before another try. Default: 1 s; written in seconds.
    #[serde(with = "seconds")]
    pub retry_pause: Duration,
    /// Redirects to follow, 1 to 20. Default: 5.
    pub redirects: u32,
    /// Keep an archive after it was unpacked. Default: false.
    pub keep_archive: bool,
    /// URLs of folders to download from instead of the places of the source; each file lies there
    /// under its name. Default: none.
    pub mirrors: Vec<String>,
    /// The proxy as a URL, `none` for no proxy, or nothing for what the environment says. Default:
    /// nothing.
    ///
    /// The environment: `https_proxy` for `https://` places, `http_proxy` for `http://` places,
    /// `all_proxy` for both, in small or capital letters; `no_proxy` lists hosts and domains to
    /// reach without. A proxy is an `http://` or `https://` URL and must allow CONNECT. The first
    /// URL decides; its redirects go the same way.
    pub proxy: Option<String>,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            offline: false,
            connect_timeout: Duration::from_secs(5),
            stall_timeout: Duration::from_secs(30),
            tries: 3,
            retry_pause: Duration::from_secs(1),
            redirects: 5,
            keep_archive: false,
            mirrors: Vec::new(),
            proxy: None,
        }
    }
}

impl FetchConfig {
    /// Checks each setting against its range.
    ///
    /// # Errors
    ///
    /// If a time-out is not 1 ms to an hour, the pause is above a minute, `tries` is not 1 to 100,
    /// `redirects` not 1 to 20, or a mirror no HTTP URL.
    pub fn validate(&self) -> Result<(), FetchError> {
        let setting =
            |name, got: String, expected| Err(FetchError::Setting { name, got, expected });
        for (name, time) in
            [("connect_timeout", self.connect_timeout), ("stall_timeout", self.stall_timeout)]
        {
            if time < Duration::from_millis(1) || time > Duration::from_hours(1) {
                return setting(name, format!("{time:?}"), "0.001 to 3600 s");
            }
        }
        if self.retry_pause > Duration::from_mins(1) {
            return setting("retry_pause", format!("{:?}", self.retry_pause), "0 to 60 s");
        }
        if !(1..=100).contains(&self.tries) {
            return setting("tries", self.tries.to_string(), "1 to 100");
        }
        if !(1..=20).contains(&self.redirects) {
            return setting("redirects", self.redirects.to_string(), "1 to 20");
        }
        match self.mirrors.iter().find(|url| !is_url(url)) {
            Some(url) => setting("mirrors", format!("{url:?}"), "URLs with https:// or http://"),
            None => Ok(()),
        }
    }
}

/// Durations as seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.as_secs_f64())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_written_in_seconds_and_read_back() {
        let text = serde_json::to_string(&FetchConfig::default()).unwrap();
        assert!(text.contains("\"stall_timeout\":30.0"), "{text}");
        assert_eq!(serde_json::from_str::<FetchConfig>(&text).unwrap(), FetchConfig::default());
        let short: FetchConfig = serde_json::from_str(r#"{"connect_timeout": 0.25}"#).unwrap();
        assert_eq!(short.connect_timeout, Duration::from_millis(250));
        for wrong in
            [r#"{"connect_timeout": -1}"#, r#"{"connect_timeout": 1e300}"#, r#"{"timeout": 1}"#]
        {
            assert!(serde_json::from_str::<FetchConfig>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_are_checked() {
        let refused = |change: fn(&mut FetchConfig)| {
            let mut config = FetchConfig::default();
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        FetchConfig::default().validate().unwrap();
        assert_eq!(refused(|c| c.tries = 0), "tries is 0, expected 1 to 100");
        assert_eq!(refused(|c| c.redirects = 99), "redirects is 99, expected 1 to 20");
        assert_eq!(
            refused(|c| c.stall_timeout = Duration::ZERO),
            "stall_timeout is 0ns, expected 0.001 to 3600 s"
        );
        assert_eq!(
            refused(|c| c.retry_pause = Duration::MAX).split(',').next_back(),
            Some(" expected 0 to 60 s")
        );
        assert_eq!(
            refused(|c| c.mirrors = vec!["ftp://x".into()]),
            "mirrors is \"ftp://x\", expected URLs with https:// or http://"
        );
    }
}
