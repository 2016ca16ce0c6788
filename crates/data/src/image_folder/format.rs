//! Image formats that are not supported: how they are recognised, and how to convert them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A format that may contain images and is not supported.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// The name, as the rest of "160 .heic files are ...".
    pub name: &'static str,
    /// Advice on how to convert it.
    pub convert: &'static str,
    /// The extensions of its files, in lower case.
    endings: &'static [&'static str],
}

macro_rules! formats {
    ($($constant:ident: $name:literal, $convert:literal, [$($ending:literal),*];)*) => {
        $(const $constant: Format =
            Format { name: $name, convert: $convert, endings: &[$($ending),*] };)*
        /// All formats.
        const FORMATS: &[&Format] = &[$(&$constant),*];
    };
}

formats! {
    HEIC: "HEIC", "convert them to JPEG, such as by `heif-convert IN.heic \
        OUT.jpg`", ["heic", "heif", "hif", "heics"];
    AVIF: "AVIF", "convert them to PNG, such as by `avifdec IN.avif OUT.png`", ["avif", "avifs"];
    RAW: "camera raw", "develop them to JPEG or TIFF, such as by `darktable-cli IN.cr2 OUT.jpg`",
        ["3fr", "arw", "cr2", "cr3", "crw", "dng", "erf", "iiq", "kdc", "mos", "mrw", "nef", "nrw",
         "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f"];
    SVG: "SVG", "draw them as PNG, such as by `rsvg-convert IN.svg -o OUT.png`", ["svg", "svgz"];
    PDF: "PDF or PostScript", "draw their pages as PNG, such as by `pdftoppm -png IN.pdf \
        OUT`", ["ai", "eps", "pdf", "ps"];
    VIDEO: "video", "take still images out of them, such as by `ffmpeg -i IN.mp4 OUT-%05d.png`",
        ["3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogv",
         "webm", "wmv"];
    LAYERS: "a layered format of an editor", "export them as PNG, such as by `magick IN.psd[0] \
        OUT.png`",
        ["afphoto", "clip", "kra", "psb", "psd", "xcf"];
    JXL: "JPEG XL", "convert them to PNG, such as by `djxl IN.jxl OUT.png`", ["jxl"];
    JPEG_2000: "JPEG 2000", "convert them to PNG, such as by `magick IN.jp2 \
        OUT.png`", ["j2c", "j2k", "jp2", "jpc", "jpf", "jpm", "jpx"];
    SIMPLE: "another bitmap format", "convert them to PNG, such as by `magick IN OUT.png`",
        ["cur", "dds", "dpx", "emf", "exr", "ff", "hdr", "icns", "ico", "jng", "mng",
         "pam", "pbm", "pcx", "pgm", "pic", "pict", "pnm", "ppm", "qoi", "ras", "rgbe", "sgi",
         "tga", "wbmp", "wmf", "xbm", "xpm"];
    DICOM: "DICOM", "convert them to PNG, such as by `dcm2img IN.dcm \
        OUT.png`", ["dcm", "dicom", "ima"];
    NIFTI: "a format of volumes", "save their slices as PNG, such as with nibabel and Pillow",
        ["mgh", "mgz", "mha", "mhd", "mnc", "nhdr", "nii", "nii.gz", "nrrd"];
    FITS: "FITS", "save them as 16-bit PNG, such as with astropy and \
        Pillow", ["fit", "fits", "fts"];
    SLIDES: "a format of microscopes", "convert them to TIFF or PNG, such as by `bfconvert IN \
        OUT.png`",
        ["czi", "lif", "lsm", "mrxs", "nd2", "ndpi", "oib", "oif", "scn", "svs", "vsi"];
    ARRAYS: "a format of arrays", "save each image as PNG, such as with NumPy and Pillow",
        ["arrow", "h5", "hdf5", "lmdb", "mat", "npy", "npz", "parquet", "pickle", "pkl",
         "tfrecord"];
    ARCHIVES: "an archive", "unpack them, each class into a folder of its own",
        ["7z", "bz2", "gz", "rar", "tar", "tar.bz2", "tar.gz", "tar.xz", "tar.zst", "tbz2", "tgz",
         "txz", "xz", "zip", "zst"];
}

/// Extensions of files without pictures that may be among pictures.
const NO_PICTURES: &str = "aac aae bat bib c cache cfg ckpt conf cpp css csv db doc docx flac h \
    htm html ini ipynb \
    java js json jsonl key lnk log lrv m m4a md md5 mid mp3 names ndjson numbers odp ods odt \
    ogg onnx opus pages pb ppt pptx pt pth py pyc r rs rst rtf safetensors sh sha256 sqlite \
    srt tex thm toml tsv txt url vtt wav webloc xlsx xls xml xmp yaml yml";

/// The largest length of an extension; longer ones are part of a name.
const LONGEST: usize = 12;

/// Extensions of copies and unfinished downloads: not used even if they contain an image.
const COPIES: &[&str] =
    &["bak", "crdownload", "download", "old", "orig", "part", "partial", "swp", "temp", "tmp"];

/// The kind of a regular file, by its extension and its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// An image of a supported format.
    Image,
    /// A format that is not supported.
    Unread(&'static Format),
    /// An image of a supported format with the extension of something else.
    Misnamed,
    /// An unknown kind.
    Unknown,
    /// Not a picture: a text, a table, settings.
    NoPicture,
}

/// Returns the kind of the file at `path`, by its extension if that is known. For unsupported
/// picture formats and for missing or unknown extensions the first bytes are examined: a file is an
/// image if they are those of a supported format.
pub(super) fn kind(path: &Path) -> FileKind {
    if super::listing::is_image(path) {
        return FileKind::Image;
    }
    let ending = ending(path);
    if format_of(&ending).is_none() && NO_PICTURES.split(' ').any(|known| known == ending) {
        return FileKind::NoPicture;
    }
    kind_of(&ending, &start(path))
}

/// Returns the kind by an extension that is not that of an image, and by the first bytes.
fn kind_of(ending: &str, start: &[u8]) -> FileKind {
    match (format_of(ending), is_read(start)) {
        // Raw files begin like TIFF files, and contain a small preview.
        (Some(format), true)
            if *format == RAW && (start.starts_with(b"II") || start.starts_with(b"MM")) =>
        {
            FileKind::Unread(format)
        }
        (Some(_), true) => FileKind::Image,
        (Some(format), false) => FileKind::Unread(format),
        (None, true) if ending.is_empty() => FileKind::Image,
        (None, true) if COPIES.contains(&ending) => FileKind::NoPicture,
        (None, true) => FileKind::Misnamed,
        (None, false) => match format_by_content(start) {
            Some(format) => FileKind::Unread(format),
            None if ending.is_empty() || COPIES.contains(&ending) || is_text(start) => {
                FileKind::NoPicture
            }
            None => FileKind::Unknown,
        },
    }
}

/// Returns the reason why the file at `path`, which begins with `start`, cannot be decoded, if its
/// format is known and not supported.
pub(super) fn refusal(path: &Path, start: &[u8]) -> Option<String> {
    let format = if super::listing::is_image(path) {
        format_by_content(start).filter(|_| !is_read(start))?
    } else {
        match kind_of(&ending(path), start) {
            FileKind::Unread(format) => format,
            _ => return None,
        }
    };
    let convert = format.convert.replace("them", "it").replace("their", "its");
    Some(format!("it is {}, which is not read: {convert}", format.name))
}

/// Returns the extension of a file in lower case without its dot; `nii.gz` and `tar.gz` count as
/// one. Empty if there is none, or if the part after the dot is a number, too long or not a word. A
/// `~` at the end of a name marks a copy.
pub(super) fn ending(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.ends_with('~') {
        return "bak".to_owned();
    }
    let Some((stem, last)) = name.rsplit_once('.') else { return String::new() };
    match stem.rsplit_once('.') {
        Some((_, before)) if format_of(&format!("{before}.{last}")).is_some() => {
            format!("{before}.{last}")
        }
        _ if last.len() > LONGEST
            || last.bytes().all(|byte| byte.is_ascii_digit())
            || !last.chars().all(char::is_alphanumeric) =>
        {
            String::new()
        }
        _ => last.to_owned(),
    }
}

fn format_of(ending: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.endings.contains(&ending))
}

/// Returns the unsupported format with these first bytes, if they are known.
fn format_by_content(start: &[u8]) -> Option<&'static Format> {
    let at =
        |place: usize, magic: &[u8]| start.get(place..).is_some_and(|rest| rest.starts_with(magic));
    let is = |magic: &[u8]| at(0, magic);
    if at(4, b"ftyp") {
        return Some(match start.get(8..12) {
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
                &HEIC
            }
            Some(b"avif" | b"avis") => &AVIF,
            Some(b"crx ") => &RAW,
            _ => &VIDEO,
        });
    }
    let format = match () {
        () if is(&[0xFF, 0x0A]) || at(4, b"JXL ") => &JXL,
        () if at(4, b"jP  ") || is(&[0xFF, 0x4F, 0xFF, 0x51]) => &JPEG_2000,
        () if is(b"8BPS") || is(b"gimp xcf") => &LAYERS,
        () if is(b"%PDF") || is(b"%!PS") => &PDF,
        () if is(b"<svg") || (is(b"<?xml") && start.windows(4).any(|word| word == b"<svg")) => &SVG,
        () if is(b"FUJIFILM") || is(b"IIRO") || is(b"IIU\0") || is(b"FOVb") => &RAW,
        () if is(&[0, 0, 1, 0])
            || is(b"DDS ")
            || is(b"qoif")
            || is(&[0x76, 0x2F, 0x31, 1])
            || is(b"#?RADIANCE") =>
        {
            &SIMPLE
        }
        () if matches!(start, [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t', ..]) => &SIMPLE,
        () if at(128, b"DICM") => &DICOM,
        () if at(344, b"n+1\0") || at(344, b"ni1\0") || is(b"NRRD000") => &NIFTI,
        () if is(b"SIMPLE  =") => &FITS,
        () if is(b"\x93NUMPY") || is(b"\x89HDF") || is(b"PAR1") || is(b"MATLAB 5.0") => &ARRAYS,
        () if (is(b"RIFF") && at(8, b"AVI ")) || is(&[0x1A, 0x45, 0xDF, 0xA3]) => &VIDEO,
        () if is(b"PK\x03\x04")
            || is(&[0x1F, 0x8B])
            || is(b"7z\xBC\xAF")
            || is(b"Rar!")
            || is(b"BZh")
            || is(b"\xFD7zXZ") =>
        {
            &ARCHIVES
        }
        () if at(257, b"ustar") || is(&[0x28, 0xB5, 0x2F, 0xFD]) => &ARCHIVES,
        () => return None,
    };
    Some(format)
}

/// Returns whether a file that begins with `start` is an image of a supported format.
fn is_read(start: &[u8]) -> bool {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    matches!(image::guess_format(start), Ok(Bmp | Gif | Jpeg | Png | Tiff | WebP))
}

/// Returns whether a file that begins with `start` is text: valid UTF-8 without control characters,
/// or empty.
fn is_text(start: &[u8]) -> bool {
    let whole = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last character may be incomplete.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !whole.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
}

/// Returns the first bytes of a regular file; none if it cannot be read, or is something else.
pub(super) fn start(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    // Opening a pipe would block for ever.
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return start;
    }
    // A file that cannot be read is counted by its extension.
    let _ = File::open(path).and_then(|file| file.take(512).read_to_end(&mut start));
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the kind of a file with this name and content.
    fn of(name: &str, content: &[u8]) -> FileKind {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        kind(&path)
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0];

    #[test]
    fn endings_say_the_format_in_any_capitals() {
        for (name, format) in [
            ("a.heic", &HEIC),
            ("a.HEIF", &HEIC),
            ("b.AvIf", &AVIF),
            ("c.CR2", &RAW),
            ("d.svg", &SVG),
            ("e.pdf", &PDF),
            ("f.MOV", &VIDEO),
            ("g.psd", &LAYERS),
            ("h.jxl", &JXL),
            ("i.jp2", &JPEG_2000),
            ("j.tga", &SIMPLE),
            ("k.dcm", &DICOM),
            ("l.nii.gz", &NIFTI),
            ("m.tar.gz", &ARCHIVES),
            ("n.2024.zip", &ARCHIVES),
            ("o.npy", &ARRAYS),
        ] {
            assert_eq!(of(name, b"?"), FileKind::Unread(format), "{name}");
        }
        for name in ["a.txt", "b.CSV", "Thumbs.db", "README", "c.jpg~", "d.xmp", "e.json"] {
            assert_eq!(of(name, b"?"), FileKind::NoPicture, "{name}");
        }
        assert_eq!(of("a.xyz", b"\x01\0\xFF"), FileKind::Unknown);
        assert_eq!(of("a.xyz", "a text, \u{e9}".as_bytes()), FileKind::NoPicture);
        assert_eq!(of("a.JPEG", b"?"), FileKind::Image);
    }

    #[test]
    fn content_decides_where_the_ending_does_not() {
        assert_eq!(of("photo", PNG), FileKind::Image);
        assert_eq!(of("photo 12.30.1999", PNG), FileKind::Image);
        assert_eq!(of("Dr. Who, the first picture", PNG), FileKind::Image);
        assert_eq!(of("photo.heic", JPEG), FileKind::Image, "what a telephone calls HEIC");
        assert_eq!(
            of("photo.nef", b"MM\0\x2A"),
            FileKind::Unread(&RAW),
            "a raw file begins as TIFF"
        );
        assert_eq!(of("photo.dng", b"II\x2A\0"), FileKind::Unread(&RAW));
        assert_eq!(of("photo.bin", PNG), FileKind::Misnamed);
        assert_eq!(
            of("photo.png.part", PNG),
            FileKind::NoPicture,
            "a download that is not finished"
        );
        assert_eq!(of("photo.txt", PNG), FileKind::NoPicture);
        for (start, format) in [
            (&b"\0\0\0\x18ftypheic"[..], &HEIC),
            (b"\0\0\0\x18ftypavif", &AVIF),
            (b"\0\0\0\x18ftypisom", &VIDEO),
            (b"%PDF-1.7", &PDF),
            (b"<svg xmlns", &SVG),
            (b"<?xml version=\"1.0\"?><svg", &SVG),
            (b"P5\n2 2\n255\n", &SIMPLE),
            (b"PK\x03\x04", &ARCHIVES),
            (&[&[0_u8; 128][..], b"DICM"].concat(), &DICOM),
        ] {
            assert_eq!(of("file", start), FileKind::Unread(format), "{start:?}");
        }
        assert_eq!(of("file", b"MZ"), FileKind::NoPicture);
    }

    #[test]
    fn one_file_is_told_what_converts_it() {
        let heic = b"\0\0\0\x18ftypheic";
        let told = |name: &str, start: &[u8]| refusal(Path::new(name), start);
        let expected = "it is HEIC, which is not read: convert it to JPEG, such as by \
            `heif-convert IN.heic OUT.jpg`";
        assert_eq!(told("photo.jpg", heic).as_deref(), Some(expected));
        assert_eq!(told("photo.HEIC", b"?").as_deref(), Some(expected));
        assert!(told("photo.nef", b"MM\0\x2A").unwrap().contains("camera raw"));
        for (name, start) in [
            ("photo.jpg", JPEG),
            ("photo.heic", JPEG),
            ("photo", PNG),
            ("photo.jpg", b"?"),
            ("photo.txt", PNG),
        ] {
            assert_eq!(told(name, start), None, "{name}");
        }
    }

    #[test]
    fn no_ending_stands_twice() {
        let mut all: Vec<&str> =
            FORMATS.iter().flat_map(|format| format.endings).copied().collect();
        all.extend(super::super::listing::EXTENSIONS);
        all.extend(NO_PICTURES.split(' '));
        all.extend(COPIES);
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), n);
    }
}
