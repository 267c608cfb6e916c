//! Reports: CSV that is damaged, that names an account twice, or that means something to the program that opens it.

use super::attack::{Attack, REPORT, UNHARMED, server};
use crate::support::enterprise::csv;
use crate::support::loopback::{Reply, head};

const ROWS: &str = "collect/rows.rs `Decoder`";
const ROW: &str = "collect/csv_row.rs `Row`";
const CELLS: &str = "collect/csv_row.rs `BYTE_CAP`";
const WRONG: &str = "malformed-source";

const HEADER: &str = "id,login,email,suspended?,dormant?\n";

/// Five good accounts and these bytes, so that the counts are those of the server.
fn with(row: &str) -> Reply {
    csv(format!("{HEADER}{}{row}", five()).as_bytes())
}

fn five() -> String {
    (1..=5)
        .map(|id| format!("{id},canary-login-{id},canary.mail-{id}@example.com,false,false\n"))
        .collect()
}

fn account(id: &str, login: &str, email: &str) -> Reply {
    with(&format!("{id},{login},{email},false,false\n"))
}

pub(super) const ATTACKS: &[Attack] = &[
    server("quote that is never closed", WRONG, ROWS, REPORT, |_| {
        with("6,\"canary-login-6,a,false,false\n")
    }),
    server("cell without end", WRONG, CELLS, REPORT, |_| {
        Reply::Endless([&head(200, ""), HEADER.as_bytes(), b"6,"].concat(), vec![b'x'; 16_384])
    }),
    server("quoted cell without end", WRONG, CELLS, REPORT, |_| {
        Reply::Endless(
            [&head(200, ""), HEADER.as_bytes(), b"6,\""].concat(),
            b"canary,\r\n".repeat(2000),
        )
    }),
    server("quotes without end", WRONG, CELLS, REPORT, |_| {
        Reply::Endless([&head(200, ""), HEADER.as_bytes(), b"6,"].concat(), vec![b'"'; 16_384])
    }),
    server(
        "cells without end",
        WRONG,
        "collect/csv_row.rs `CELL_CAP`",
        REPORT,
        |_| Reply::Endless(head(200, ""), b",".repeat(16_384)),
    ),
    server(
        "same account without end",
        WRONG,
        "license/roster.rs `DuplicateId`",
        REPORT,
        // Rows that are the same count once, so the last one differs.
        |_| {
            let same = "6,canary-login-6,canary.mail-6@example.com,false,false\n".repeat(50_000);
            with(&format!(
                "{same}6,canary-login-6,canary.mail-7@example.com,false,false\n"
            ))
        },
    ),
    server("NUL in a login", WRONG, ROW, REPORT, |_| {
        account("6", "canary\0", "a@example.com")
    }),
    server("NUL in an address", WRONG, ROW, REPORT, |_| {
        account("6", "canary", "canary\0@example.com")
    }),
    server("carriage return in a row", WRONG, ROWS, REPORT, |_| {
        with("6,canary\r,a@example.com,false,false\n")
    }),
    server(
        "byte order mark twice",
        WRONG,
        "collect/report_columns.rs `ReportColumns`",
        REPORT,
        |_| csv(format!("\u{feff}\u{feff}{HEADER}{}", five()).as_bytes()),
    ),
    server(
        "column twice",
        WRONG,
        "collect/report_columns.rs `ReportColumns`",
        REPORT,
        |_| csv(b"id,login,email,email,suspended?,dormant?\n1,a,canary,canary,false,false\n"),
    ),
    server(
        "column that is missing",
        WRONG,
        "collect/report_columns.rs `ReportColumns`",
        REPORT,
        |_| csv(b"id,login,mail,suspended?,dormant?\n1,a,canary,false,false\n"),
    ),
    server(
        "columns of other letters",
        WRONG,
        "collect/report_columns.rs `ReportColumns`",
        REPORT,
        |_| csv("\u{456}d,login,email,suspended?,dormant?\n1,a,canary,false,false\n".as_bytes()),
    ),
    server(
        "formula as a login",
        UNHARMED,
        "license/account.rs `Account`",
        REPORT,
        |_| account("6", "=cmd|'/c calc'!A1", "canary.mail-6@example.com"),
    ),
    server("ID 0", WRONG, ROW, REPORT, |_| {
        account("0", "canary", "canary@example.com")
    }),
    server("ID -1", WRONG, ROW, REPORT, |_| {
        account("-1", "canary", "canary@example.com")
    }),
    server("ID of 2^63", UNHARMED, ROW, REPORT, |_| {
        account("9223372036854775808", "canary", "canary@example.com")
    }),
    server("ID of 2^64", WRONG, ROW, REPORT, |_| {
        account("18446744073709551616", "canary", "canary@example.com")
    }),
    server("ID with a sign", WRONG, ROW, REPORT, |_| {
        account("+6", "canary", "canary@example.com")
    }),
    server("ID in other digits", WRONG, ROW, REPORT, |_| {
        account("\u{666}", "canary", "canary@example.com")
    }),
    server("ID twice", WRONG, "license/roster.rs `DuplicateId`", REPORT, |_| {
        account("5", "canary", "canary@example.com")
    }),
    server("header alone", "empty-collection", ROWS, REPORT, |_| {
        csv(HEADER.as_bytes())
    }),
    server("nothing as a report", WRONG, ROWS, REPORT, |_| csv(b"")),
    server("line breaks alone", WRONG, ROWS, REPORT, |_| {
        csv(&b"\r\n".repeat(100_000))
    }),
    server("row that is too wide", WRONG, ROWS, REPORT, |_| {
        with("6,canary,a,false,false,canary\n")
    }),
    server("row that is too narrow", WRONG, ROW, REPORT, |_| with("6,canary\n")),
    server(
        "address of 64 KiB",
        WRONG,
        "collect/csv_row.rs `EMAIL_CAP`",
        REPORT,
        |_| account("6", "canary", &format!("{}@example.com", "canary".repeat(11_000))),
    ),
    server(
        "login of 64 KiB",
        WRONG,
        "collect/csv_row.rs `NAME_CAP`",
        REPORT,
        |_| account("6", &"canary".repeat(11_000), ""),
    ),
    server("address that steers a terminal", WRONG, ROW, REPORT, |_| {
        account("6", "canary", "canary\u{1b}[2J@example.com")
    }),
    server("address that turns a line around", UNHARMED, ROW, REPORT, |_| {
        account("6", "canary", "canary\u{202e}@example.com")
    }),
    server("report that is not UTF-8", WRONG, ROW, REPORT, |_| {
        csv(&[
            HEADER.as_bytes(),
            five().as_bytes(),
            b"6,canary,canary\xff@example.com,false,false\n",
        ]
        .concat())
    }),
    server("page of a sign-on as a report", WRONG, ROWS, REPORT, |_| {
        Reply::answer(
            200,
            "Content-Type: text/csv\r\n",
            b"<!DOCTYPE html><title>canary</title>",
        )
    }),
];
