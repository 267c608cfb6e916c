//! The five fields of a cron expression: what is allowed in each. croner reads the numbers; this file reports what it
//! would misread.

use std::fmt;

/// One of the five fields, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

impl Field {
    pub(super) const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Month, Self::Weekday];

    /// Names that stand for a number in this field, and letters that mark a day.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Minute | Self::Hour => &[],
            Self::Day => &["L", "W"],
            Self::Month => &[
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ],
            Self::Weekday => &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
        }
    }

    /// Whether `text` is allowed in this field, as far as croner does not look: it takes `MAR` for an hour, and an empty
    /// place in a list for nothing. What croner then complains of, it quotes, so it gets nothing that cannot be shown.
    pub(super) fn allows(self, text: &str) -> bool {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        visible
            && text.to_ascii_uppercase().split(',').all(|item| {
                let last_of_month = match self {
                    // A lone `L` would be the last of no weekday.
                    Self::Weekday => item.strip_suffix('L').filter(|weekday| !weekday.is_empty()),
                    _ => None,
                };
                let mut words = last_of_month.unwrap_or(item).split(|c: char| !c.is_alphabetic());
                !item.is_empty() && words.all(|word| word.is_empty() || self.words().contains(&word))
            })
    }

    /// How to write it.
    pub(super) fn form(self) -> &'static str {
        match self {
            Self::Minute => "write a number from 0 to 59",
            Self::Hour => "write numbers from 0 to 23, like `3`, `3,15`, `8-17`, `*/6`, or `*` for every hour",
            Self::Day => "write numbers from 1 to 31, like `1`, `1,15`, `L` for the last day, or `*` for every day",
            Self::Month => "write numbers from 1 to 12 or names of three letters, like `1`, `Jan,Jul`, or `*`",
            Self::Weekday => {
                "write names of three letters or numbers from 0 (Sunday) to 7 (Sunday again), like `Mon`, `Mon-Fri`, \
                 `Sun#2` for the second Sunday, `FriL` for the last Friday, or `*`"
            }
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute (the first field)",
            Self::Hour => "hour (the second field)",
            Self::Day => "day of the month (the third field)",
            Self::Month => "month (the fourth field)",
            Self::Weekday => "day of the week (the fifth field)",
        })
    }
}
