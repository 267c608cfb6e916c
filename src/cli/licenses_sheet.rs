//! Writes a report on consumed licenses, row by row, to a file or for standard output.

use std::io::{self, Write};

use super::answer_format::Format;
use super::held_answer::{HeldAnswer, WholeAnswer};
use super::license_row::LicenseRow;
use super::report_answer::ReportAnswer;
use super::report_arguments::ReportArguments;
use super::{json, licenses_csv, licenses_table, report};
use crate::license::ConsumedLicense;
use crate::output_file::OutputFile;
use crate::plain;

/// What is written while the list is read. An answer on standard output is held until it is whole; a file grows.
pub(super) struct Sheet {
    format: Format,
    shows_users: bool,
    licenses: u64,
    out: Out,
}

enum Out {
    Held(HeldAnswer),
    File(OutputFile),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Held(held) => held.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Held(held) => held.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

impl Sheet {
    pub(super) fn begin(arguments: &ReportArguments, format: Format) -> io::Result<Self> {
        let out = match &arguments.output {
            None => Out::Held(HeldAnswer::new()),
            Some(path) => Out::File(OutputFile::create(path, arguments.force)?),
        };
        let mut sheet = Self {
            format,
            shows_users: arguments.show_users,
            licenses: 0,
            out,
        };
        match format {
            Format::Csv if sheet.shows_users => licenses_csv::head(&mut sheet.out)?,
            Format::Json if sheet.shows_users => {
                write!(sheet.out, "{}\n  \"licenses\": [", json::head::<ReportAnswer>())?;
            }
            _ => {}
        }
        Ok(sheet)
    }

    pub(super) fn license(&mut self, license: &ConsumedLicense) -> io::Result<()> {
        match self.format {
            _ if !self.shows_users => {}
            Format::Csv => licenses_csv::row(&mut self.out, license)?,
            Format::Json => {
                let comma = if self.licenses == 0 { "" } else { "," };
                let row = plain::escaped_json(&serde_json::to_string(&LicenseRow::from(license))?);
                write!(self.out, "{comma}\n    {row}")?;
            }
            Format::Table => {}
        }
        self.licenses += 1;
        Ok(())
    }

    /// Writes what is known at the end; returns what is for standard output.
    pub(super) fn end(mut self, answer: &ReportAnswer) -> io::Result<Option<WholeAnswer>> {
        match self.format {
            Format::Table => {
                let table = report::harmless(&licenses_table::table(answer));
                self.out.write_all(table.as_bytes())?;
            }
            Format::Csv if self.shows_users => {}
            Format::Csv => licenses_csv::counts(&mut self.out, answer)?,
            Format::Json => {
                let json = json::text(answer)?;
                match json.strip_prefix(&json::head::<ReportAnswer>()) {
                    Some(members) if self.shows_users => writeln!(self.out, "\n  ],{members}")?,
                    _ => writeln!(self.out, "{json}")?,
                }
            }
        }
        match self.out {
            Out::Held(held) => held.finish().map(Some),
            Out::File(file) => file.finish().map(|()| None),
        }
    }
}
