//! The pictures of `docs/lecture.md` and `docs/vorlesung.md` are those that the code draws. With
//! `ZUNDER_WRITE_FIGURES=1` the test writes them instead.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use zunder_experiments::{Language, lecture_figures};

#[test]
fn committed_pictures_are_those_that_are_drawn() {
    let write = env::var_os("ZUNDER_WRITE_FIGURES").is_some();
    for (language, name) in Language::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/figures").join(name);
        let drawn: BTreeMap<String, String> = lecture_figures(language)
            .into_iter()
            .map(|(file, svg)| (file.to_owned(), svg))
            .collect();
        if write {
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
