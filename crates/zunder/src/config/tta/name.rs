//! Names of test-time augmentation in configurations and files.

use std::fmt;
use std::str::FromStr;

use crate::TestTimeAugmentation;

/// Largest shift in pixels. It has 578 views.
const MOST: u8 = 8;
const NO_MIRROR: &str = "-no-mirror";

impl fmt::Display for TestTimeAugmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, pixels, mirror) = match *self {
            Self::None => return f.write_str("none"),
            Self::Mirror => return f.write_str("mirror"),
            Self::Shifts { pixels, mirror } => ("shifts", pixels, mirror),
            Self::Cross { pixels, mirror } => ("cross", pixels, mirror),
        };
        write!(f, "{name}-{pixels}{}", if mirror { "" } else { NO_MIRROR })
    }
}

impl FromStr for TestTimeAugmentation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => return Ok(Self::None),
            "mirror" => return Ok(Self::Mirror),
            _ => {}
        }
        let (shifted, mirror) =
            text.strip_suffix(NO_MIRROR).map_or((text, true), |shifted| (shifted, false));
        let (name, pixels) = match shifted.split_once('-') {
            Some((name, pixels)) => (name, pixels.parse().ok()),
            None => (shifted, Some(if shifted == "cross" { 1 } else { 2 })),
        };
        match (name, pixels.filter(|pixels| (1..=MOST).contains(pixels))) {
            ("shifts", Some(pixels)) => Ok(Self::Shifts { pixels, mirror }),
            ("cross", Some(pixels)) => Ok(Self::Cross { pixels, mirror }),
            _ => Err(format!(
                "unknown test-time augmentation `{text}`, expected none, mirror, shifts-K or \
                 cross-K with K of 1 to {MOST}, or one of the last two with {NO_MIRROR} behind it"
            )),
        }
    }
}

impl TryFrom<String> for TestTimeAugmentation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TestTimeAugmentation> for String {
    fn from(tta: TestTimeAugmentation) -> Self {
        tta.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let both = |mirror| {
            [1, 8].into_iter().flat_map(move |pixels| {
                [
                    TestTimeAugmentation::Shifts { pixels, mirror },
                    TestTimeAugmentation::Cross { pixels, mirror },
                ]
            })
        };
        let plain = [TestTimeAugmentation::None, TestTimeAugmentation::Mirror];
        for tta in plain.into_iter().chain(both(true)).chain(both(false)) {
            assert_eq!(tta.to_string().parse(), Ok(tta));
        }
        for (short, long) in [
            ("shifts", "shifts-2"),
            ("cross", "cross-1"),
            ("shifts-no-mirror", "shifts-2-no-mirror"),
            ("cross-no-mirror", "cross-1-no-mirror"),
        ] {
            assert_eq!(short.parse::<TestTimeAugmentation>().unwrap().to_string(), long);
        }
    }

    #[test]
    fn another_name_is_refused() {
        for text in ["", "Mirror", "shifts-0", "shifts-9", "cross-", "mirror-no-mirror", "shift-2"]
        {
            let error = text.parse::<TestTimeAugmentation>().unwrap_err();
            assert!(error.contains(&format!("`{text}`, expected none, mirror,")), "{error}");
        }
    }
}
