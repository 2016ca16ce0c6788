//! Loads a data set from its files, and prints its content and the time: `cargo run --release -p
//! zunder-data --example load -- fashion-mnist DIR`.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::path::Path;
use std::time::Instant;

use zunder_data::cifar100::Labels;
use zunder_data::idx::{FASHION_MNIST, KMNIST, MNIST};
use zunder_data::{DataError, Dataset, Images, Standardisation, cifar10, cifar100, idx};

fn load(name: &str, dir: &Path) -> Option<Result<Dataset, DataError>> {
    Some(match name {
        "cifar10" => cifar10::load(dir),
        "cifar100" => cifar100::load(dir, Labels::Fine),
        "cifar100-coarse" => cifar100::load(dir, Labels::Coarse),
        _ => idx::load(
            dir,
            [MNIST, FASHION_MNIST, KMNIST].iter().find(|family| family.name == name)?,
        ),
    })
}

fn describe(name: &str, images: &Images) -> Result<(), DataError> {
    let all: Vec<u32> = (0..images.len() as u32).collect();
    let Standardisation { mean, std } = Standardisation::fit(images, &all)?;
    let mut counts = vec![0; images.n_classes()];
    images.labels().iter().for_each(|&label| counts[label as usize] += 1);
    println!(
        "{name}: {} images of {}, mean {mean:.4?}, std {std:.4?}, images of each class {counts:?}",
        images.len(),
        images.shape()
    );
    Ok(())
}

fn main() -> Result<(), DataError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let start = Instant::now();
    let loaded =
        if let [name, dir] = arguments.as_slice() { load(name, dir.as_ref()) } else { None };
    let Some(data) = loaded.transpose()? else {
        println!("usage: load cifar10|cifar100|cifar100-coarse|mnist|fashion-mnist|kmnist DIR");
        return Ok(());
    };
    println!(
        "{} in {:.0} ms: {}",
        data.name,
        start.elapsed().as_secs_f64() * 1e3,
        data.classes.join(", ")
    );
    describe("training", &data.train)?;
    describe("test", &data.test)?;
    println!("{}", data.hash());
    Ok(())
}
