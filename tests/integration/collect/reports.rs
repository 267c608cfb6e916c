//! Wrong reports. Each is refused as a whole, with the place and the reason, and without anybody's login or address.

use insta::assert_snapshot;

use super::failure;
use crate::support::enterprise::{csv, with_report};
use crate::support::family::Family;
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
async fn what_is_no_report_of_accounts_is_refused() {
    let mut family = Family::default();
    family.row("an empty body", refusal("").await);
    family.row("blank lines alone", refusal("\r\n\n\n").await);
    family.row("a byte order mark alone", refusal("\u{feff}").await);
    let said = refusal(HEADER).await;
    family.row("a header without accounts is an empty collection", said);
    for (name, report) in [
        ("a missing column", "created_at,id,login,email,suspended\n"),
        ("no header", "7,mona,mona@example.com,user,false,false\n"),
        ("a column twice", "id,login,email,suspended?,dormant?,email\n"),
    ] {
        family.row(name, refusal(report).await);
    }
    let said = refusal("x,".repeat(256) + "id,login,email,suspended?,dormant?\n").await;
    family.row("a header of hundreds of columns", said);
    let said = refusal("id;login;email;suspended?;dormant?\n").await;
    family.row("a header with other delimiters", said);
    let utf_16: Vec<u8> = "\u{feff}id,login,email"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    family.row("a report in UTF-16", refusal(utf_16).await);
    let said = refusal(r#"{"message":"Moved to mona@example.com"}"#).await;
    family.row("a JSON answer", said);
    let server = with_report(|_| Reply::answer(200, "Content-Type: Text/HTML; charset=utf-8\r\n", b"Sign in")).await;
    family.row("a login page is reported by its content type", failure(&server).await);
    let said = refusal("\n<!DOCTYPE html>\n<title>Sign in</title>").await;
    family.row("a login page is reported by its first character", said);
    let server = with_report(|_| {
        let mut bytes = head(200, "Content-Length: 1000\r\n");
        bytes.extend_from_slice(HEADER.as_bytes());
        bytes.extend_from_slice(b"7,mona,,user,false,false\n");
        Reply::Pieces(vec![bytes])
    })
    .await;
    family.row("an answer shorter than announced is cut short", failure(&server).await);
    let server = with_report(|_| {
        let mut bytes = head(200, "Transfer-Encoding: chunked\r\n");
        bytes.extend_from_slice(format!("{:x}\r\n{HEADER}\r\n", HEADER.len()).as_bytes());
        Reply::Pieces(vec![bytes])
    })
    .await;
    let said = failure(&server).await;
    family.row("a chunked answer without its last chunk is cut short", said);
    assert_snapshot!(family, @r#"
    an empty body: [1] [2] [3] [4]
    blank lines alone: [1] [2] [3] [4]
    a byte order mark alone: [1] [2] [3] [4]
    a header without accounts is an empty collection: [1] cause: it has a header and no account [3]
      reason: empty-collection, exit 65
    a missing column: [1] cause: the header lacks "suspended?"; it has "id", "login", "email", "created_at", "suspended" [5] [4]
    no header: [1] [6] [5] [4]
    a column twice: [1] cause: the header has the column "email" twice [5] [4]
    a header of hundreds of columns: [1] cause: the header has more than 256 columns [5] [4]
    a header with other delimiters: [1] [6] [5] [4]
    a report in UTF-16: [1] [6] [5] [4]
    a JSON answer: [1] [6] [5] [4]
    a login page is reported by its content type: [1] [7] [4]
    a login page is reported by its first character: [1] [7] [4]
    an answer shorter than announced is cut short: [8]
    a chunked answer without its last chunk is cut short: [8]
    [1] error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    [2] cause: it is empty, there is not even a header
    [3] help: download the all-users report in the site admin dashboard and compare; nothing was sent, so the cloud keeps what it has
    [4] reason: malformed-source, exit 65
    [5] help: check `server.url`; if it is right, this version of the server has a report of another form
    [6] cause: row 1 is not a header: the columns "id", "login", "email", "suspended?" are expected
    [7] cause: it is a web page instead of CSV
        help: usually a login page: the server token needs the scope `site_admin` and its account has to be a site administrator; single sign-on or a proxy in front of the server must let this address through
    [8] error: GET http://HOST/stafftools/reports/all_users.csv failed: the answer ended before it was complete
        help: if it happens again, check what is in between: proxy, firewall, load balancer
        reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_wrong_row_is_refused_with_its_place_and_nobody_is_shown() {
    let mut family = Family::default();
    for (name, rows) in [
        (
            "an ID that is no number",
            "mona,mona,mona@example.com,user,false,false\n",
        ),
        ("a negative id", "-7,mona,mona@example.com,user,false,false\n"),
        ("the id zero", "0,mona,mona@example.com,user,false,false\n"),
        ("an id beyond 64 bits", "18446744073709551616,mona,,user,false,false\n"),
        ("an empty id", ",mona,mona@example.com,user,false,false\n"),
    ] {
        family.row(name, refused_rows(rows).await);
    }
    let id = format!("\u{1b}[2J{}", "9".repeat(60));
    let text = refused_rows(&format!("{id},mona,,user,false,false\n")).await;
    family.row("a refused value is described and not shown", text);
    for (name, rows) in [
        ("an empty login", "7,,mona@example.com,user,false,false\n"),
        ("a boolean of another kind", "7,mona,,user,yes,false\n"),
        ("a control character", "7,\"mona\nhubot\",,user,false,false\n"),
    ] {
        family.row(name, refused_rows(rows).await);
    }
    // The second line makes one account of two, and that one suspended.
    for (name, rows) in [
        (
            "one that makes one account of two",
            "7,mona,\"mona@example.com,user,false,false\n8,hubot,\",user,true,false\n",
        ),
        (
            "one in an address",
            "7,mona,\"mona@example.com,\n8,hubot\",user,false,false\n",
        ),
        ("an empty boolean", "7,mona,,user,,false\n"),
        (
            "a row out of step",
            "7,mona,mona@example.com,user,mona@example.com,false\n",
        ),
        ("a row with too few cells", "7,mona,,user,false,false\n8,mona,mona@exam"),
        ("a row with too many cells", "7,mona,,user,false,false,\n"),
    ] {
        family.row(name, refused_rows(rows).await);
    }
    family.row("a row with hundreds of cells", refused_rows(&"7,".repeat(300)).await);
    for (name, rows) in [
        (
            "a line that differs from the row",
            "7,mona,,\"us\ner\",false,false\r\n\r\n8,mona2,,user,false,maybe\n",
        ),
        (
            "a quote that is never closed",
            "7,mona,,user,false,false\n8,\"mona2,,user,false,false\n9,mona3,,user,false,false\n",
        ),
        ("a lone quote at the end", "7,mona,,user,false,false\n\""),
    ] {
        family.row(name, refused_rows(rows).await);
    }
    let said = refused_rows(&format!("7,mona,{}@example.com,user,false,false\n", "m".repeat(309))).await;
    family.row("an address longer than any can be", said);
    let said = refused_rows(&format!("7,{},,user,false,false\n", "m".repeat(257))).await;
    family.row("a login longer than any can be", said);
    let said = refused_rows(&format!("7,mona,,user,\"{}\",false\n", "x".repeat(10_000_000))).await;
    family.row("a cell of ten megabytes is refused at the cap of a row", said);
    let report = [HEADER.as_bytes(), b"7,mona,m\xf6na@example.com,user,false,false\n"].concat();
    family.row("an address that is not UTF-8", refusal(report).await);
    let report = [HEADER.as_bytes(), b"7,m\xf6na,,user,false,false\n"].concat();
    family.row("a login that is not UTF-8", refusal(report).await);
    let said = refused_rows("7,mona,,user,false,false\n8,mona2,,user,false,false\n7,mona3,,user,true,false\n").await;
    family.row("an id that comes twice is refused with both rows", said);
    assert_snapshot!(family, @r#"
    an ID that is no number: [1] cause: row 2, column "id": expected a positive whole number, found a text of 4 characters [2] [3]
    a negative id: [1] cause: row 2, column "id": expected a positive whole number, found a text of 2 characters [2] [3]
    the id zero: [1] cause: row 2, column "id": expected a positive whole number, found a text of one character [2] [3]
    an id beyond 64 bits: [1] cause: row 2, column "id": expected a positive whole number, found a text of 20 characters [2] [3]
    an empty id: [1] cause: row 2, column "id": expected a positive whole number, found nothing [2] [3]
    a refused value is described and not shown: [1] cause: row 2, column "id": expected a positive whole number, found a text of 64 characters [2] [3]
    an empty login: [1] cause: row 2, column "login": expected a login, found nothing [2] [3]
    a boolean of another kind: [1] cause: row 2, column "suspended?": expected true or false, found "yes" [2] [3]
    a control character: [1] cause: row 2, column "login": expected a login, found a text of 10 characters [2] [3]
    one that makes one account of two: [1] cause: row 2, column "email": expected an address without control characters, found a text of 42 characters [2] [3]
    one in an address: [1] cause: row 2, column "email": expected an address without control characters, found a text of 25 characters [2] [3]
    an empty boolean: [1] cause: row 2, column "suspended?": expected true or false, found nothing [2] [3]
    a row out of step: [1] cause: row 2, column "suspended?": expected true or false, found a text of 16 characters [2] [3]
    a row with too few cells: [1] cause: row 3: has 3 cells, the header has 6 [2] [3]
    a row with too many cells: [1] cause: row 2: has 7 cells, the header has 6 [2] [3]
    a row with hundreds of cells: [1] cause: row 2: has more cells than the 6 of the header [2] [3]
    a line that differs from the row: [1] cause: row 3 (line 5), column "dormant?": expected true or false, found a text of 5 characters [2] [3]
    a quote that is never closed: [1] cause: row 3, cell 2: a quote is opened and never closed [4] [3]
    a lone quote at the end: [1] cause: row 3, cell 1: a quote is opened and never closed [4] [3]
    an address longer than any can be: [1] cause: row 2, column "email": longer than 320 bytes [2] [3]
    a login longer than any can be: [1] cause: row 2, column "login": longer than 256 bytes [2] [3]
    a cell of ten megabytes is refused at the cap of a row: [1] cause: row 2, cell 5: the row is longer than 262144 bytes [4] [3]
    an address that is not UTF-8: [1] cause: row 2, column "email": not UTF-8 [2] [3]
    a login that is not UTF-8: [1] cause: row 2, column "login": not UTF-8 [2] [3]
    an id that comes twice is refused with both rows: [1] cause: row 4, column "id": the ID 7 was already used in row 2, for an account that differs
      help: one of the two would be counted twice; ask for a new report, and if it stays, report it to the vendor's support [3]
    [1] error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    [2] help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    [3] reason: malformed-source, exit 65
    [4] help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    "#);
}
