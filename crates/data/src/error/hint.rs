//! Advice on how to correct an error.

use std::path::Path;

use super::DataError;

impl DataError {
    /// Returns advice on how to correct the error, if there is any.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::MissingFolder { url, .. } | Self::MissingFile { url, .. } => {
                return Some(if url.ends_with('/') {
                    format!("put the files of {url} there")
                } else {
                    format!("unpack {url} there")
                });
            }
            Self::NotAFolder { path, .. } => {
                let parent = path.parent()?;
                return Some(format!("name its folder, {}, instead", shown(parent)));
            }
            Self::NotAFile { path, .. } => {
                return Some(format!("move {} away and get the data set again", path.display()));
            }
            Self::EmptyClass { remedy, .. } if !remedy.is_empty() => {
                return Some(format!("{remedy}; or remove the folder"));
            }
            Self::MostLeftOut { remedy, .. } if !remedy.is_empty() => {
                return Some(format!("{remedy}; {SKIP_UNREAD}"));
            }
            Self::Encoding { path, from, .. } if !from.is_empty() => {
                return Some(format!(
                    "convert it: `iconv -f {from} -t UTF-8 {} > NEW`, or save it as UTF-8 in the \
                     program that made it",
                    path.display()
                ));
            }
            Self::NoColour { step, .. } => {
                return Some(format!("leave {step} out; the presets leave it out by themselves"));
            }
            Self::LabelChanged { step, .. } => {
                return Some(format!(
                    "leave {step} out, or make it weaker; the presets leave it out by themselves"
                ));
            }
            Self::WrongKind { hint, .. } | Self::Content { hint, .. } => *hint,
            Self::MostLeftOut { .. } => SKIP_UNREAD,
            Self::Ambiguous { .. } => "move the one that is not meant away",
            Self::Truncated { .. }
            | Self::Oversized { .. }
            | Self::LabelInFile { .. }
            | Self::Gzip { .. } => {
                "the file is damaged: check the SHA-256 of what was downloaded, and unpack or get \
                 it again"
            }
            Self::NoRecords { .. } => {
                "it needs batches.meta.txt with the name of a class on each line, training files \
                 such as data_batch_1.bin, and test files such as test_batch.bin"
            }
            Self::Groups { .. } => {
                "name each image once: `image,group` and a row such as `cat/1.jpg,anna` for a \
                 folder, `train/17,anna` for another data set; an image that belongs to no other \
                 gets a group of its own"
            }
            Self::FewClasses { .. } => {
                "put the images of each class into a folder of its own; for a test part of your \
                 own, name both train and test"
            }
            Self::NoImageFolder { .. } | Self::ImageFolderIsFile { .. } => {
                "name the folder whose subfolders are the classes, or that has train and test in it"
            }
            Self::ClassName { .. } => "rename the folder",
            Self::EmptyClass { .. } => {
                "put images (bmp, gif, jpg, png, tif, webp) directly into it, since folders in it \
                 are not entered, or remove it"
            }
            Self::OneImage { .. } => "add images, or remove the class",
            Self::ClassOnlyInTest { .. } => {
                "rename or remove it, or add training images of this class"
            }
            Self::Read { .. } => "check that the path is right, and that you may read it",
            Self::Irregular { .. } | Self::TooLong { .. } | Self::Encoding { .. } => {
                "pass a text file"
            }
            Self::Write { .. } => "check the folder's permissions and the free space",
            Self::BrokenImage { .. } | Self::AllBroken { .. } => {
                "replace or remove it; data.image_folder.on_broken = \"skip\" leaves broken images \
                 out and reports them"
            }
            Self::ImageTooLarge { .. } => {
                "scale it down, or remove it; data.image_folder.on_broken = \"skip\" leaves such \
                 images out and reports them"
            }
            Self::ImageMemory { .. } => {
                "set a smaller image_size, raise max_memory_mb if the machine has the memory, or \
                 set storage = \"mapped\" and a cache"
            }
            Self::Interrupted => "run the same command again",
            Self::Spawn { .. } => {
                "stop other programs, or raise the limits on processes and memory (`ulimit -u`, \
                 `ulimit -v`)"
            }
            Self::Panicked { .. } => {
                "this is a defect: please report it with the command and the data that led here"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// The advice on files that are left out.
const SKIP_UNREAD: &str = "--skip-unread (on_unread = \"skip\") goes on without them";

/// Formats a path; the empty path is the current folder.
fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.display().to_string() }
}
