//! Reads a configuration: a TOML file, and one setting per line that overrides it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder::{RunConfig, parse_setting};
use zunder_fuzz::{pieces, write};

fuzz_target!(|bytes: &[u8]| {
    let [file, settings] = pieces(bytes);
    let path = write("config.toml", file);
    let settings = String::from_utf8_lossy(settings);
    let settings: Vec<_> = settings.lines().filter_map(|line| parse_setting(line).ok()).collect();
    let Ok(config) = RunConfig::from_layers(Some(&path), &settings) else { return };
    // A valid configuration can be written and read again.
    let text = config.to_toml().expect("a configuration that was read can be written");
    let again = RunConfig::from_layers(Some(&write("again.toml", text.as_bytes())), &[])
        .expect("and read again");
    assert_eq!(again.to_toml().expect("as before"), text);
});
