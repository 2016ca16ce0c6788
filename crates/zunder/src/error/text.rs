//! Parts of error messages.

use std::path::Path;

use super::Change;

/// Describes how a range test without a suggestion ended.
pub(super) fn how(reached: Option<f64>, exploded: bool) -> String {
    match (reached, exploded) {
        (None, _) => ": it was not finite at the first one".to_owned(),
        (Some(rate), true) => format!(": it exploded at {rate:.1e}"),
        _ => String::new(),
    }
}

/// Describes what a run keeps when it ends.
pub(super) fn kept(is_run: bool, epochs: usize) -> String {
    match epochs {
        _ if !is_run => String::new(),
        0 => "; no epoch was finished".to_owned(),
        1 => "; epoch 1 is kept".to_owned(),
        epochs => format!("; epochs 1 to {epochs} are kept"),
    }
}

/// Returns the last component of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Formats changes as a sentence; lists only the first ones.
pub(super) fn told(changes: &[Change], sentence: impl Fn(&Change) -> String) -> String {
    /// Limit on the listed changes, so that the first stays visible.
    const MOST: usize = 3;
    let first: Vec<String> = changes.iter().take(MOST).map(sentence).collect();
    match changes.len().saturating_sub(MOST) {
        0 => first.join("; "),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}

/// Formats at most five names.
pub(super) fn first(names: &[String]) -> String {
    let shown = names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 5 { format!("{shown}, ...") } else { shown }
}
