//! Committed pictures are those that the code draws: the figures of `docs/lecture.md` and
//! `docs/vorlesung.md`, and the measurements of `docs/guide/accuracy.md`. With
//! `ZUNDER_WRITE_FIGURES=1` the tests write the pictures instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use zunder::report::{Plot, Scale, Series, plot};
use zunder_experiments::{Language, lecture_figures};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn write() -> bool {
    env::var_os("ZUNDER_WRITE_FIGURES").is_some()
}

#[test]
fn committed_pictures_are_those_that_are_drawn() {
    for (language, name) in Language::ALL {
        let folder = docs().join("figures").join(name);
        let drawn: BTreeMap<String, String> = lecture_figures(language)
            .into_iter()
            .map(|(file, svg)| (file.to_owned(), svg))
            .collect();
        if write() {
            fs::create_dir_all(&folder).unwrap();
            for (file, svg) in &drawn {
                fs::write(folder.join(file), svg).unwrap();
            }
        }
        let committed: BTreeMap<String, String> = fs::read_dir(&folder)
            .unwrap()
            .map(Result::unwrap)
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        assert_eq!(
            committed.keys().collect::<Vec<_>>(),
            drawn.keys().collect::<Vec<_>>(),
            "files of docs/figures/{name}"
        );
        let changed: Vec<&String> = drawn
            .iter()
            .filter(|(file, svg)| committed[*file] != **svg)
            .map(|pair| pair.0)
            .collect();
        assert!(
            changed.is_empty(),
            "docs/figures/{name}: {changed:?} differ from what is drawn. Set \
             ZUNDER_WRITE_FIGURES=1 to write them, and look at each."
        );
    }
}

/// Reads a table of series, x and y, one point in a row, into the series in their order.
fn series(file: &Path) -> Vec<(String, Vec<(f64, f64)>)> {
    let text = fs::read_to_string(file).unwrap();
    let mut series: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for line in text.lines().skip(1) {
        let [name, x, y] = line.rsplitn(3, ',').collect::<Vec<_>>().try_into().map_or_else(
            |fields| panic!("{}: {fields:?}, expected three fields", file.display()),
            |[y, x, name]: [&str; 3]| [name, x, y],
        );
        let point = (x.parse().unwrap(), y.parse().unwrap());
        match series.iter_mut().find(|(known, _)| known == name) {
            Some((_, points)) => points.push(point),
            None => series.push((name.to_owned(), vec![point])),
        }
    }
    series
}

/// Draws test accuracy over the minutes of a training, and below it the learning curves.
fn accuracy_over_time(guide: &Path) -> String {
    let axes = |y_name: &str| Plot {
        x_name: "minutes of training on two cores".into(),
        x: Scale::PowersBetween(0.03, 60.0),
        y_name: y_name.into(),
        ..Plot::default()
    };
    let points = series(&guide.join("accuracy.csv"));
    let curves = series(&guide.join("learning-curves.csv"));
    plot(&[
        Plot {
            series: points.into_iter().map(|(name, at)| Series::points(name, at)).collect(),
            y: Scale::Between(35.0, 80.0),
            ..axes("test accuracy, %")
        },
        Plot {
            series: curves.into_iter().map(|(name, at)| Series::line(name, at)).collect(),
            y: Scale::Between(35.0, 80.0),
            ..axes("validation accuracy, %")
        },
    ])
}

#[test]
fn the_picture_of_accuracy_over_time_shows_its_tables() {
    let guide = docs().join("guide");
    let drawn = accuracy_over_time(&guide);
    let file = guide.join("accuracy.svg");
    if write() {
        fs::write(&file, &drawn).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap() == drawn,
        "docs/guide/accuracy.svg differs from accuracy.csv and learning-curves.csv. Set \
         ZUNDER_WRITE_FIGURES=1 to write it, and look at it."
    );
}
