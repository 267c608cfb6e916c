//! Defects of a report, with row and column. No text shows a login or an email address.

use crate::license::DuplicateId;
use crate::license::roster::RosterFull;
use crate::reason::Reason;

/// Where in the report: the row counts records and the header is row 1; the line counts line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPosition {
    pub row: u32,
    /// The line on which the row begins; differs when cells or blank lines before it hold line ends.
    pub line: u64,
}

impl std::fmt::Display for RowPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {}", self.row)?;
        if self.line != u64::from(self.row) {
            write!(f, " (line {})", self.line)?;
        }
        Ok(())
    }
}

/// What is wrong with a report.
#[derive(Debug, thiserror::Error)]
pub enum Defect {
    #[error("it is empty, there is not even a header")]
    Empty,
    #[error("it has a header and no account")]
    NoAccounts,
    #[error("it is a web page instead of CSV")]
    WebPage,
    #[error("row 1 is not a header: the columns {needed} are expected")]
    NotAHeader { needed: String },
    #[error("the header lacks {missing}; it has {seen}")]
    MissingColumns { missing: String, seen: String },
    #[error("the header has the column \"{0}\" twice")]
    DuplicateColumn(&'static str),
    #[error("the header has more than {0} columns")]
    TooManyColumns(usize),
    #[error("{at}, column \"{column}\": expected {expected}, found {found}")]
    Cell {
        at: RowPosition,
        column: &'static str,
        expected: &'static str,
        /// The value, if it cannot be personal; else a description.
        found: String,
    },
    #[error("{at}, column \"{column}\": longer than {cap} bytes")]
    CellTooLong {
        at: RowPosition,
        column: &'static str,
        cap: usize,
    },
    #[error("{at}, column \"{column}\": not UTF-8")]
    NotUtf8 { at: RowPosition, column: &'static str },
    #[error("{at}: has {cells} cells, the header has {columns}")]
    Width {
        at: RowPosition,
        cells: usize,
        columns: usize,
    },
    #[error("{at}: has more cells than the {columns} of the header")]
    TooWide { at: RowPosition, columns: usize },
    /// `cell` counts from 1.
    #[error("{at}, cell {cell}: the row is longer than {cap} bytes")]
    RowTooLong { at: RowPosition, cell: usize, cap: usize },
    #[error("{at}, cell {cell}: a quote is opened and never closed")]
    OpenQuote { at: RowPosition, cell: usize },
    #[error(transparent)]
    DuplicateId(#[from] DuplicateId),
    #[error("it has more than {0} accounts")]
    TooManyAccounts(u32),
    #[error("{at}: the list of accounts is larger than a run may hold in memory")]
    Full { at: RowPosition, source: RosterFull },
}

impl Defect {
    /// The reason code.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NoAccounts => Reason::EmptyCollection,
            Self::TooManyAccounts(_) | Self::Full { .. } => Reason::PayloadTooLarge,
            _ => Reason::MalformedSource,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::NoAccounts => {
                "download the all-users report in the site admin dashboard and compare; nothing was sent, so the cloud keeps what it has"
            }
            Self::WebPage => {
                "usually a login page: the server token needs the scope `site_admin` and its account has to be a site administrator; single sign-on or a proxy in front of the server must let this address through"
            }
            Self::NotAHeader { .. }
            | Self::MissingColumns { .. }
            | Self::DuplicateColumn(_)
            | Self::TooManyColumns(_) => {
                "check `server.url`; if it is right, this version of the server has a report of another form"
            }
            Self::RowTooLong { .. } | Self::OpenQuote { .. } => {
                "the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row"
            }
            Self::Cell { .. }
            | Self::CellTooLong { .. }
            | Self::NotUtf8 { .. }
            | Self::Width { .. }
            | Self::TooWide { .. } => {
                "nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row"
            }
            Self::DuplicateId(_) => {
                "one of the two would be counted twice; ask for a new report, and if it stays, report it to the vendor's support"
            }
            Self::Full { .. } => {
                "10 000 000 accounts with addresses of 41 bytes fit, so check what answers at this address; if the report is right, report these numbers to the project; nothing was sent, so the cloud keeps what it has"
            }
            Self::TooManyAccounts(_) => "that is far more than a server can have; check what answers at this address",
        }
    }
}
