//! Consumed licenses as CSV, for spreadsheets: no cell is a formula, and none controls a terminal.

use std::io::{self, Write};

use super::license_row::kind;
use super::report_answer::ReportAnswer;
use crate::license::ConsumedLicense;
use crate::plain;

/// What separates the entries of a list within a cell.
const BETWEEN: &str = ";";

const COLUMNS: [&str; 13] = [
    "deployment",
    "kind",
    "login",
    "server_users",
    "server_addresses",
    "verified_addresses",
    "saml_name_id",
    "enterprise_roles",
    "member_roles",
    "pending_invitations",
    "visual_studio_address",
    "visual_studio_status",
    "accounts",
];

/// Writes the line with the names of the columns.
pub(super) fn head(out: &mut impl Write) -> io::Result<()> {
    line(out, COLUMNS)
}

/// Writes a license.
pub(super) fn row(out: &mut impl Write, license: &ConsumedLicense) -> io::Result<()> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let users: Vec<_> = license.server_users.iter().map(ToString::to_string).collect();
    let cells = [
        license.deployment().word().to_owned(),
        kind(license).to_owned(),
        text(&license.login),
        users.join(BETWEEN),
        license.server_addresses.join(BETWEEN),
        license.verified_addresses.join(BETWEEN),
        text(&license.saml_name_id),
        license.enterprise_roles.join(BETWEEN),
        license.member_roles.join(BETWEEN),
        license.pending_invitations.join(BETWEEN),
        text(&license.visual_studio_address),
        text(&license.visual_studio_status),
        license.accounts.to_string(),
    ];
    line(out, cells.each_ref().map(String::as_str))
}

/// Writes the counts alone, one on a line.
pub(super) fn counts(out: &mut impl Write, answer: &ReportAnswer) -> io::Result<()> {
    let (seats, totals) = (&answer.seats, &answer.totals);
    line(out, ["count", "value"])?;
    let known = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    for (name, number) in [
        ("seats_consumed", seats.consumed),
        ("seats_purchased", seats.purchased),
        ("percent", seats.percent),
        ("licenses", Some(totals.licenses)),
        ("cloud_only", Some(totals.cloud_only)),
        ("server_only", Some(totals.server_only)),
        ("merged", Some(totals.merged)),
        ("neither", Some(totals.neither)),
        ("enterprise", Some(totals.enterprise)),
        ("visual_studio", Some(totals.visual_studio)),
        ("other_kinds", Some(totals.other_kinds)),
        ("pending_invitations", Some(totals.pending_invitations)),
        ("without_address", Some(totals.without_address)),
    ] {
        line(out, [name, &known(number)])?;
    }
    Ok(())
}

fn line<const N: usize>(out: &mut impl Write, cells: [&str; N]) -> io::Result<()> {
    out.write_all(joined(&cells).as_bytes())
}

/// The line of these cells, with its end.
pub(super) fn joined(cells: &[impl AsRef<str>]) -> String {
    let cells: Vec<_> = cells.iter().map(|text| cell(text.as_ref())).collect();
    cells.join(",") + "\n"
}

/// The text of a cell: one that a spreadsheet would take for a formula begins with a quote.
pub(super) fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = format!("{}{}", if is_formula { "'" } else { "" }, plain::escaped(text));
    match text.contains([',', ';', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(cell(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(
            cell("=HYPERLINK(\"http://a\",\"b\")"),
            r#""'=HYPERLINK(""http://a"",""b"")""#
        );
        assert_eq!(cell("mona+github@example.com"), "mona+github@example.com");
    }

    #[test]
    fn a_cell_stays_one_cell_on_one_line() {
        assert_eq!(cell("\"kim, ivan\"@example.com"), r#""""kim, ivan""@example.com""#);
        assert_eq!(cell("a\nb\u{1b}[2J"), r"a\u{a}b\u{1b}[2J");
        assert_eq!(cell(""), "");
    }
}
