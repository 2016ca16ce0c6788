//! Draws shapes, augments one of them several times, and prints the results: `cargo run -p
//! zunder-data --example augment`.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use zunder_data::shapes::ShapesConfig;
use zunder_data::{AugmentConfig, DataError, Rotation, Standardisation};
use zunder_random::Key;

fn main() -> Result<(), DataError> {
    let data = ShapesConfig { train: 1000, test: 100, seed: 1 }.generate()?;
    let all: Vec<u32> = (0..data.train.len() as u32).collect();
    let standardisation = Standardisation::fit(&data.train, &all)?;
    println!(
        "{} images of {}, mean {:.3?}, std {:.3?}",
        data.train.len(),
        data.train.shape(),
        standardisation.mean,
        standardisation.std
    );

    let augment = AugmentConfig {
        rotation: Some(Rotation { degrees: 20.0, probability: 1.0 }),
        ..AugmentConfig::light()
    };
    println!("steps: {}", augment.steps().join(", "));
    let pipeline = augment.init(data.train.shape(), &standardisation)?;
    let mut out = vec![0.0; pipeline.shape().len()];
    for epoch in 0..4 {
        pipeline.apply(data.train.image(0), Key::new(1).named("augment").at(epoch).at(0), &mut out);
        let mean = out.iter().sum::<f32>() / out.len() as f32;
        let (low, high) =
            out.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
        println!(
            "epoch {epoch}: a {} with mean {mean:.3}, from {low:.3} to {high:.3}",
            data.classes[data.train.label(0) as usize]
        );
    }
    Ok(())
}
