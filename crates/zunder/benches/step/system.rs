//! `cargo bench -p zunder --bench step_system`: the step benchmark with the allocator of the
//! system, which programs use by default.

mod measure;

fn main() -> Result<(), zunder::RunError> {
    measure::main()
}
