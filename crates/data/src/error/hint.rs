//! Advice on how to correct an error.

use std::path::Path;

use super::DataError;

impl DataError {
    /// Returns advice on how to correct the error, if there is any.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::MissingFolder { url, .. } | Self::MissingFile { url, .. } => {
                Some(if url.ends_with('/') {
                    format!(
                        "put the files of {url} \
                    there"
                    )
                } else {
                    format!("unpack {url} there")
                })
            }
            Self::NotAFolder { path, .. } => path.parent().map(|parent| {
                format!(
                    "name its folder, \
                {}, instead",
                    shown(parent)
                )
            }),
            Self::Ambiguous { .. } => Some("move the one that is not meant away".to_owned()),
            Self::NotAFile { path, .. } => Some(format!(
                "move {} away and get the data set \
                again",
                path.display()
            )),
            Self::WrongKind { hint, .. } | Self::Content { hint, .. } => Some((*hint).to_owned()),
            Self::Truncated { .. }
            | Self::Oversized { .. }
            | Self::LabelInFile { .. }
            | Self::Gzip { .. } => Some(
                "the file is damaged: check the SHA-256 of what was downloaded, and unpack or \
                    get it again"
                    .to_owned(),
            ),
            Self::NoRecords { .. } => Some(
                "it needs batches.meta.txt with the name of a class on each line, training files \
                 such as data_batch_1.bin, and test files such as test_batch.bin"
                    .to_owned(),
            ),
            Self::Groups { .. } => Some(
                "name each image once: `image,group` and a row such as `cat/1.jpg,anna` for a \
                 folder, `train/17,anna` for another data set; an image that belongs to no other \
                 gets a group of its own"
                    .to_owned(),
            ),
            Self::FewClasses { .. } => Some(
                "put the images of each class into a folder of its own; for a test part of your \
                 own, name both train and test"
                    .to_owned(),
            ),
            Self::NoImageFolder { .. } | Self::ImageFolderIsFile { .. } => Some(
                "name the folder whose subfolders are the classes, or that has train and test \
                    in it"
                    .to_owned(),
            ),
            Self::ClassName { .. } => Some("rename the folder".to_owned()),
            Self::EmptyClass { remedy, .. } if remedy.is_empty() => Some(
                "put images (bmp, gif, jpg, png, tif, webp) directly into it, since folders in it \
                 are not entered, or remove it"
                    .to_owned(),
            ),
            Self::EmptyClass { remedy, .. } => Some(format!("{remedy}; or remove the folder")),
            Self::MostLeftOut { remedy, .. } => {
                let flag = "--skip-unread (on_unread = \"skip\") goes on without them";
                Some(if remedy.is_empty() { flag.to_owned() } else { format!("{remedy}; {flag}") })
            }
            Self::OneImage { .. } => Some("add images, or remove the class".to_owned()),
            Self::ClassOnlyInTest { .. } => Some(
                "rename or remove it, or add training images of \
                this class"
                    .to_owned(),
            ),
            Self::Read { .. } => Some(
                "check that the path is right, and that you may read \
                it"
                .to_owned(),
            ),
            Self::Irregular { .. } | Self::TooLong { .. } | Self::Encoding { from: "", .. } => {
                Some("pass a text file".to_owned())
            }
            Self::Encoding { path, from, .. } => {
                let path = path.display();
                Some(format!(
                    "convert it: `iconv -f {from} -t UTF-8 {path} > NEW`, or save it as \
                    UTF-8 in the program that made it"
                ))
            }
            Self::Write { .. } => Some(
                "check the folder's permissions and the free \
                space"
                    .to_owned(),
            ),
            Self::BrokenImage { .. } | Self::AllBroken { .. } => Some(
                "replace or remove it; data.image_folder.on_broken = \"skip\" leaves broken \
                    images out and reports them"
                    .to_owned(),
            ),
            Self::ImageTooLarge { .. } => Some(
                "scale it down, or remove it; data.image_folder.on_broken = \"skip\" leaves \
                    such images out and reports them"
                    .to_owned(),
            ),
            Self::ImageMemory { .. } => Some(
                "set a smaller image_size, raise max_memory_mb if the \
                machine has the memory, or set storage = \"mapped\" and a cache"
                    .to_owned(),
            ),
            Self::NoColour { step, .. } => Some(format!(
                "leave {step} out; the presets leave it \
                out by themselves"
            )),
            Self::LabelChanged { step, .. } => Some(format!(
                "leave {step} out, or make it weaker; \
                the presets leave it out by themselves"
            )),
            Self::Interrupted => Some("run the same command again".to_owned()),
            Self::Spawn { .. } => Some(
                "stop other programs, or raise the limits on processes and memory (`ulimit \
                    -u`, `ulimit -v`)"
                    .to_owned(),
            ),
            Self::Panicked { .. } => Some(
                "this is a defect: please report it with the command and \
                the data that led here"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Formats a path; the empty path is the current folder.
fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.display().to_string() }
}
