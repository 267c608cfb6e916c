//! Why a program does not start, in the terms of its file: the kernel answers "No such file or directory" also when only the
//! interpreter of a script is missing.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use crate::explain::Explain as _;
use crate::settings::files::{self, WriterError};
use crate::settings::name_of_process;

/// As much as Linux reads of a file to find out how it is started.
const HEAD: u64 = 256;

/// The permission bits of which one lets somebody execute a file.
const EXECUTABLE: u32 = 0o111;

/// Why a program does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("there is no such file")]
    Missing,
    #[error("it is a directory")]
    Directory,
    #[error("nobody may execute it (mode {mode:04o})")]
    Mode { mode: u32 },
    #[error("the user {} may not execute it", name_of_process())]
    Denied,
    #[error("its first line ends with a carriage return, which belongs to the name of the interpreter")]
    CarriageReturn,
    #[error("its interpreter {} does not exist", path.display())]
    NoInterpreter { path: PathBuf },
    #[error("the user {} may not execute its interpreter {}", name_of_process(), path.display())]
    DeniedInterpreter { path: PathBuf },
    #[error("it is neither a program for this machine nor a script that begins with `#!`")]
    Format,
    #[error("other users can decide what it does")]
    Writers(#[source] WriterError),
    #[error(transparent)]
    Other(io::Error),
}

impl StartError {
    /// Why `program` did not start.
    pub(super) fn of(program: &Path, error: io::Error) -> Self {
        let is_of_file = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied);
        match inspect_file(program) {
            Err(cause) if is_of_file => cause,
            _ if error.raw_os_error() == Some(libc::ENOEXEC) => Self::Format,
            _ if error.kind() == ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Other(error),
        }
    }

    /// What to do about it; `key` names the setting.
    pub(super) fn help(&self, program: &Path, key: &str) -> String {
        let program = program.display();
        match self {
            Self::Missing => format!("put the program there, or correct `{key}`"),
            Self::Directory => format!("name the program in it in `{key}`"),
            Self::Mode { .. } => format!("if it is the program, run `chmod a+x {program}`; or correct `{key}`"),
            Self::Denied | Self::DeniedInterpreter { .. } => {
                "let the user of this program run it; the packaged service starts no other program unless a drop-in allows it \
                 and its interpreter: /usr/share/doc/ghe-license-sync/examples/source-command.conf"
                    .to_owned()
            }
            Self::CarriageReturn => {
                format!("write it with the line ends of Unix: `sed -i 's/\\r$//' {program}`")
            }
            Self::NoInterpreter { .. } => format!("install the interpreter, or correct the first line of {program}"),
            Self::Format => format!(
                "if {program} is a script, begin it with `#!` and the path of its interpreter, like `#!/bin/sh`; otherwise take \
                 the program for this processor"
            ),
            Self::Writers(error) => error.help().unwrap_or_default(),
            Self::Other(_) => format!("name a program in `{key}` that the user of this program can run"),
        }
    }
}

/// Checks the file of a program and its interpreter, and starts nothing.
pub fn inspect(program: &Path) -> Result<(), StartError> {
    let found = inspect_file(program)?;
    files::check_found(program, &found).map_err(StartError::Writers)
}

/// Makes sure that nobody but root and the user of this process decides what `program` does. One that is missing is
/// reported when it is started.
pub(super) fn make_sure_of_writers(program: &Path) -> Result<(), StartError> {
    program.metadata().map_or(Ok(()), |found| {
        files::check_found(program, &found).map_err(StartError::Writers)
    })
}

fn inspect_file(program: &Path) -> Result<Metadata, StartError> {
    let found = program.metadata().map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => StartError::Missing,
        ErrorKind::PermissionDenied => StartError::Denied,
        _ => StartError::Other(error),
    })?;
    let mode = found.permissions().mode() & 0o7777;
    if found.is_dir() {
        return Err(StartError::Directory);
    }
    if mode & EXECUTABLE == 0 {
        return Err(StartError::Mode { mode });
    }
    if !may_execute(program) {
        return Err(StartError::Denied);
    }
    // A program may be executed by those who cannot read it.
    let Some(line) = File::open(program).ok().and_then(first_line) else {
        return Ok(found);
    };
    match interpreter(&line)? {
        Some(path) if !path.exists() => Err(StartError::NoInterpreter { path }),
        Some(path) if !may_execute(&path) => Err(StartError::DeniedInterpreter { path }),
        _ => Ok(found),
    }
}

fn may_execute(path: &Path) -> bool {
    accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

/// The first line of a script, without `#!`.
fn first_line(file: File) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(line.to_vec())
}

/// The interpreter of a script, as the kernel reads the line.
fn interpreter(line: &[u8]) -> Result<Option<PathBuf>, StartError> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | 0);
    let name = line.split(is_blank).find(|word| !word.is_empty()).unwrap_or_default();
    match name {
        [] => Ok(None),
        [.., b'\r'] => Err(StartError::CarriageReturn),
        // It would look for the name with the carriage return.
        name if name.ends_with(b"/env") && line.ends_with(b"\r") => Err(StartError::CarriageReturn),
        name => Ok(Some(Path::new("/").join(OsStr::from_bytes(name)))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    fn found(content: &str, mode: u32) -> String {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("fetch");
        fs::write(&program, content).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(mode)).unwrap();
        inspect(&program).map_or_else(|error| error.to_string(), |_| "good".to_owned())
    }

    #[test]
    fn a_script_that_starts_is_good() {
        for script in [
            "#!/bin/sh\n",
            "#! /bin/sh -e\n",
            "#!/usr/bin/env sh",
            "#!bin/sh\n",
            "no script",
        ] {
            assert_eq!(found(script, 0o755), "good", "{script}");
        }
    }

    #[test]
    fn each_cause_is_named() {
        let returned = "its first line ends with a carriage return, which belongs to the name of the interpreter";
        for script in ["#!/bin/sh\r\necho\r\n", "#!/usr/bin/env sh\r\n"] {
            assert_eq!(found(script, 0o755), returned, "{script:?}");
        }
        assert_eq!(
            found("#!/nowhere/sh\n", 0o755),
            "its interpreter /nowhere/sh does not exist"
        );
        assert_eq!(found("#!/bin/sh\n", 0o644), "nobody may execute it (mode 0644)");
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(inspect(directory.path()), Err(StartError::Directory)));
        let below = directory.path().join("fetch");
        assert!(matches!(inspect(&below), Err(StartError::Missing)));
        fs::write(&below, "#!/etc/passwd\n").unwrap();
        fs::set_permissions(&below, Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(inspect(&below), Err(StartError::DeniedInterpreter { .. })));
    }
}
