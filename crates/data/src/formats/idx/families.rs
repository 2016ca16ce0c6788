//! The data sets in the format of MNIST: their files and their labels.

use crate::LabelInvariance;
use crate::formats::source::Source;

/// A data set in the format of MNIST: the location of its four files and the meaning of its labels.
///
/// For custom files, take the most similar one and change it:
///
/// ```
/// use zunder_data::idx::{Family, MNIST};
///
/// let usps = Family { name: "usps", title: "USPS", folders: &["usps"], ..MNIST };
/// // The names of files before "-images-idx3-ubyte".
/// let letters = Family { parts: ["emnist-letters-train", "emnist-letters-test"], ..MNIST };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// The name on the command line.
    pub name: &'static str,
    /// The name in messages.
    pub title: &'static str,
    /// The URL of a folder with the files, with a slash at its end, or of an archive.
    pub url: &'static str,
    /// The name of each class. A label is a position in this list.
    pub classes: &'static [&'static str],
    /// The folders to search, inside the given one.
    pub folders: &'static [&'static str],
    /// The system folders to search last: where a distribution's package installs the files.
    pub system_folders: &'static [&'static str],
    /// The prefixes of the names of the training and of the test files.
    pub parts: [&'static str; 2],
    /// The changes of an image that preserve its label.
    pub invariance: LabelInvariance,
}

/// MNIST: 70,000 handwritten digits, 28x28 grey (Y. LeCun, C. Cortes, C. Burges 1998). In `mnist`
/// or torchvision's `MNIST/raw`.
pub const MNIST: Family = Family {
    name: "mnist",
    title: "MNIST",
    url: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    classes: &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    folders: &["mnist", "MNIST/raw"],
    system_folders: &[],
    parts: ["train", "t10k"],
    invariance: LabelInvariance::CHARACTERS,
};

/// Fashion-MNIST: 70,000 pictures of clothes, shoes and bags, 28x28 grey (H. Xiao, K. Rasul, R.
/// Vollgraf 2017). In `fashion-mnist`, torchvision's `FashionMNIST/raw`, or the folder of Debian's
/// package `dataset-fashion-mnist`.
///
/// A horizontal flip preserves the labels of clothes. The pictures are all upright, and the
/// position of the opening, the legs or the sole distinguishes the classes: no vertical flip, no
/// large rotation.
pub const FASHION_MNIST: Family = Family {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    classes: &[
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    folders: &["fashion-mnist", "FashionMNIST/raw"],
    system_folders: &["/usr/share/datasets/fashion-mnist"],
    invariance: LabelInvariance::UPRIGHT,
    ..MNIST
};

/// Kuzushiji-MNIST: 70,000 characters of old Japanese handwriting, 28x28 grey (T. Clanuwat et al.
/// 2018, "Deep learning for classical Japanese literature"). In `kmnist` or torchvision's
/// `KMNIST/raw`.
pub const KMNIST: Family = Family {
    name: "kmnist",
    title: "Kuzushiji-MNIST",
    url: "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    classes: &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    folders: &["kmnist", "KMNIST/raw"],
    ..MNIST
};

impl Family {
    pub(super) fn source(&self) -> Source {
        Source {
            dataset: self.title,
            url: self.url,
            format: "an IDX file, plain or gzip",
            pickle: "this was made by a Python program: get the IDX files instead",
        }
    }
}

/// Returns the possible names of a file. `kind` is `images-idx3` or `labels-idx1`.
pub(super) fn file_names(prefix: &str, kind: &str) -> [String; 4] {
    let makers = format!("{prefix}-{kind}-ubyte");
    let dotted = format!("{prefix}-{}-ubyte", kind.replace('-', "."));
    [makers.clone(), makers + ".gz", dotted.clone(), dotted + ".gz"]
}
