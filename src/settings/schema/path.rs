//! Settings that are paths, and the command line of a program.
//!
//! A path is absolute, since an operator does not know the working directory of a service.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::value::{Form, Setting, Text, ValueError};

/// What stands for standard input.
const STANDARD_INPUT: &str = "-";

impl Text for PathBuf {
    const FORM: Form = Form::Pattern("^/");

    fn parse(text: &str) -> Result<Self, ValueError> {
        if !Path::new(text).is_absolute() {
            return Err(ValueError::new(
                "this is not an absolute path",
                "write the whole path, starting with `/`",
            ));
        }
        if text.contains(char::is_control) {
            return Err(ValueError::new(
                "this path contains a control character",
                "write the path on one line, as plain text",
            ));
        }
        Ok(text.into())
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// Where a report is that somebody downloaded: a file, or standard input.
#[derive(Debug, Clone)]
pub(in crate::settings) enum ReportPath {
    StandardInput,
    File(PathBuf),
}

impl Text for ReportPath {
    const FORM: Form = Form::Pattern("^(/|-$)");

    fn parse(text: &str) -> Result<Self, ValueError> {
        match text {
            STANDARD_INPUT => Ok(Self::StandardInput),
            path => PathBuf::parse(path).map(Self::File),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::StandardInput => STANDARD_INPUT.to_owned(),
            Self::File(path) => path.show(),
        }
    }
}

/// The file that the metrics are written to: a path that ends in `.prom`, or nothing, which writes no metrics.
#[derive(Debug, Clone, Default)]
pub(in crate::settings) struct Textfile(pub Option<PathBuf>);

impl Text for Textfile {
    const FORM: Form = Form::Pattern("^(/.*\\.prom)?$");

    fn parse(text: &str) -> Result<Self, ValueError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let path = PathBuf::parse(text)?;
        if path.extension().is_none_or(|it| it != "prom") {
            return Err(ValueError::new(
                "this file would not be collected",
                "let its name end in `.prom`, the only files that the textfile collector reads",
            ));
        }
        Ok(Self(Some(path)))
    }

    fn show(&self) -> String {
        self.0.as_ref().map(Text::show).unwrap_or_default()
    }
}

/// A program by its absolute path, and its arguments. No shell takes them apart.
#[derive(Debug, Clone)]
pub(in crate::settings) struct CommandLine {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

impl Setting for CommandLine {
    const EXPECTED: &'static str = "a list of strings";
    const FORM: Form = Form::Strings;

    fn read(value: &Value) -> Result<Self, ValueError> {
        let help = "write the whole path of the program, then each argument: `[\"/usr/bin/cat\", \"FILE\"]`";
        let refuse = |label| Err(ValueError::new(label, help));
        let words = value.as_array().ok_or(ValueError::Type)?.iter();
        let Some(words) = words.map(Value::as_str).collect::<Option<Vec<_>>>() else {
            return refuse("this is not a list of strings");
        };
        match words[..] {
            [] => refuse("this names no program"),
            [program, ..] if !Path::new(program).is_absolute() => {
                refuse("the program is not named by an absolute path")
            }
            _ if words.iter().any(|word| word.contains(char::is_control)) => {
                refuse("this command contains a control character")
            }
            [program, ref arguments @ ..] => Ok(Self {
                program: program.into(),
                arguments: arguments.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    fn write(&self) -> Option<Value> {
        let words = std::iter::once(self.program.show()).chain(self.arguments.iter().cloned());
        Some(Value::Array(words.map(Value::String).collect()))
    }

    fn of_text(text: &str) -> Value {
        let list = format!("it = {text}").parse::<Table>().ok();
        let list = list.and_then(|mut table| table.remove("it")).filter(Value::is_array);
        list.unwrap_or_else(|| text.into())
    }
}
