//! Wrong reports. Each is refused as a whole, with the place and the reason, and without anybody's login or address.

use insta::assert_snapshot;

use super::failure;
use crate::support::enterprise::{csv, with_report};
use crate::support::loopback::{Reply, head};

const HEADER: &str = "id,login,email,role,suspended?,dormant?\n";

async fn refusal(report: impl Into<Vec<u8>>) -> String {
    let report = report.into();
    let text = failure(&with_report(move |_| csv(&report)).await).await;
    for personal in ["mona", "example.com"] {
        assert!(!text.contains(personal), "{text}");
    }
    text
}

/// The refusal of these rows below a right header.
async fn refused_rows(rows: &str) -> String {
    refusal(format!("{HEADER}{rows}")).await
}

#[tokio::test]
async fn an_empty_body_is_refused() {
    assert_snapshot!(refusal("").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: it is empty, there is not even a header
    help: download the all-users report in the site admin dashboard and compare; nothing was sent, so the cloud keeps what it has
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn blank_lines_alone_are_refused() {
    assert_snapshot!(refusal("\r\n\n\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: it is empty, there is not even a header
    help: download the all-users report in the site admin dashboard and compare; nothing was sent, so the cloud keeps what it has
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_byte_order_mark_alone_is_refused() {
    assert_snapshot!(refusal("\u{feff}").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: it is empty, there is not even a header
    help: download the all-users report in the site admin dashboard and compare; nothing was sent, so the cloud keeps what it has
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_header_without_accounts_is_an_empty_collection() {
    assert_snapshot!(refusal(HEADER).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: it has a header and no account
    help: download the all-users report in the site admin dashboard and compare; nothing was sent, so the cloud keeps what it has
    reason: empty-collection, exit 65
    "#);
}

#[tokio::test]
async fn a_missing_column_is_named_beside_those_that_are_there() {
    assert_snapshot!(refusal("created_at,id,login,email,suspended\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: the header lacks "suspended?"; it has "id", "login", "email", "created_at", "suspended"
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_report_without_a_header_is_refused_without_showing_a_person() {
    assert_snapshot!(refusal("7,mona,mona@example.com,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 1 is not a header: the columns "id", "login", "email", "suspended?" are expected
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_header_that_names_a_column_twice_is_refused() {
    assert_snapshot!(refusal("id,login,email,suspended?,dormant?,email\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: the header has the column "email" twice
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_header_of_hundreds_of_columns_is_refused() {
    assert_snapshot!(refusal("x,".repeat(256) + "id,login,email,suspended?,dormant?\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: the header has more than 256 columns
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_header_with_other_delimiters_is_refused() {
    assert_snapshot!(refusal("id;login;email;suspended?;dormant?\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 1 is not a header: the columns "id", "login", "email", "suspended?" are expected
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_report_in_utf_16_is_refused() {
    let utf_16: Vec<u8> = "\u{feff}id,login,email"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_snapshot!(refusal(utf_16).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 1 is not a header: the columns "id", "login", "email", "suspended?" are expected
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_json_answer_is_refused() {
    assert_snapshot!(refusal(r#"{"message":"Moved to mona@example.com"}"#).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 1 is not a header: the columns "id", "login", "email", "suspended?" are expected
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_id_that_is_no_number_is_described_and_not_shown() {
    assert_snapshot!(refused_rows("mona,mona,mona@example.com,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "id": expected a positive whole number, found a text of 4 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_negative_id_is_refused() {
    assert_snapshot!(refused_rows("-7,mona,mona@example.com,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "id": expected a positive whole number, found a text of 2 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn the_id_zero_is_refused() {
    assert_snapshot!(refused_rows("0,mona,mona@example.com,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "id": expected a positive whole number, found a text of one character
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_id_beyond_64_bits_is_refused() {
    assert_snapshot!(refused_rows("18446744073709551616,mona,,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "id": expected a positive whole number, found a text of 20 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_empty_id_is_refused() {
    assert_snapshot!(refused_rows(",mona,mona@example.com,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "id": expected a positive whole number, found nothing
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_refused_value_is_described_and_not_shown() {
    let id = format!("\u{1b}[2J{}", "9".repeat(60));
    let text = refused_rows(&format!("{id},mona,,user,false,false\n")).await;
    assert_snapshot!(text, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "id": expected a positive whole number, found a text of 64 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_empty_login_is_refused() {
    assert_snapshot!(refused_rows("7,,mona@example.com,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "login": expected a login, found nothing
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_boolean_of_another_kind_is_refused() {
    assert_snapshot!(refused_rows("7,mona,,user,yes,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "suspended?": expected true or false, found "yes"
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_control_character_in_a_login_or_an_address_is_refused() {
    assert_snapshot!(refused_rows("7,\"mona\nhubot\",,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "login": expected a login, found a text of 10 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
    // The second line makes one account of two, and that one suspended.
    assert_snapshot!(refused_rows("7,mona,\"mona@example.com,user,false,false\n8,hubot,\",user,true,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "email": expected an address without control characters, found a text of 42 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
    assert_snapshot!(refused_rows("7,mona,\"mona@example.com,\n8,hubot\",user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "email": expected an address without control characters, found a text of 25 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_empty_boolean_is_refused() {
    assert_snapshot!(refused_rows("7,mona,,user,,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "suspended?": expected true or false, found nothing
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_row_out_of_step_does_not_show_who_slipped_into_the_wrong_column() {
    assert_snapshot!(refused_rows("7,mona,mona@example.com,user,mona@example.com,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "suspended?": expected true or false, found a text of 16 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_row_with_too_few_cells_is_refused() {
    assert_snapshot!(refused_rows("7,mona,,user,false,false\n8,mona,mona@exam").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 3: has 3 cells, the header has 6
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_row_with_too_many_cells_is_refused() {
    assert_snapshot!(refused_rows("7,mona,,user,false,false,\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2: has 7 cells, the header has 6
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_row_with_hundreds_of_cells_is_refused() {
    assert_snapshot!(refused_rows(&"7,".repeat(300)).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2: has more cells than the 6 of the header
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn the_line_is_reported_when_it_differs_from_the_row() {
    assert_snapshot!(
        refused_rows("7,mona,,\"us\ner\",false,false\r\n\r\n8,mona2,,user,false,maybe\n").await,
        @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 3 (line 5), column "dormant?": expected true or false, found a text of 5 characters
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#
    );
}

#[tokio::test]
async fn a_quote_that_is_never_closed_is_refused_at_the_row_where_it_opens() {
    assert_snapshot!(refused_rows("7,mona,,user,false,false\n8,\"mona2,,user,false,false\n9,mona3,,user,false,false\n").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 3, cell 2: a quote is opened and never closed
    help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_lone_quote_at_the_end_is_refused() {
    assert_snapshot!(refused_rows("7,mona,,user,false,false\n\"").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 3, cell 1: a quote is opened and never closed
    help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_address_longer_than_any_can_be_is_refused() {
    assert_snapshot!(refused_rows(&format!("7,mona,{}@example.com,user,false,false\n", "m".repeat(309))).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "email": longer than 320 bytes
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_login_longer_than_any_can_be_is_refused() {
    assert_snapshot!(refused_rows(&format!("7,{},,user,false,false\n", "m".repeat(257))).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "login": longer than 256 bytes
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_cell_of_ten_megabytes_is_refused_at_the_cap_of_a_row() {
    assert_snapshot!(refused_rows(&format!("7,mona,,user,\"{}\",false\n", "x".repeat(10_000_000))).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, cell 5: the row is longer than 262144 bytes
    help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_address_that_is_not_utf_8_is_refused() {
    let report = [HEADER.as_bytes(), b"7,mona,m\xf6na@example.com,user,false,false\n"].concat();
    assert_snapshot!(refusal(report).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "email": not UTF-8
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_login_that_is_not_utf_8_is_refused() {
    let report = [HEADER.as_bytes(), b"7,m\xf6na,,user,false,false\n"].concat();
    assert_snapshot!(refusal(report).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, column "login": not UTF-8
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_id_that_comes_twice_is_refused_with_both_rows() {
    assert_snapshot!(
        refused_rows("7,mona,,user,false,false\n8,mona2,,user,false,false\n7,mona3,,user,true,false\n").await,
        @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 4, column "id": the ID 7 was already used in row 2, for an account that differs
    help: one of the two would be counted twice; ask for a new report, and if it stays, report it to the vendor's support
    reason: malformed-source, exit 65
    "#
    );
}

#[tokio::test]
async fn a_login_page_is_reported_by_its_content_type() {
    let server = with_report(|_| Reply::answer(200, "Content-Type: Text/HTML; charset=utf-8\r\n", b"Sign in")).await;
    assert_snapshot!(failure(&server).await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: it is a web page instead of CSV
    help: usually a login page: the server token needs the scope `site_admin` and its account has to be a site administrator; single sign-on or a proxy in front of the server must let this address through
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_login_page_is_reported_by_its_first_character() {
    assert_snapshot!(refusal("\n<!DOCTYPE html>\n<title>Sign in</title>").await, @r#"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: it is a web page instead of CSV
    help: usually a login page: the server token needs the scope `site_admin` and its account has to be a site administrator; single sign-on or a proxy in front of the server must let this address through
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_answer_shorter_than_announced_is_cut_short() {
    let server = with_report(|_| {
        let mut bytes = head(200, "Content-Length: 1000\r\n");
        bytes.extend_from_slice(HEADER.as_bytes());
        bytes.extend_from_slice(b"7,mona,,user,false,false\n");
        Reply::Pieces(vec![bytes])
    })
    .await;
    assert_snapshot!(failure(&server).await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_chunked_answer_without_its_last_chunk_is_cut_short() {
    let server = with_report(|_| {
        let mut bytes = head(200, "Transfer-Encoding: chunked\r\n");
        bytes.extend_from_slice(format!("{:x}\r\n{HEADER}\r\n", HEADER.len()).as_bytes());
        Reply::Pieces(vec![bytes])
    })
    .await;
    assert_snapshot!(failure(&server).await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}
