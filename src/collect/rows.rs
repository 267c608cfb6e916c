//! Decodes the report as it streams: bytes in, accounts into the [`Roster`], in chunks of any size.
//!
//! It holds one row at a time in a buffer that never grows, so every cap is exact and no row costs an allocation. CSV
//! is read as RFC 4180 says, with CRLF or LF; a byte order mark and blank lines are skipped. Nothing is guessed: the
//! first defect ends the decoding.

use csv_core::{ReadRecordResult, Reader};

use super::cells::{describe, read_boolean, read_id};
use super::columns::{Columns, DORMANT, EMAIL, ID, LOGIN, ROLE, SUSPENDED};
use super::defect::{Defect, Place};
use crate::license::{Account, Roster};

/// The longest row, in bytes without quotes and commas.
const ROW_CAP: usize = 256 * 1024;

/// The most columns; the report has 14.
const COLUMN_CAP: usize = 256;

/// The most accounts, tens of times what the largest servers have.
const ACCOUNT_CAP: u32 = 20_000_000;

/// The longest address: 64 bytes before the `@` and 255 after it (RFC 5321).
const EMAIL_CAP: usize = 320;

/// The longest login and the longest name of a role.
const NAME_CAP: usize = 256;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes one report.
pub struct Decoder {
    reader: Reader,
    /// How much of a byte order mark was seen; nothing once it is decided whether there is one.
    mark: Option<usize>,
    row: Row,
    /// Whether a part of the current row was read.
    inside: bool,
    at: Place,
    columns: Option<Columns>,
    roster: Roster,
}

/// The cells of the current row, one after the other, and where each ends.
struct Row {
    bytes: Box<[u8]>,
    filled: usize,
    ends: Box<[usize]>,
    cells: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        let mut reader = Reader::new();
        // The parser takes a byte order mark off its first input if it is whole there. Chunks can cut it, so that is
        // done here, and the parser is given a first input that has none.
        reader.read_record(b"\n", &mut [0], &mut [0]);
        reader.set_line(1);
        Self {
            reader,
            mark: Some(0),
            row: Row {
                // One more than allowed, so that a full buffer means that the cap was passed.
                bytes: vec![0; ROW_CAP + 1].into_boxed_slice(),
                filled: 0,
                ends: vec![0; COLUMN_CAP].into_boxed_slice(),
                cells: 0,
            },
            inside: false,
            at: Place { row: 1, line: 1 },
            columns: None,
            roster: Roster::default(),
        }
    }
}

impl Decoder {
    /// Decodes the next bytes of the report.
    ///
    /// # Errors
    /// The first [`Defect`] in it; the decoder is of no use then.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Defect> {
        let chunk = self.skip_mark(chunk)?;
        self.decode(chunk)
    }

    /// Ends the report and hands out everybody in it.
    ///
    /// # Errors
    /// The [`Defect`] in its last row or in the report as a whole.
    pub fn finish(mut self) -> Result<Roster, Defect> {
        self.end_mark()?;
        self.end_last_row()?;
        match (&self.columns, self.accounts()) {
            (None, _) => Err(Defect::Empty),
            (Some(_), 0) => Err(Defect::NoAccounts),
            (Some(_), _) => Ok(self.roster.finish()?),
        }
    }

    /// How many accounts were read so far.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.roster.totals().accounts
    }

    fn skip_mark<'chunk>(&mut self, chunk: &'chunk [u8]) -> Result<&'chunk [u8], Defect> {
        let Some(seen) = self.mark else { return Ok(chunk) };
        let rest = &BYTE_ORDER_MARK[seen..];
        let same = rest.iter().zip(chunk).take_while(|(mark, byte)| mark == byte).count();
        if same == rest.len() {
            self.mark = None;
        } else if same == chunk.len() {
            self.mark = Some(seen + same);
        } else {
            self.mark = Some(seen);
            self.end_mark()?;
            return Ok(chunk);
        }
        Ok(&chunk[same..])
    }

    /// What looked like a byte order mark and is none belongs to the header.
    fn end_mark(&mut self) -> Result<(), Defect> {
        match self.mark.take() {
            Some(seen) => self.decode(&BYTE_ORDER_MARK[..seen]),
            None => Ok(()),
        }
    }

    fn decode(&mut self, mut input: &[u8]) -> Result<(), Defect> {
        while !input.is_empty() {
            if !self.inside {
                input = self.start_row(input)?;
                if input.is_empty() {
                    return Ok(());
                }
            }
            let (result, read) = self.read(input);
            input = &input[read..];
            match result {
                ReadRecordResult::Record => self.end_row()?,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                ReadRecordResult::OutputFull => return Err(self.row_too_long()),
                ReadRecordResult::OutputEndsFull => return Err(self.too_many_cells()),
            }
        }
        Ok(())
    }

    fn read(&mut self, input: &[u8]) -> (ReadRecordResult, usize) {
        let Row {
            bytes,
            filled,
            ends,
            cells,
        } = &mut self.row;
        let (result, read, written, ended) = self
            .reader
            .read_record(input, &mut bytes[*filled..], &mut ends[*cells..]);
        *filled += written;
        *cells += ended;
        (result, read)
    }

    /// Skips blank lines here rather than in the parser, so that the row's line is the one on which it begins.
    fn start_row<'input>(&mut self, input: &'input [u8]) -> Result<&'input [u8], Defect> {
        let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (skipped, input) = input.split_at(blank);
        let lines = skipped.iter().filter(|byte| **byte == b'\n').count();
        self.at.line = self.reader.line() + lines as u64;
        self.reader.set_line(self.at.line);
        self.inside = !input.is_empty();
        match input.first() {
            Some(b'<') if self.columns.is_none() => Err(Defect::WebPage),
            _ => Ok(input),
        }
    }

    fn end_row(&mut self) -> Result<(), Defect> {
        match &self.columns {
            Some(columns) => add(&mut self.roster, &self.row, columns, self.at)?,
            None => {
                let header: Vec<&[u8]> = (0..self.row.cells).map(|at| self.row.cell(at)).collect();
                self.columns = Some(Columns::find(&header)?);
            }
        }
        self.at.row += 1;
        self.row.filled = 0;
        self.row.cells = 0;
        self.inside = false;
        Ok(())
    }

    fn end_last_row(&mut self) -> Result<(), Defect> {
        if !self.inside {
            return Ok(());
        }
        match self.read(b"\n").0 {
            ReadRecordResult::Record => self.end_row(),
            ReadRecordResult::OutputFull => Err(self.row_too_long()),
            ReadRecordResult::OutputEndsFull => Err(self.too_many_cells()),
            // The line end did not end the row, so it is part of a quoted cell.
            ReadRecordResult::InputEmpty | ReadRecordResult::End => Err(Defect::OpenQuote {
                at: self.at,
                cell: self.row.cells + 1,
            }),
        }
    }

    fn row_too_long(&self) -> Defect {
        Defect::RowTooLong {
            at: self.at,
            cell: self.row.cells + 1,
            cap: ROW_CAP,
        }
    }

    fn too_many_cells(&self) -> Defect {
        match &self.columns {
            Some(columns) => Defect::TooWide {
                at: self.at,
                columns: columns.width,
            },
            None => Defect::TooManyColumns(COLUMN_CAP),
        }
    }
}

impl Row {
    fn cell(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    fn text(&self, cell: usize, column: &'static str, cap: usize, at: Place) -> Result<&str, Defect> {
        let bytes = self.cell(cell);
        if bytes.len() > cap {
            return Err(Defect::CellTooLong { at, column, cap });
        }
        std::str::from_utf8(bytes).map_err(|_| Defect::NotUtf8 { at, column })
    }

    fn boolean(&self, cell: usize, column: &'static str, at: Place) -> Result<bool, Defect> {
        let bytes = self.cell(cell);
        read_boolean(bytes).ok_or_else(|| Defect::Cell {
            at,
            column,
            expected: "true or false",
            found: describe(bytes),
        })
    }
}

fn add(roster: &mut Roster, row: &Row, columns: &Columns, at: Place) -> Result<(), Defect> {
    if row.cells != columns.width {
        return Err(Defect::Width {
            at,
            cells: row.cells,
            columns: columns.width,
        });
    }
    if at.row - 1 > ACCOUNT_CAP {
        return Err(Defect::TooManyAccounts(ACCOUNT_CAP));
    }
    let expected = |column, expected, cell| Defect::Cell {
        at,
        column,
        expected,
        found: describe(cell),
    };
    let id = row.cell(columns.id);
    let login = row.text(columns.login, LOGIN, NAME_CAP, at)?;
    if login.is_empty() {
        return Err(expected(LOGIN, "a login", login.as_bytes()));
    }
    let account = Account {
        id: read_id(id).ok_or_else(|| expected(ID, "a positive whole number", id))?,
        login,
        email: row.text(columns.email, EMAIL, EMAIL_CAP, at)?,
        role: match columns.role {
            Some(role) => row.text(role, ROLE, NAME_CAP, at)?,
            None => "",
        },
        suspended: row.boolean(columns.suspended, SUSPENDED, at)?,
        dormant: row.boolean(columns.dormant, DORMANT, at)?,
    };
    roster
        .add(&account, at.row)
        .map_err(|source| Defect::Full { at, source })
}
