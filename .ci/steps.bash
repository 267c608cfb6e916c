# shellcheck shell=bash
# What the check scripts share: sections with a heading and a duration, and the tools that the sections need.
#
# Source it from the root of the repository, after `set -euo pipefail`. The table of durations is printed when the
# script exits, also when a section fails.

set -o errtrace

# The cargo tools are installed here, and compile their common dependencies once.
readonly tools=target/ci-tools
declare -Ar versions=(
    [cargo-cyclonedx]=0.5.9
    [cargo-deb]=3.8.0
    [cargo-deny]=0.20.2
    [cargo-fuzz]=0.13.2
    [cargo-generate-rpm]=0.21.1
    [cargo-mutants]=27.1.0
    [cargo-zigbuild]=0.24.1
)

# Cargo reuses what it has compiled; incremental state would only cost time and disk.
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never

# Title and start of each section, in order.
titles=()
starts=()
failed=
# The processes of the commands beside which parts run.
waiting=()

section() {
    titles+=("$1")
    starts+=("$SECONDS")
    printf '\n=== [%s] %s\n' "$(clock "$SECONDS")" "$1"
}

clock() {
    printf '%3d:%02d' $(($1 / 60)) $(($1 % 60))
}

fail() {
    printf '\n%s: %s\n' "$0" "$1" >&2
    exit 1
}

# number NAME VALUE: makes sure that a count or a number of seconds is one, and not 0.
number() {
    [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || fail "$1 is \`$2\`; write a whole number from 1 on"
}

print_durations() {
    local status=$1 index end remark=''
    [[ ${#titles[@]} -gt 0 ]] || return 0
    printf '\n duration  section\n'
    for index in "${!titles[@]}"; do
        end=${starts[index + 1]:-$SECONDS}
        [[ $status -eq 0 || $((index + 1)) -lt ${#titles[@]} ]] || remark='  FAILED'
        printf '   %s  %s%s\n' "$(clock $((end - starts[index])))" "${titles[index]}" "$remark"
    done
    printf '   %s  total\n' "$(clock "$SECONDS")"
}

# beside NAME COMMAND PART...: runs the parts while COMMAND, which needs little processor time, runs in the background; its
# output follows theirs.
beside() {
    local name=$1 command=$2 log=target/$2.log process part status=0
    mkdir -p target
    # A process group of its own, so that all that the command started can be ended.
    set -m
    "$command" >"$log" 2>&1 &
    set +m
    process=$!
    waiting+=("$process")
    for part in "${@:3}"; do
        "$part"
    done
    section "the rest of $name"
    wait "$process" || status=$?
    unset 'waiting[-1]'
    cat "$log"
    [[ $status -eq 0 ]] || fail "$name: failed"
}

stop_waiting() {
    local process
    for process in "${waiting[@]}"; do
        printf '\nwhat ran in parallel is ended; what it printed is in a log below target/\n'
        kill -- "-$process" 2>/dev/null || continue
        wait "$process" || true
    done
}

report_failure() {
    # What fails in a subshell or in a function fails once more in its caller.
    [[ $BASH_SUBSHELL -eq 0 && -z $failed ]] || return 0
    failed=yes
    printf '\n=== [%s] FAILED: %s (%s, line %d)\n' "$(clock "$SECONDS")" "$1" "$2" "$3" >&2
}

trap 'report_failure "$BASH_COMMAND" "${BASH_SOURCE[0]}" "$LINENO"' ERR
trap 'status=$?; stop_waiting; print_durations $status' EXIT

# What tests write is kept in memory where that is possible: thousands of stores are made, and each commit of each waits for
# the disk. A test that needs a disk makes one.
if [[ -d /dev/shm && -w /dev/shm ]]; then
    readonly test_directory=/dev/shm
else
    readonly test_directory=${TMPDIR:-/tmp}
fi

# Tests wait for half of their time.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((2 * $(nproc)))}

# cargo_test ARGUMENT...: the tests of Cargo.lock's versions, with those directories.
cargo_test() {
    TMPDIR=$test_directory cargo test --locked "$@"
}

# Makes sure that a command exists; the second argument is its Debian package.
need() {
    local command=$1 package=$2
    if ! command -v "$command" >/dev/null; then
        install_package "$package" "$command is missing"
        command -v "$command" >/dev/null || fail "$command is still missing after installing $package"
    fi
}

# The tools by which the tests inspect system calls and namespaces.
need_for_tests() {
    need strace strace
    need unshare util-linux
}

install_package() {
    local package=$1 why=$2
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        fail "$why; install $package and run this again"
    fi
    printf '%s: installing %s\n' "$why" "$package"
    .ci/install "$package"
}

# When this version was made, in seconds; packages and the bill of materials have this time wherever they are built.
source_date() {
    dpkg-parsechangelog -l config/debian/changelog -S Timestamp
}

# install_python DIRECTORY REQUIREMENTS: an environment of Python's with these packages.
install_python() {
    need python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_package python3-venv 'Python cannot make a venv'
    [[ -x $1/bin/pip ]] || python3 -m venv "$1"
    # The script `pip` of a copied environment would install into the original.
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$2"
}

# install_npm DIRECTORY SOURCE: the packages of the lock file in SOURCE.
install_npm() {
    need node nodejs
    need npm npm
    # npm writes the hidden file when it has finished.
    if [[ ! -s $1/node_modules/.package-lock.json ]] || ! cmp --silent "$2/package-lock.json" "$1/package-lock.json"; then
        rm -rf "$1/node_modules"
        mkdir -p "$1"
        cp "$2/package.json" "$2/package-lock.json" "$1"
        npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel error
    fi
}

# Installs cargo tools below target/, unless they are there.
install_tools() {
    local tool exact=()
    for tool in "$@"; do
        exact+=("$tool@${versions[$tool]}")
    done
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$tools/build \
        cargo install --quiet --locked --debug --root "$tools" "${exact[@]}"
}
