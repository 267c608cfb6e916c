//! The buffer for one row of a report, and the account in it. Its size never changes.

use csv_core::{ReadRecordResult, Reader};

use super::cells::{describe, read_boolean, read_id};
use super::defect::{Defect, RowPosition};
use super::report_columns::{DORMANT, EMAIL, ID, LOGIN, ROLE, ReportColumns, SUSPENDED};
use crate::license::{Account, Consumption, Roster};

/// The longest row, in bytes without quotes and commas.
pub(super) const BYTE_CAP: usize = 256 * 1024;

/// The most cells; the documented report has 14.
pub(super) const CELL_CAP: usize = 256;

/// The longest address in bytes: 64 before the `@` and 255 after it (RFC 5321).
const EMAIL_CAP: usize = 320;

/// The longest login and the longest name of a role, in bytes.
const NAME_CAP: usize = 256;

/// The cells of the current row, one after the other, and where each ends.
pub(super) struct Row {
    bytes: Box<[u8]>,
    filled: usize,
    ends: Box<[usize]>,
    ended: usize,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            // One more than allowed: the parser wants a free byte even for the end of the row.
            bytes: vec![0; BYTE_CAP + 1].into_boxed_slice(),
            filled: 0,
            ends: vec![0; CELL_CAP].into_boxed_slice(),
            ended: 0,
        }
    }
}

impl Row {
    /// Lets the parser write into the buffer; also returns how much of the input it took.
    pub(super) fn read(&mut self, reader: &mut Reader, input: &[u8]) -> (ReadRecordResult, usize) {
        let (result, read, written, ended) =
            reader.read_record(input, &mut self.bytes[self.filled..], &mut self.ends[self.ended..]);
        self.filled += written;
        self.ended += ended;
        (result, read)
    }

    /// Makes room for the next row.
    pub(super) fn clear(&mut self) {
        self.filled = 0;
        self.ended = 0;
    }

    /// The cell that is being read, counted from 1.
    pub(super) fn open_cell(&self) -> usize {
        self.ended + 1
    }

    /// All cells.
    pub(super) fn cells(&self) -> Vec<&[u8]> {
        (0..self.ended).map(|at| self.cell(at)).collect()
    }

    /// The account in this row, for this list.
    pub(super) fn account(
        &self,
        columns: &ReportColumns,
        at: RowPosition,
        roster: &Roster,
    ) -> Result<Account<'_>, Defect> {
        if self.ended != columns.width {
            return Err(Defect::Width {
                at,
                cells: self.ended,
                columns: columns.width,
            });
        }
        let expected = |column, expected, cell| Defect::Cell {
            at,
            column,
            expected,
            found: describe(cell),
        };
        let boolean = |cell, column| {
            let cell = self.cell(cell);
            read_boolean(cell).ok_or_else(|| expected(column, "true or false", cell))
        };
        let id = self.cell(columns.id);
        let login = self.text(columns.login, LOGIN, NAME_CAP, at)?;
        if login.is_empty() || is_broken(login) {
            return Err(expected(LOGIN, "a login", login.as_bytes()));
        }
        let account = Account {
            id: read_id(id).ok_or_else(|| expected(ID, "a positive whole number", id))?,
            login,
            email: "",
            role: match columns.role {
                Some(role) => self.text(role, ROLE, NAME_CAP, at)?,
                None => "",
            },
            suspended: boolean(columns.suspended, SUSPENDED)?,
            dormant: match columns.dormant {
                None => None,
                Some(cell) if self.cell(cell).is_empty() => Some(false),
                Some(cell) => Some(boolean(cell, DORMANT)?),
            },
            no_sign_in: columns
                .sign_in
                .map(|cells| cells.iter().all(|cell| self.cell(*cell).trim_ascii().is_empty())),
        };
        let broken = |email| Err(expected(EMAIL, "an address without control characters", email));
        let email = self.cell(columns.email).trim_ascii();
        // Also of an account without a license: of two lines that became one, the first may be somebody who has one.
        if email.iter().any(u8::is_ascii_control) {
            return broken(email);
        }
        // Nobody's license needs the address of any other account, which may be of no use.
        if roster.consumption(&account) != Consumption::Consumes {
            let email = self
                .text(columns.email, EMAIL, EMAIL_CAP, at)
                .unwrap_or_default()
                .trim();
            let email = if is_broken(email) { "" } else { email };
            return Ok(Account { email, ..account });
        }
        let email = self.text(columns.email, EMAIL, EMAIL_CAP, at)?.trim();
        if is_broken(email) {
            return broken(email.as_bytes());
        }
        Ok(Account { email, ..account })
    }

    /// The cells of a whole row that are read for people alone: what the identity provider calls the account, and times.
    pub(super) fn further(&self, columns: &ReportColumns) -> (Option<&[u8]>, [Option<&[u8]>; 2]) {
        let cell = |at: Option<usize>| at.map(|at| self.cell(at));
        (cell(columns.raw_login), columns.times.map(cell))
    }

    fn text(&self, cell: usize, column: &'static str, cap: usize, at: RowPosition) -> Result<&str, Defect> {
        let bytes = self.cell(cell);
        if bytes.len() > cap {
            return Err(Defect::CellTooLong { at, column, cap });
        }
        std::str::from_utf8(bytes).map_err(|_| Defect::NotUtf8 { at, column })
    }

    fn cell(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }
}

/// Whether the text holds what no login and no address has, as where a stray quote made one cell of two lines.
fn is_broken(text: &str) -> bool {
    text.chars().any(char::is_control)
}
