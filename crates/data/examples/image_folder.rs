//! Loads a folder of images and prints the report:
//!
//! ```text
//! cargo run --release -p zunder-data --features image-folder --example image_folder -- \
//!     DIR [SIZE [CACHE]]
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::env;
use std::error::Error;
use std::ops::ControlFlow;
use std::time::Instant;

use zunder_data::image_folder::ImageFolderConfig;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let dir = args.next().ok_or("expected the folder")?;
    let image_size = args.next().map(|size| size.parse()).transpose()?;
    let config = ImageFolderConfig {
        image_size,
        cache: args.next().map(Into::into),
        ..ImageFolderConfig::new(dir)
    };
    let start = Instant::now();
    let folder = config.load(&|_stage, _done, _total| ControlFlow::Continue(()))?;
    let seconds = start.elapsed().as_secs_f64();
    let data = &folder.dataset;
    let (train, test) = (data.train.len(), data.test.len());
    println!(
        "{}: {train} training and {test} test images of {} in {} classes",
        data.name,
        data.train.shape(),
        data.classes.len()
    );
    println!("{seconds:.3} s, {:.0} images/s", (train + test) as f64 / seconds);
    println!("{:#?}", folder.report);
    Ok(())
}
