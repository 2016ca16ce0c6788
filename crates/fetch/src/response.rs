//! The head of an HTTP response, and what it says about the position of the bytes.

use crate::Problem;

/// The head of an HTTP response.
#[derive(Debug)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The announced length in bytes, if any.
    pub length: Option<u64>,
    /// The header `Content-Range`, if any.
    pub range: Option<String>,
}

impl Head {
    /// Returns the position of the first byte of the body in the file: `from`, the position
    /// requested, or 0. Returns an error if the response cannot be used. `size` is the size of the
    /// file in bytes.
    pub fn first_byte(&self, from: u64, size: u64) -> Result<u64, Problem> {
        let wrong_range = |got: String| Err(Problem::Range { got, from, to: size - 1 });
        match self.status {
            200 => match self.length {
                Some(got) if got != size => Err(Problem::Length { got, expected: size }),
                _ => Ok(0),
            },
            206 => {
                let range = self.range.as_deref().unwrap_or("a partial response without a range");
                if parse_range(range) == Some((from, size - 1, size)) && from > 0 {
                    Ok(from)
                } else {
                    wrong_range(range.to_owned())
                }
            }
            416 => wrong_range("that there is no such range".to_owned()),
            status => Err(Problem::Status(status)),
        }
    }
}

/// First byte, last byte and size in `bytes 5-9/10`.
fn parse_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, size.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_byte(
        status: u16,
        length: Option<u64>,
        range: Option<&str>,
        from: u64,
    ) -> Result<u64, String> {
        Head { status, length, range: range.map(str::to_owned) }
            .first_byte(from, 10)
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn whole_files_and_the_part_asked_for_are_taken() {
        assert_eq!(first_byte(200, Some(10), None, 0), Ok(0));
        assert_eq!(first_byte(200, None, None, 4), Ok(0));
        assert_eq!(first_byte(206, Some(6), Some("bytes 4-9/10"), 4), Ok(4));
    }

    #[test]
    fn everything_else_is_a_problem() {
        let range = |got: &str| Err(format!("the server answered {got}, expected bytes 4 to 9"));
        assert_eq!(first_byte(206, None, Some("bytes 0-9/10"), 4), range("bytes 0-9/10"));
        assert_eq!(first_byte(206, None, Some("bytes 4-8/10"), 4), range("bytes 4-8/10"));
        assert_eq!(first_byte(206, None, Some("bytes 4-10/11"), 4), range("bytes 4-10/11"));
        assert_eq!(first_byte(206, None, None, 4), range("a partial response without a range"));
        assert_eq!(first_byte(416, None, None, 4), range("that there is no such range"));
        assert!(first_byte(206, None, Some("bytes 0-9/10"), 0).is_err());
        assert_eq!(
            first_byte(200, Some(11), None, 0),
            Err("the server announced 11 bytes, expected 10".to_owned())
        );
        assert_eq!(
            first_byte(404, Some(10), None, 0),
            Err("the server answered with status 404".to_owned())
        );
    }
}
