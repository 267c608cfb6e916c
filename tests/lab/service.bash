# shellcheck shell=bash
# The service as an operator handles it: install, configure, look at. The unit is `$unit`, the sandbox `main` its world.

unit=ghe-license-sync.service
readonly settings=$root/etc/ghe-license-sync
readonly state=$root/var/lib/ghe-license-sync
# A property of the unit, a line of its journal and a request to the sandbox are looked at many times.

install_package() {
    cp "$1" "$root/var/tmp/new.deb"
    inside dpkg --install /var/tmp/new.deb
}

property() {
    inside systemctl show --value --property="$1" "$unit"
}

# status_is PATTERN: what the service says of itself matches.
status_is() {
    says "$1" property StatusText
}

is_active() {
    inside systemctl is-active "$unit"
}

# The number of the daemon in the container.
main_pid() {
    property MainPID
}

# restarts NUMBER: systemd restarted the service so many times by itself.
restarts() {
    says "^$1\$" property NRestarts
}

# Every record of the service since `mark` was called, as JSON, one a line.
records() {
    inside journalctl --quiet --no-pager --unit="$unit" --since="@$since" --output=json "$@"
}

# From here on.
mark() {
    # By the clock: with a match, --after-cursor passes over the first record that matches.
    since=$(date +%s.%6N)
}

# wrote JQ_FILTER [MATCH]...: a record passes the filter.
wrote() {
    local filter=$1
    shift
    records "$@" | tee "$lab/records" | jq -e -s "any(.[]; $filter)"
}

# messages [MATCH]...: what the service itself wrote, one a line.
messages() {
    records "$@" | jq -r 'select(._SYSTEMD_UNIT != "init.scope" and .SYSLOG_IDENTIFIER != "systemd") | .MESSAGE'
}

# settings_for SANDBOX [FILE]: the sandbox's settings where the service reads them, without what the unit gives.
settings_for() {
    grep -vE '^(private-key-file|read-token-file|token-file|directory) =' "$lab/sandbox-$1/config.toml" |
        sed '/^\[state\]$/d' >"$settings/${2:-config.toml}"
}

# credentials_for SANDBOX [PREFIX]: the sandbox's credentials where systemd takes them from.
credentials_for() {
    local name
    for name in connect-private-key connect-read-token server-token; do
        install -m 0600 "$lab/sandbox-$1/credentials/$name" "$root/etc/credstore/${2:-ghe-license-sync}.$name"
    done
}

# drop_in NAME: what stands on standard input is added to the unit.
drop_in() {
    local directory=$root/etc/systemd/system/${2:-$unit}.d
    mkdir -p "$directory"
    cat >"$directory/$1.conf"
    inside systemctl daemon-reload
}

drop_out() {
    rm -f "$root/etc/systemd/system/${2:-$unit}.d/$1.conf"
    inside systemctl daemon-reload
}

# The number of records whose text has the word.
count_messages() {
    messages | grep -c -- "$1"
}

# The states that runs went through, one a line.
states() {
    records | jq -r 'select(.STATE) | .STATE'
}

# What the probe in the unit found.
probed() {
    messages | sed -n 's/^probe: //p'
}

# The command line, as the service's user.
as_service() {
    inside setpriv --reuid=ghe-license-sync --regid=ghe-license-sync --clear-groups ghe-license-sync "$@"
}

# Who approved the newest run.
approver() {
    as_service --json history --limit 1 | jq -r '.[0].decision.by'
}

# run_is STATE: the newest run is in that state.
run_is() {
    # The exit code tells of the health.
    { as_service --json status || true; } | jq -e --arg state "$1" '.last_run.state == $state'
}

# failed_with PROPERTY STATUS: the service failed and systemd let it be.
failed_with() {
    says '^failed$' property ActiveState && says "^$2\$" property "$1" && restarts 0
}

# The service stops well within ten seconds.
stops_in_time() {
    local start=$SECONDS
    inside systemctl stop "$unit"
    printf 'it took %d s\n' "$((SECONDS - start))"
    [[ $((SECONDS - start)) -lt 10 ]] && says '^success$' property Result && says '^0$' property ExecMainStatus
}

# The reasons that were given since the machine was booted, each once.
reasons_given() {
    inside journalctl --quiet --no-pager --unit='ghe-license-sync*' --output=json |
        jq -r 'select(.REASON) | .REASON' | sort -u
}

# title_of REASON: what the page of the reasons calls it.
title_of() {
    sed -n "/^### \`$1\`\$/,/^\*\*/s/^\*\*\(.*\)\*\*.*/\1/p" docs/reasons.md
}

# explained REASON: the journal can be asked for the reason, and has the word of the catalog on what it finds.
explained() {
    local title
    title=$(title_of "$1")
    [[ -n $title ]] && inside journalctl --no-pager --catalog "REASON=$1" >"$lab/explanation" &&
        says "Subject: $title\$" cat "$lab/explanation" && says 'What to do' cat "$lab/explanation"
}

# all_explained REASON...: these were given, and they and every other that was given are explained.
all_explained() {
    local reason
    for reason in "$@"; do
        that "$reason was given" says "^$reason\$" reasons_given
    done
    for reason in $(reasons_given); do
        that "journalctl -x explains $reason" explained "$reason"
    done
}

# Away with the memory of earlier starts, runs and settings; what is left is as after the installation.
start_over() {
    inside systemctl stop "$unit" || true
    rm -rf "${state:?}" "$root/etc/systemd/system/$unit.d"
    inside systemctl daemon-reload
    inside systemctl reset-failed "$unit" 2>/dev/null || true
    [[ -z ${main_sandbox:-} ]] || stop_sandbox "$main_sandbox"
    start_sandbox main
    main_sandbox=$sandbox
    settings_for main
    credentials_for main
    # Half a minute between two starts is long when it is waited for.
    drop_in quick <<<$'[Service]\nRestartSec=500ms'
    mark
}

# ask PATH [SANDBOX]: what the sandbox's cloud knows.
ask() {
    beside curl --silent --show-error --fail "$(jq -r .cloud "$lab/sandbox-${2:-main}/urls")_sandbox/$1"
}

# fault SPEC: lets something go wrong in the sandbox; `fault clear` lets nothing go wrong.
fault() {
    local url
    url=$(jq -r .cloud "$lab/sandbox-main/urls")_sandbox/faults
    if [[ $1 == clear ]]; then
        beside curl --silent --show-error --fail --request DELETE "$url"
    else
        beside curl --silent --show-error --fail --json "{\"fault\": \"$1\"}" "$url"
    fi
}

# hold_up POINT: the sandbox makes a run take long there.
hold_up() {
    # The status is asked for a first time before the upload.
    [[ $1 != status ]] || fault "$1:latency=1ms"
    fault "$1:latency=60s"
}

# uploads NUMBER [SANDBOX]: the cloud took so many.
uploads() {
    says "^$1\$" ask_uploads "${2:-main}"
}

ask_uploads() {
    ask uploads "$1" | jq '.uploads | length'
}

# Which server the upload was for.
server_of_upload() {
    local id
    id=$(ask uploads "$1" | jq -r '.uploads[0].id')
    ask "uploads/$id/body" "$1" | zcat | jq -r .server.id
}

# How many connections were opened in the container's network.
connections() {
    beside awk '/^Tcp: [0-9]/ { print $6 }' /proc/net/snmp
}
