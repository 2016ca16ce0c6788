//! `cargo bench -p zunder --bench step`: the step benchmark with the allocator of the binary.

mod measure;

#[path = "../../../../xtask/src/allocator.rs"]
mod allocator;

fn main() -> Result<(), zunder::RunError> {
    allocator::keep_memory();
    measure::main()
}
