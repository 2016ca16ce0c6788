//! The catalogue: addresses, sizes and hashes of the known data sets.

use crate::{Archive, DatasetSource, FetchError, Member, RemoteFile};

/// Returns the data sets that this crate knows: `cifar10`, `cifar100`, `mnist` and `fashion-mnist`.
///
/// Sizes and SHA-256 are those of TensorFlow Datasets (`url_checksums`), each confirmed by at least
/// one other project. Those of Fashion-MNIST were also computed from the files of Debian's package
/// `dataset-fashion-mnist`, whose gzip headers only lack name and time.
///
/// ```
/// let names: Vec<String> =
///     zunder_fetch::catalogue().into_iter().map(|source| source.name).collect();
/// assert_eq!(names, ["cifar10", "cifar100", "mnist", "fashion-mnist"]);
/// ```
pub fn catalogue() -> Vec<DatasetSource> {
    vec![cifar10(), cifar100(), mnist(), fashion_mnist()]
}

/// Returns the data set of the [`catalogue`] with this name.
///
/// # Errors
///
/// Returns [`FetchError::Unknown`] if there is none.
///
/// ```
/// use zunder_fetch::by_name;
///
/// assert_eq!(by_name("cifar100")?.folder, "cifar-100-binary");
/// assert_eq!(
///     by_name("cifar").unwrap_err().to_string(),
///     "\"cifar\" is not a data set of the catalogue, expected one of cifar10, cifar100, mnist, \
///      fashion-mnist"
/// );
/// # Ok::<(), zunder_fetch::FetchError>(())
/// ```
pub fn by_name(name: &str) -> Result<DatasetSource, FetchError> {
    let all = catalogue();
    let known: Vec<String> = all.iter().map(|source| source.name.clone()).collect();
    all.into_iter()
        .find(|source| source.name == name)
        .ok_or_else(|| FetchError::Unknown { name: name.to_owned(), known })
}

/// The official address, and the one to which it redirects.
const CIFAR: [&str; 2] = ["https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"];
/// The mirrors that PyTorch and TensorFlow Datasets use. The official server has not served the
/// files for years.
const MNIST: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];
/// Both addresses are of the data set's authors; the one with TLS comes first.
const FASHION_MNIST: [&str; 2] = [
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
];

fn cifar10() -> DatasetSource {
    let names = [
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
        "test_batch.bin",
    ];
    let archive = Archive {
        members: names.map(|name| Member { name: name.to_owned(), size: 30_730_000 }).to_vec(),
        extras: vec!["batches.meta.txt".to_owned(), "readme.html".to_owned()],
    };
    let sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd";
    let file = file("cifar-10-binary.tar.gz", 170_052_171, sha256, CIFAR, Some(archive));
    source(
        "cifar10",
        "CIFAR-10",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        "cifar-10-batches-bin",
        vec![file],
    )
}

fn cifar100() -> DatasetSource {
    let member = |name: &str, size| Member { name: name.to_owned(), size };
    let archive = Archive {
        members: vec![member("train.bin", 153_700_000), member("test.bin", 30_740_000)],
        extras: vec!["coarse_label_names.txt".to_owned(), "fine_label_names.txt".to_owned()],
    };
    let sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec";
    let file = file("cifar-100-binary.tar.gz", 168_513_733, sha256, CIFAR, Some(archive));
    source(
        "cifar100",
        "CIFAR-100",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        "cifar-100-binary",
        vec![file],
    )
}

fn mnist() -> DatasetSource {
    let files = [
        (
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ];
    let files = files.map(|(name, size, sha256)| file(name, size, sha256, MNIST, None)).to_vec();
    source("mnist", "MNIST", "http://yann.lecun.com/exdb/mnist/", "mnist", files)
}

fn fashion_mnist() -> DatasetSource {
    let files = [
        (
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ];
    let files =
        files.map(|(name, size, sha256)| file(name, size, sha256, FASHION_MNIST, None)).to_vec();
    source(
        "fashion-mnist",
        "Fashion-MNIST",
        "https://github.com/zalandoresearch/fashion-mnist",
        "fashion-mnist",
        files,
    )
}

fn source(
    name: &str,
    title: &str,
    homepage: &str,
    folder: &str,
    files: Vec<RemoteFile>,
) -> DatasetSource {
    DatasetSource {
        name: name.to_owned(),
        title: title.to_owned(),
        homepage: homepage.to_owned(),
        folder: folder.to_owned(),
        files,
    }
}

/// Returns a file with the same name at each of `bases`.
fn file(
    name: &str,
    size: u64,
    sha256: &str,
    bases: [&str; 2],
    archive: Option<Archive>,
) -> RemoteFile {
    let urls = bases.map(|base| format!("{base}{name}")).to_vec();
    RemoteFile { name: name.to_owned(), size, sha256: sha256.to_owned(), urls, archive }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_valid_and_no_two_share_a_path() {
        let mut paths = Vec::new();
        for source in catalogue() {
            source.validate().unwrap();
            paths.extend(source.files.iter().map(|file| source.path_of(file, "data".as_ref())));
        }
        let all = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!((paths.len(), all), (10, 10));
    }

    /// A CIFAR-10 record has 3,073 bytes, a CIFAR-100 record one more for the second label. A file
    /// has 10,000 records, the training file of CIFAR-100 50,000.
    /// part.
    #[test]
    fn members_have_the_sizes_of_their_records() {
        let sizes = |name| {
            by_name(name).unwrap().files[0]
                .archive
                .clone()
                .unwrap()
                .members
                .iter()
                .map(|m| m.size)
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes("cifar10"), [10_000 * 3_073; 6]);
        assert_eq!(sizes("cifar100"), [50_000 * 3_074, 10_000 * 3_074]);
    }
}
