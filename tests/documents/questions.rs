//! The table of questions names one file each, which is there and is no other's.

use std::collections::BTreeSet;
use std::fs;

use crate::limits::root;

#[test]
fn each_question_is_answered_by_one_file_that_is_there() {
    let text = fs::read_to_string(root("docs/ARCHITECTURE.md")).expect("the document");
    let (_, below) = text.split_once("## Where a question is answered").expect("the heading");
    let (table, _) = below.split_once("\n## ").expect("the next heading");
    let mut files = BTreeSet::new();
    for row in table.lines().filter(|line| line.contains("? | ")) {
        let named: Vec<_> = row
            .split("](../")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .collect();
        let [file] = named[..] else {
            panic!("not one file: {row}")
        };
        assert!(
            row.contains(&format!("[`{}`]", file.trim_start_matches("src/"))),
            "{row}"
        );
        assert!(root(file).is_file(), "{row}");
        assert!(files.insert(file.to_owned()), "{file} answers two questions");
    }
    assert!(files.len() >= 10, "the table was not found");
}
