//! Parses, dispatches, and turns the result into the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ghe_license_sync::cli::run(std::env::args_os()) as u8)
}
