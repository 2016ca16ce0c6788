//! Draws the same numbers on one thread and on eight: `cargo run -p zunder-random --example
//! threads`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::thread;

use zunder_random::Key;

/// Row `y` of a noise image; its stream is named by `y` alone.
fn row(key: Key, y: u64) -> String {
    let mut rng = key.at(y).rng();
    (0..60).map(|_| [' ', '.', 'o', 'O'][rng.below(4)]).collect()
}

fn main() {
    let key = Key::new(42).named("picture");
    let alone: Vec<String> = (0..8).map(|y| row(key, y)).collect();
    let together: Vec<String> = thread::scope(|scope| {
        let rows: Vec<_> = (0..8).map(|y| scope.spawn(move || row(key, y))).collect();
        rows.into_iter().filter_map(|row| row.join().ok()).collect()
    });
    println!("{}", together.join("\n"));
    println!("the same on one thread: {}", alone == together);
}
