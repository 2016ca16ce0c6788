//! Whether Rust source code defines a name.

/// The keywords before the name of a definition.
const KEYWORDS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];

/// Returns whether the source defines an item at its top level, such as `evaluate`, or a method,
/// field or variant of a type, such as `Loss::Hinge`.
pub fn defines(source: &str, item: &str) -> bool {
    match item.split_once("::") {
        None => source.lines().any(|line| defined_name(line) == Some(item)),
        Some((owner, member)) => defines_member(source, owner, member),
    }
}

/// Returns whether the source has a test function with this name.
pub fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let heads = |line: &&&str| line.starts_with("#[") || line.starts_with("//");
    (0..lines.len()).any(|i| {
        let before = || lines[..i].iter().rev().take_while(heads);
        lines[i].starts_with("fn ")
            && defined_name(lines[i]) == Some(name)
            && before().any(|line| *line == "#[test]")
    })
}

/// Returns the name that a line defines, if it begins an item.
fn defined_name(line: &str) -> Option<&str> {
    let mut words = line
        .split(' ')
        .filter(|word| !word.starts_with("pub"))
        .skip_while(|word| *word == "unsafe")
        .peekable();
    KEYWORDS.contains(words.peek()?).then_some(())?;
    let name = words.find(|word| !KEYWORDS.contains(word))?;
    name.split(|c| !is_part_of_name(c)).next()
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Searches the block of the type, for fields and variants, and its implementations.
fn defines_member(source: &str, owner: &str, member: &str) -> bool {
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let declares = defined_name(line) == Some(owner);
        let implements = line.starts_with("impl")
            && line.split(|c| !is_part_of_name(c)).any(|word| word == owner);
        if !(line.ends_with('{') && (declares || implements)) {
            continue;
        }
        // A block ends with a brace at depth 0; its members are one level deeper.
        let block = lines
            .by_ref()
            .take_while(|line| *line != "}")
            .filter_map(|line| line.strip_prefix("    "));
        for line in block.filter(|line| !line.starts_with(' ')) {
            if defined_name(line) == Some(member) || declares && is_field_or_variant(line, member) {
                return true;
            }
        }
    }
    false
}

fn is_field_or_variant(line: &str, name: &str) -> bool {
    let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
    line.strip_prefix(name)
        .is_some_and(|rest| [":", ",", "(", " {", " ="].iter().any(|mark| rest.starts_with(mark)))
}

#[test]
fn definitions_are_told_from_uses() {
    let source = "\
/// Loss::Gone and fn gone are only spoken of.
pub enum Loss {
    /// A doc.
    Hinge {
        inner: f64,
    },
    Plain(u8),
    Last,
}

impl<T> Loss {
    pub const fn forward(&self) -> f64 {
        let other = Self { field: 1.0 };
        call(gone)
    }
}

impl Display for Other {
    fn fmt(&self) {}
}

pub(crate) struct Config {
    pub rate: f64,
    hidden: u8,
}

pub const fn free<const N: usize>() {}
const LIMIT: f64 = 1.0;
";
    for item in [
        "Loss",
        "Loss::Hinge",
        "Loss::Plain",
        "Loss::Last",
        "Loss::forward",
        "Config::rate",
        "Config::hidden",
        "free",
        "LIMIT",
        "Other::fmt",
    ] {
        assert!(defines(source, item), "{item}");
    }
    for item in [
        "Loss::Gone",
        "gone",
        "Loss::inner",
        "Loss::field",
        "Loss::rate",
        "Config::forward",
        "call",
        "forward",
        "fre",
        "N",
        "Other",
        "Loss::fmt",
    ] {
        assert!(!defines(source, item), "{item}");
    }
}

#[test]
fn tests_are_told_from_functions() {
    let source = "\
fn helper() {}

/// Of the first.
#[test]
fn first() {
    helper();
}

proptest! {
    #[test]
    /// Doc.
    fn second(x in 0..1) {}
}
fn third() {}
";
    assert!(is_test(source, "first") && is_test(source, "second"));
    assert!(["helper", "third", "fourth", "fir"].iter().all(|name| !is_test(source, name)));
}
