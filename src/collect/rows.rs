//! Decodes the report as it streams: bytes in, accounts into the [`Roster`], in chunks of any size.
//!
//! It holds one row at a time in a buffer that never grows, so every cap is exact and no row costs an allocation. CSV
//! is read as RFC 4180 says, with CRLF or LF; a byte order mark and blank lines are skipped. Nothing is guessed: the
//! first defect ends the decoding.

use csv_core::{ReadRecordResult, Reader};

use super::csv_row::{self, Row};
use super::defect::{Defect, RowPosition};
use super::people::People;
use super::report_columns::ReportColumns;
use crate::license::Roster;

/// The most accounts, tens of times what the largest servers have. With addresses of 41 bytes on average, all of them fit
/// into [`MEMORY_CAP`](crate::license::roster::MEMORY_CAP).
const ACCOUNT_CAP: u32 = 10_000_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes one report.
pub struct Decoder {
    reader: Reader,
    /// How much of a byte order mark was seen; nothing once it is decided whether there is one.
    mark: Option<usize>,
    row: Row,
    /// Whether a part of the current row was read.
    inside: bool,
    at: RowPosition,
    columns: Option<ReportColumns>,
    roster: Roster,
    /// Everybody, if they are wanted.
    people: Option<People>,
}

/// For the report of a server without SCIM.
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
            row: Row::default(),
            inside: false,
            at: RowPosition { row: 1, line: 1 },
            columns: None,
            roster: Roster::default(),
            people: None,
        }
    }
}

impl Decoder {
    /// For the report of a server where SCIM is enabled or not.
    pub fn new(scim_enabled: bool) -> Self {
        Self::filling(Roster::new(scim_enabled))
    }

    /// The same, which adds the accounts to this list.
    pub fn filling(roster: Roster) -> Self {
        Self {
            roster,
            ..Self::default()
        }
    }

    /// Keeps the accounts themselves as well.
    pub fn keeping_people(self) -> Self {
        Self {
            people: Some(People::default()),
            ..self
        }
    }

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
    pub fn finish(self) -> Result<Roster, Defect> {
        self.finish_with_people().map(|(roster, _)| roster)
    }

    /// The same, with the people if they were kept.
    ///
    /// # Errors
    /// Those of [`Decoder::finish`].
    pub fn finish_with_people(mut self) -> Result<(Roster, People), Defect> {
        self.end_mark()?;
        self.end_last_row()?;
        match (&self.columns, self.accounts()) {
            (None, _) => Err(Defect::Empty),
            (Some(_), 0) => Err(Defect::NoAccounts),
            (Some(_), _) => {
                let (roster, mut people) = (self.roster.finish()?, self.people.unwrap_or_default());
                if roster.totals().repeated_rows > 0 {
                    people.leave_out_repeated();
                }
                Ok((roster, people))
            }
        }
    }

    /// The lists to be filled, for who reads something else than a report.
    pub(super) fn into_lists(self) -> (Roster, Option<People>) {
        (self.roster, self.people)
    }

    /// How many accounts were read so far.
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
            let (result, read) = self.row.read(&mut self.reader, input);
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
            Some(columns) => {
                let at = self.at;
                // The header is not an account, so the row is one more than the accounts up to here.
                if at.row > ACCOUNT_CAP + 1 {
                    return Err(Defect::TooManyAccounts(ACCOUNT_CAP));
                }
                let account = self.row.account(columns, at, &self.roster)?;
                let added = self.roster.add(&account, at.row);
                added.map_err(|source| Defect::Full { at, source })?;
                if let Some(people) = &mut self.people {
                    let (names, times) = self.row.further(columns);
                    people.add(&account, names, times);
                }
            }
            None => self.columns = Some(ReportColumns::find(&self.row.cells())?),
        }
        self.at.row += 1;
        self.row.clear();
        self.inside = false;
        Ok(())
    }

    fn end_last_row(&mut self) -> Result<(), Defect> {
        if !self.inside {
            return Ok(());
        }
        match self.row.read(&mut self.reader, b"\n").0 {
            ReadRecordResult::Record => self.end_row(),
            ReadRecordResult::OutputFull => Err(self.row_too_long()),
            ReadRecordResult::OutputEndsFull => Err(self.too_many_cells()),
            // The line end did not end the row, so it is part of a quoted cell.
            ReadRecordResult::InputEmpty | ReadRecordResult::End => Err(Defect::OpenQuote {
                at: self.at,
                cell: self.row.open_cell(),
            }),
        }
    }

    fn row_too_long(&self) -> Defect {
        Defect::RowTooLong {
            at: self.at,
            cell: self.row.open_cell(),
            cap: csv_row::BYTE_CAP,
        }
    }

    fn too_many_cells(&self) -> Defect {
        match &self.columns {
            Some(columns) => Defect::TooWide {
                at: self.at,
                columns: columns.width,
            },
            None => Defect::TooManyColumns(csv_row::CELL_CAP),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_more_than_the_cap_is_refused() {
        let mut decoder = Decoder::default();
        decoder.push(b"id,login,email,suspended?,dormant?\n").unwrap();
        decoder.at.row = ACCOUNT_CAP + 1;
        decoder.push(b"1,mona,,false,false\n").unwrap();
        let error = decoder.push(b"2,hubot,,false,false\n").unwrap_err();
        assert_eq!(error.to_string(), "it has more than 10000000 accounts");
        assert_eq!(error.reason().code(), "payload-too-large");
    }
}
