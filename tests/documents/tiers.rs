//! The table of the tiers of failures is what the program documents itself.

use std::fs;

use ghe_license_sync::sync::retry_table;

use crate::limits::root;

const BEGIN: &str = "<!-- tiers -->\n";
const END: &str = "<!-- /tiers -->";

#[test]
#[allow(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
fn the_table_of_tiers_is_that_of_the_sources() {
    let page = root("docs/operations.md");
    let text = fs::read_to_string(&page).expect("the document");
    let (before, rest) = text.split_once(BEGIN).expect("the table begins");
    let (table, after) = rest.split_once(END).expect("the table ends");
    if std::env::var_os("GENERATED").is_some_and(|it| it == "write") {
        fs::write(&page, format!("{before}{BEGIN}{}{END}{after}", retry_table())).expect("the document");
        return;
    }
    assert_eq!(table, retry_table());
}
