//! Tests of tables of groups.

use super::*;

fn read(text: &str) -> Result<GroupTable, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, text).unwrap();
    GroupTable::read(file.path())
        .map_err(|e| e.to_string().replace(&file.path().display().to_string(), "FILE"))
}

#[test]
fn columns_may_stand_in_any_order_beside_others() {
    let table = read(
        "\u{feff}group,age,image\n b , 3, cat/1.jpg\n\"a,\"\"x\",4,cat/2.jpg\nb,5,dog/1.jpg\n",
    )
    .unwrap();
    assert_eq!(table.names(), ["b", "a,\"x"]);
    assert_eq!(table.groups(&["dog/1.jpg", "cat/2.jpg"]).unwrap(), [0, 1]);
    assert_eq!(table.len(), 3);
}

#[test]
fn tables_of_other_programs_are_read() {
    let rows =
        [["image", "group"], ["cat/1.jpg", "anna"], ["dog/2.jpg", "bert"], ["cat/3.jpg", "anna"]];
    let text = |separator: &str, end: &str| rows.map(|row| row.join(separator)).join(end);
    let windows = text(",", "\n").replace('/', "\\");
    for table in [
        text(",", "\r\n"),
        text(";", "\n"),
        text("\t", "\r\n") + "\r\n",
        text("|", "\n"),
        text(" , ", "\n"),
        format!("sep=;\r\n{}", text(";", "\r\n")),
        format!("SEP=,\n{}\n,\n,\n", text(",", "\n")),
        format!("\u{feff}{}", text(";", "\n")),
        text("\",\"", "\"\n\"").replacen("image", "\"image", 1) + "\"",
        windows,
        text(",", "\n").replace("cat/", "./cat/"),
        text(",", "\n").replace("cat/", ".\\cat\\").replace("dog/", "dog//"),
        text(",", "\n").replace("image", "Image").replace("group", " GROUP "),
        format!("\n\n{}", text(",", "\n")),
    ] {
        let groups = read(&table).unwrap_or_else(|error| panic!("{table:?}: {error}"));
        assert_eq!(
            groups.groups(&["cat/1.jpg", "dog/2.jpg", "cat/3.jpg"]).unwrap(),
            [0, 1, 0],
            "{table:?}"
        );
    }
    assert_eq!(read("sep=;\nimage;group\n1;\n").unwrap_err(), "FILE has no group in line 3");
    assert!(
        read("image,group\ncat/1.jpg,a\n.\\cat\\1.jpg,b\n")
            .unwrap_err()
            .contains("cat/1.jpg twice")
    );
    assert!(
        read("image;name\n1;2\n")
            .unwrap_err()
            .contains("has the columns image;name, expected image and group")
    );
}

#[test]
fn accents_may_be_composed_or_not() {
    let (composed, decomposed) = ("caf\u{e9}/1.jpg", "cafe\u{301}/1.jpg");
    for (table, image) in [
        (composed, decomposed),
        (decomposed, composed),
        (composed, composed),
        (decomposed, decomposed),
    ] {
        assert_eq!(read(&format!("image,group\n{table},a\n")).unwrap().group(image), Some(0));
    }
    let both = read(&format!("image,group\n{composed},a\n{decomposed},b\n")).unwrap();
    assert_eq!((both.group(composed), both.group(decomposed)), (Some(0), Some(1)));
}

#[test]
fn paths_may_begin_with_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("groups.csv");
    for prefix in
        [dir.path().display().to_string(), format!("{}/.", dir.path().display()), ".".to_owned()]
    {
        std::fs::write(&file, format!("image,group\n{prefix}/cat/1.jpg,a\n")).unwrap();
        assert_eq!(
            GroupTable::read_for(&file, dir.path()).unwrap().group("cat/1.jpg"),
            Some(0),
            "{prefix}"
        );
    }
    std::fs::write(&file, "image,group\n/elsewhere/cat/1.jpg,a\n").unwrap();
    let table = GroupTable::read_for(&file, dir.path()).unwrap();
    let message = table.groups(&["cat/1.jpg"]).unwrap_err().to_string();
    assert!(message.contains("cat/1.jpg (its first row names /elsewhere/cat/1.jpg)"), "{message}");
}

#[test]
fn what_is_no_table_of_groups_is_refused() {
    let refusal = |text| read(text).unwrap_err();
    assert_eq!(refusal("a,b\n1,2\n"), "FILE has the columns a, b, expected image and group");
    assert_eq!(refusal(""), "FILE has the columns , expected image and group");
    assert_eq!(refusal("image,group\n0,\n"), "FILE has no group in line 2");
    assert_eq!(refusal("image,group\n,a\n"), "FILE has no image in line 2");
    assert_eq!(
        refusal("image,group\n0,a\ntrain/0,b\n"),
        "FILE names the image train/0 twice, the second time in line 3"
    );
    assert!(refusal("image,group\n0\n").contains("found record with 1 fields"));
    let table = read("image,group\n0,a\n1,b\n").unwrap();
    assert!(table.groups(&["train/7"]).unwrap_err().to_string().ends_with(
        "does not name the image train/7 (its first row names 0), expected a row for each image"
    ));
    assert!(table.check_apart(&[0], &[1]).is_ok());
    let error = table.check_apart(&[0, 1], &[1]).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "has the group b in the training part and in the test part, expected \
            each group in one of them"
        ),
        "{error}"
    );
}
