//! Settings of a fetch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::FetchError;
use crate::source::is_url;

/// Settings of a fetch. The defaults suit interactive use.
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
    /// Whether to use no network. A missing file is then an error that says how to download it by
    /// hand. Default: false.
    pub offline: bool,
    /// The time-out of a connection to one address, including name resolution. Default: 5 s.
    /// Serialised in seconds.
    #[serde(with = "seconds")]
    pub connect_timeout: Duration,
    /// The time-out of a transfer: an address that sends less than 1 KiB within it is abandoned.
    /// Default: 30 s. Serialised in seconds.
    #[serde(with = "seconds")]
    pub stall_timeout: Duration,
    /// The number of attempts at one address, 1 to 100, if a connection stalls or breaks. Default:
    /// 3. An attempt that lengthens the file by 1 MiB or more does not count, up to 1,000 attempts.
    pub tries: u32,
    /// The pause between two attempts. Default: 1 s. Serialised in seconds.
    #[serde(with = "seconds")]
    pub retry_pause: Duration,
    /// The largest number of redirects to follow, 1 to 20. Default: 5.
    pub redirects: u32,
    /// Whether to keep an archive after unpacking it. Default: false.
    pub keep_archive: bool,
    /// URLs of folders to download from instead of the addresses of the source. Each contains the
    /// files under their names. Default: none.
    pub mirrors: Vec<String>,
    /// The URL of the proxy, or `none` for no proxy. Default: the proxy of the environment.
    ///
    /// In the environment, `https_proxy` applies to `https://` addresses, `http_proxy` to `http://`
    /// addresses and `all_proxy` to both, in lower or upper case. `no_proxy` lists hosts and
    /// domains that are reached without a proxy. A proxy is an `http://` or `https://` URL and must
    /// allow CONNECT. The first URL of a download determines the proxy, also for its redirects.
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
    /// Returns [`FetchError::Setting`] if a time-out is not 1 ms to an hour, the pause is above a
    /// minute, `tries` is not 1 to 100, `redirects` is not 1 to 20, or a mirror is not an HTTP URL.
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

/// Serialises durations as seconds.
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
