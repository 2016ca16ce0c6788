//! Checks time and memory of the run.

use super::check::Check;

/// The estimated cost of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Seconds of training, validation and test without early stopping; `None` if nothing was
    /// measured.
    pub seconds: Option<f64>,
    /// Estimated memory in bytes.
    pub memory: u64,
    /// Available memory in bytes, if the system reports it.
    pub available: Option<u64>,
}

impl Cost {
    pub(super) fn check(&self) -> Check {
        let mb = |bytes: u64| bytes / 1_000_000;
        let time = self.seconds.map_or_else(
            || "time unknown".to_owned(),
            |seconds| format!("about {}", duration(seconds)),
        );
        let free = self
            .available
            .map_or_else(String::new, |bytes| format!(" of {} that are free", mb(bytes)));
        let check = Check::good("cost", format!("{time}, {} MB of memory{free}", mb(self.memory)));
        match self.available {
            Some(available) if self.memory > available => check.fault(
                "the memory does not suffice: --storage mapped, a smaller --batch-size \
                    or a smaller model",
            ),
            Some(available) if self.memory > available / 5 * 4 => {
                check.warn("it takes most of the memory: close other programs, or --storage mapped")
            }
            _ => check,
        }
    }
}

/// Returns the memory that is available to a new program, from Linux's table.
pub(super) fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Formats a duration in a suitable unit.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;

    #[test]
    fn too_little_memory_is_told() {
        let cost = |memory, available| Cost { seconds: Some(300.0), memory, available }.check();
        let good = cost(1 << 30, Some(1 << 34));
        assert!(
            good.verdict == Verdict::Good
                && good.value == "about 5 min, 1073 MB of memory of 17179 that are free",
            "{good:?}"
        );
        assert_eq!(
            [cost(1 << 34, Some(1 << 30)).verdict, cost(9 << 30, Some(10 << 30)).verdict],
            [Verdict::Fault, Verdict::Warning]
        );
        assert_eq!(
            Cost { seconds: None, memory: 1, available: None }.check().verdict,
            Verdict::Good
        );
        assert_eq!([30.0, 600.0, 9000.0].map(duration), ["30 s", "10 min", "2.5 h"]);
    }
}
