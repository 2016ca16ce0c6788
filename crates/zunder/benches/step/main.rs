//! `cargo bench -p zunder --bench step`: with the binary's allocator, set as there.

mod measure;

#[path = "../../../../xtask/src/allocator.rs"]
mod allocator;

fn main() -> Result<(), zunder::RunError> {
    allocator::keep_memory();
    measure::main()
}
