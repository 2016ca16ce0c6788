//! The settings `device` and `devices` of a layer.

use toml::{Table, Value};

/// Makes `devices` the list of several devices whose first one is `device`. Names may be separated
/// by commas.
pub(super) fn choose(layer: &mut Table) {
    if let Some(names) = layer.get("devices").and_then(Value::as_str) {
        let names = names.split(',').map(|name| Value::String(name.trim().to_owned())).collect();
        layer.insert("devices".to_owned(), Value::Array(names));
    }
    let names = layer.get("devices").and_then(Value::as_array);
    let (first, count) = names.map_or((None, 0), |names| (names.first().cloned(), names.len()));
    if let Some(first) = first.filter(|first| first.is_str() && !layer.contains_key("device")) {
        layer.insert("device".to_owned(), first);
    }
    let alone = layer.get("devices").and_then(Value::as_array).and_then(|names| names.first());
    // What is wrong with them is said later.
    if count == 0 && layer.contains_key("device") || count == 1 && layer.get("device") == alone {
        layer.entry("devices").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(Value::Array(names)) = layer.get_mut("devices") {
            names.clear();
        }
    }
}
