//! Tests of the file `images.safetensors`.

use super::*;

#[test]
fn a_record_is_read_back_and_damage_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("images.safetensors");
    let parts = [vec![[5, 9], [1, 1]], vec![[7, 7]], vec![[2, 3]]];
    let past = ImagesRecord::new(Past::unknown("old".into()), parts.clone())
        .into_past("runs/ä".into())
        .unwrap();
    assert_eq!((past.seen(&[9]), past.seen(&[2, 7]), past.seen(&[3]), past.seen(&[4])), SEEN);
    let record = ImagesRecord::new(past, parts);
    record.write(&file).unwrap();
    assert_eq!(ImagesRecord::read(&file).unwrap().unwrap(), record);
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        // A changed bit of padding, or of the notation of a number, may leave the content
        // unchanged.
        match file::parse(&bytes) {
            Ok(same) => assert_eq!(same, record, "byte {at}"),
            Err(problem) => assert!(!problem.is_empty()),
        }
        assert!(file::parse(&whole[..at]).is_err());
    }
    fs::write(&file, "no such file").unwrap();
    let error = ImagesRecord::read(&file).unwrap_err();
    assert!(
        error.to_string().contains("is not a valid record of the images of a run")
            && error.is_input(),
        "{error}"
    );
    assert!(ImagesRecord::read(&dir.path().join("none")).unwrap().is_none());
}

const SEEN: (Option<Seen>, Option<Seen>, Option<Seen>, Option<Seen>) =
    (Some(Seen::Learnt(1)), Some(Seen::Validated), Some(Seen::Tested), None);
