//! The data sets in the form of MNIST: where their files are, and what their labels mean.

use crate::LabelInvariance;
use crate::formats::source::Source;

/// A data set in the form of MNIST: where its four files are, and what its labels mean.
///
/// For files of your own, take the nearest one and change it:
///
/// ```
/// use zunder_data::idx::{Family, MNIST};
///
/// let usps = Family { name: "usps", title: "USPS", folders: &["usps"], ..MNIST };
/// let letters = Family { parts: ["emnist-letters-train", "emnist-letters-test"], ..MNIST }; // names of files before "-images-idx3-ubyte"
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is called in messages.
    pub title: &'static str,
    /// Where its files are to be had: a folder, with a slash at its end, or an archive.
    pub url: &'static str,
    /// The name of each class; a label is a position in this list.
    pub classes: &'static [&'static str],
    /// Folders to look into, inside the one that is given.
    pub folders: &'static [&'static str],
    /// Folders of the system to look into at last: where a distribution's package puts the files.
    pub system_folders: &'static [&'static str],
    /// How the names of the training and of the test files begin.
    pub parts: [&'static str; 2],
    /// Which changes of an image leave its label true.
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
/// Vollgraf 2017). In `fashion-mnist`, torchvision's `FashionMNIST/raw`, or where Debian's package
/// `dataset-fashion-mnist` puts it.
///
/// Mirrored clothes are clothes, so a horizontal flip keeps labels true. Its pictures are all
/// upright, and where the opening, the legs or the sole are tells the classes apart: no vertical
/// flip, no large turn.
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

/// The names that a file goes by: `kind` is `images-idx3` or `labels-idx1`.
pub(super) fn file_names(prefix: &str, kind: &str) -> [String; 4] {
    let makers = format!("{prefix}-{kind}-ubyte");
    let dotted = format!("{prefix}-{}-ubyte", kind.replace('-', "."));
    [makers.clone(), makers + ".gz", dotted.clone(), dotted + ".gz"]
}
