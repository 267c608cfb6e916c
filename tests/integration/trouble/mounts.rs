//! File systems of a test's own: a shell in a mount namespace, in which the real binary works. Nothing of it is seen
//! outside, and it is gone with the shell. Needs `unshare`, and root or user namespaces; without them the tests fail.

use std::process::{Command, Stdio};

use rustix::process::geteuid;

use crate::support::lab::{Lab, Ran};

/// What a script begins with: `run COMMAND` runs the binary and keeps what it says.
const PRELUDE: &str = r#"
set -e
directory=$1 state=$1/state program=$2 config=$3
mkdir -p -m 700 "$state"
rm -rf "$directory/said"
mkdir "$directory/said"
runs=0
run() {
    runs=$((runs + 1))
    if "$program" --config "$config" "$@" >"$directory/said/$runs.stdout" 2>"$directory/said/$runs.stderr"; then
        code=0
    else
        code=$?
    fi
    printf %s "$code" >"$directory/said/$runs.exit"
}
"#;

/// Plays a script in which `$state` is the state directory; tells what each `run` in it said.
pub(super) async fn play(lab: &Lab, script: &str) -> Vec<Ran> {
    play_with(lab, script, Stdio::null()).await
}

/// The same with this standard input.
pub(super) async fn play_with(lab: &Lab, script: &str, input: Stdio) -> Vec<Ran> {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !geteuid().is_root() {
        command.arg("--map-root-user");
    }
    let directory = lab.directory.path().to_owned();
    command.args(["sh", "-c"]).arg(format!("{PRELUDE}{script}"));
    command
        .arg("sh")
        .arg(&directory)
        .arg(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command.arg(lab.sandbox.config_file()).stdin(input);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = |run: usize, what: &str| std::fs::read_to_string(directory.join(format!("said/{run}.{what}")));
    (1..)
        .map_while(|run| {
            Some(Ran {
                exit: Some(said(run, "exit").ok()?.parse().unwrap()),
                stdout: said(run, "stdout").unwrap(),
                stderr: said(run, "stderr").unwrap(),
            })
        })
        .collect()
}
