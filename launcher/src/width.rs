//! The width of the terminal.

use std::fs::File;
use std::process::Command;

/// Number of columns to assume if the terminal's is unknown.
const USUAL: u16 = 80;

/// Returns the number of columns of the terminal according to `stty`, or 80.
pub fn of_terminal() -> u16 {
    let asked = File::open("/dev/tty")
        .and_then(|terminal| Command::new("stty").arg("size").stdin(terminal).output());
    let output = asked.map(|output| output.stdout).unwrap_or_default();
    columns(&String::from_utf8_lossy(&output)).unwrap_or(USUAL)
}

/// Returns the second of two numbers: `stty size` prints rows and columns.
fn columns(size: &str) -> Option<u16> {
    size.split_whitespace().nth(1)?.parse().ok().filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_second() {
        assert_eq!(columns("24 132\n"), Some(132));
        for unknown in ["", "0 0\n", "24\n", "a b\n"] {
            assert_eq!(columns(unknown), None, "{unknown:?}");
        }
    }
}
