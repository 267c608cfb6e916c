//! The texts of a family of errors side by side: each row has what it alone says, and what several say follows once.

use std::fmt;

/// Rows, each a case with what an operator reads of it.
#[derive(Default)]
pub(crate) struct Family(Vec<(String, Vec<String>)>);

impl Family {
    pub(crate) fn row(&mut self, name: impl Into<String>, text: impl AsRef<str>) {
        let lines = text.as_ref().lines().map(ToOwned::to_owned).collect();
        self.0.push((name.into(), lines));
    }

    /// How many of these lines, from the first on, stand elsewhere as well, and there in this order.
    fn shared(&self, lines: &[String]) -> usize {
        let all = || self.0.iter().map(|(_, lines)| &lines[..]);
        let count = |line: &String| all().flatten().filter(|other| *other == line).count();
        let pairs = |pair: &&[String]| {
            let all = all().flat_map(|lines| lines.windows(2));
            all.filter(|other| other == pair).count()
        };
        let go_together = |pair: &&[String]| pair.iter().all(|line| count(line) == pairs(pair));
        match lines.first() {
            Some(first) if count(first) > 1 => 1 + lines.windows(2).take_while(go_together).count(),
            _ => 0,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut notes: Vec<&[String]> = Vec::new();
        for (name, lines) in &self.0 {
            write!(f, "{name}:")?;
            let (mut rest, mut between) = (&lines[..], " ");
            while let Some((own, after)) = rest.split_first() {
                let (note, beyond) = rest.split_at(self.shared(rest));
                if note.is_empty() {
                    write!(f, "{between}{own}")?;
                    (rest, between) = (after, "\n  ");
                    continue;
                }
                let number = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                    notes.push(note);
                    notes.len() - 1
                });
                write!(f, " [{}]", number + 1)?;
                rest = beyond;
            }
            writeln!(f)?;
        }
        for (index, note) in notes.iter().enumerate() {
            writeln!(f, "[{}] {}", index + 1, note.join("\n    "))?;
        }
        Ok(())
    }
}
