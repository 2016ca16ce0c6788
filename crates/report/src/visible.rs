//! Escapes characters that a terminal interprets or hides.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// Writes each character that a terminal interprets or hides as an escape of a Rust string.
///
/// These are control characters (including line breaks and tabs), marks that change the direction
/// of writing, characters without width, and separators of lines and paragraphs. Names of files and
/// classes are not under the program's control; printed raw, they could clear the screen or forge a
/// line.
///
/// ```
/// use zunder_report::text::visible;
/// assert_eq!(visible("cat\n\x1b[2J\u{202e}"), "cat\\n\\u{1b}[2J\\u{202e}");
/// assert_eq!(visible("Größe 猫"), "Größe 猫");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// [`visible`] for text of several lines: line breaks are kept.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_hidden(c))
}

/// [`visible`] for a path: bytes that are not UTF-8 become `\xff`.
///
/// ```
/// use std::path::Path;
/// assert_eq!(zunder_report::text::visible_path(Path::new("a\rb.png")), "a\\rb.png");
/// ```
pub fn visible_path(path: &Path) -> String {
    let mut shown = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        shown.push_str(&visible(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// Returns JSON with the same value and without characters that a terminal interprets or hides.
///
/// In JSON, such a character other than a line break can only be in a string, where `\u202e` stands
/// for it.
///
/// ```
/// assert_eq!(zunder_report::text::visible_json("[\"\u{9b}1m\"]"), "[\"\\u009b1m\"]");
/// ```
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| c != '\n' && is_hidden(c);
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn escaped(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !hidden(c) => shown.push(c),
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            _ => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(shown)
}

/// Returns whether a terminal interprets a character, changes the direction of the line by it, or
/// shows nothing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any characters, with those that terminals interpret more frequent.
        #[test]
        fn nothing_hidden_is_left(name in "(\\PC|\\p{Cc}|\\p{Cf}|[\u{202e}\u{9b}\\x1b\\n\\r])*") {
            let shown = visible(&name);
            prop_assert!(!shown.contains(is_hidden), "{shown:?}");
            prop_assert_eq!(visible(&shown), shown.clone(), "escaping twice changes nothing");
            prop_assert_eq!(visible_lines(&name).matches('\n').count(), name.matches('\n').count());
            prop_assert!(!visible_path(Path::new(&name)).contains(is_hidden));
        }

        #[test]
        fn plain_text_stays(name in "[ -~äöü猫犬é]*") {
            prop_assert_eq!(visible(&name), name.as_str());
        }
    }

    #[test]
    fn invisible_and_direction_marks_are_escaped() {
        for mark in [
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0041}',
            '\u{7f}',
            '\u{85}',
        ] {
            let shown = visible_lines(&format!("a{mark}b")).into_owned();
            assert_eq!(shown, format!("a\\u{{{:x}}}b", u32::from(mark)));
        }
        assert_eq!(visible_json("\"\u{e0041}\""), "\"\\udb40\\udc41\"");
    }

    #[cfg(unix)]
    #[test]
    fn invalid_utf_8_is_escaped() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a/\xffb\x1b.png"));
        assert_eq!(visible_path(path), "a/\\xffb\\u{1b}.png");
    }
}
