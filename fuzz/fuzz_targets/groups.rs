//! Reads the CSV file that assigns images to groups.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder_data::GroupTable;
use zunder_fuzz::write;

fuzz_target!(|bytes: &[u8]| {
    let path = write("groups.csv", bytes);
    match GroupTable::read(&path) {
        Ok(table) => {
            assert!(table.names().len() <= table.len(), "a group without an image");
            let _ = table.groups(&["train/0", "a/1.png"]);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
