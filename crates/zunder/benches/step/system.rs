//! `cargo bench -p zunder --bench step_system`: with the system's allocator, as a program has it
//! that chooses none.

mod measure;

fn main() -> Result<(), zunder::RunError> {
    measure::main()
}
