# shellcheck shell=bash
# The service as an operator uses it: install, configure, inspect. The unit is `$unit`; the sandbox `main` is its server and
# its cloud.

unit=ghe-license-sync.service
readonly settings=$root/etc/ghe-license-sync
readonly state=$root/var/lib/ghe-license-sync
# A property of the unit, a line of its journal and a request to the sandbox are read many times.

install_package() {
    cp "$1" "$root/var/tmp/new.deb"
    inside dpkg --install /var/tmp/new.deb
}

property() {
    inside systemctl show --value --property="$1" "$unit"
}

# status_is PATTERN: the status line of the service matches.
status_is() {
    says "$1" property StatusText
}

is_active() {
    inside systemctl is-active "$unit"
}

# The process ID of the daemon in the container.
main_pid() {
    property MainPID
}

# restarts NUMBER: systemd restarted the service this many times by itself.
restarts() {
    says "^$1\$" property NRestarts
}

# Every record of the service since `mark` was called, as JSON, one a line.
records() {
    inside journalctl --quiet --no-pager --unit="$unit" --since="@$since" --output=json "$@"
    # The journal does not know the unit of a process that has already ended.
    inside journalctl --quiet --no-pager --since="@$since" --output=json SYSLOG_IDENTIFIER=ghe-license-sync "$@" |
        jq --compact-output 'select(._SYSTEMD_UNIT == null)'
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
    grep -vE '^(private-key-file|read-token-file|token-file|fingerprint-key-file|directory) =' "$lab/sandbox-$1/config.toml" |
        sed '/^\[state\]$/d' >"$settings/${2:-config.toml}"
}

# setting SECTION LINE: adds the line to the section.
setting() {
    sed -i "0,/^\\[$1\\]\$/s|^\\[$1\\]\$|&\\n$2|" "$settings/config.toml"
}

# credentials_for SANDBOX [PREFIX]: the sandbox's credentials where systemd takes them from.
credentials_for() {
    local name
    for name in connect-private-key connect-read-token server-token; do
        install -m 0600 "$lab/sandbox-$1/credentials/$name" "$root/etc/credstore/${2:-ghe-license-sync}.$name"
    done
}

# drop_in NAME: standard input is added to the unit.
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

# install_probe SCRIPT: a script of this directory, and the function that it reports with.
install_probe() {
    install -m 0755 tests/lab/can "tests/lab/$1" "$root/usr/local/bin/"
}

# What a probe in the unit found.
probed() {
    messages | sed -n 's/^probe: //p'
}

# What a probe is expected to find.
expected_of() {
    sed -n 's/^# expected: //p' "tests/lab/$1"
}

# probe_alone SCRIPT [DIRECTIVE]...: the unit runs the probe instead of the program, confined as the program is, except for the
# programs that the probe needs, and for the directives.
probe_alone() {
    drop_in probe < <(printf '%s\n' '[Service]' Type=oneshot Restart=no ExecStart= "ExecStart=/usr/local/bin/$1" \
        'ExecPaths=/usr/bin /usr/local/bin' "${@:2}")
    mark
    inside systemctl restart "$unit"
}

# finds LINE: whether the probe that ended found this.
finds() {
    probed | grep -Fx -- "$1"
}

# The command line, as the unit's user.
as_service() {
    local user
    user=$(property User)
    inside setpriv --reuid="$user" --regid="$user" --clear-groups ghe-license-sync "$@"
}

# make_user NAME: the user of an instance, as docs/service.md says.
make_user() {
    local command
    command=$(grep '^systemd-sysusers ' docs/service.md)
    inside sh -c "${command//octo-corp/$1}"
}

# settle_instance NAME [OPTION]...: a sandbox of the name, and all that an instance of the name needs to be started.
settle_instance() {
    start_sandbox "$@"
    settings_for "$1" "$1.toml"
    credentials_for "$1" "ghe-license-sync.$1"
    make_user "$1"
}

# Who approved the newest run.
approver() {
    as_service --json history --limit 1 | jq -r '.runs[0].decision.by'
}

# run_is STATE: the newest run is in that state.
run_is() {
    # The exit code shows the health.
    { as_service --json status || true; } | jq -e --arg state "$1" '.last_run.state == $state'
}

# failed_with PROPERTY STATUS: the service failed, and systemd did not restart it.
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

# The reasons that were given since the machine was booted, each once. A question of the watch that had no answer has an entry
# of the catalog of its own.
reasons_given() {
    local unanswered
    unanswered=$(entry_of 'The sync status of the servers could not be read')
    inside journalctl --quiet --no-pager --unit='ghe-license-sync*' --output=json |
        jq -r --arg unanswered "$unanswered" 'select(.REASON and .MESSAGE_ID != $unanswered) | .REASON' | sort -u
}

# entry_of SUBJECT: the message ID of this entry of the catalog.
entry_of() {
    grep -B 1 -Fx "Subject: $1" config/journald/ghe-license-sync.catalog | sed -n 's/^-- //p'
}

# received SUBJECT: since `mark`, journald got a record with this entry of the catalog.
received() {
    local id
    id=$(entry_of "$1")
    [[ -n $id && -n $(records "MESSAGE_ID=$id") ]]
}

# title_of REASON: its title on the page of the reasons.
title_of() {
    sed -n "/^### \`$1\`\$/,/^\*\*/s/^\*\*\(.*\)\*\*.*/\1/p" docs/reasons.md
}

# explained REASON: the journal finds records by the reason, with the entry of the catalog.
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

# Removes all traces of earlier starts, runs and settings, as after the installation.
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
    # Half a minute between two starts is too long for a test.
    drop_in quick <<<$'[Service]\nRestartSec=500ms'
    mark
}

# ask PATH [SANDBOX]: what the sandbox's cloud knows.
ask() {
    beside curl --silent --show-error --fail "$(jq -r .cloud_url "$lab/sandbox-${2:-main}/urls")_sandbox/$1"
}

# fault SPEC: adds a fault to the sandbox; `fault clear` removes all.
fault() {
    local url
    url=$(jq -r .cloud_url "$lab/sandbox-main/urls")_sandbox/faults
    if [[ $1 == clear ]]; then
        beside curl --silent --show-error --fail --request DELETE "$url"
    else
        beside curl --silent --show-error --fail --json "{\"fault\": \"$1\"}" "$url"
    fi
}

# hold_up POINT: the sandbox delays a run there.
hold_up() {
    fault "$1:latency=60s"
}

# uploads NUMBER [SANDBOX]: the cloud accepted this many uploads.
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

# opened_nothing SENTENCE: no connection was opened since there were `before`. A daemon that starts asks the cloud when its servers
# were last synced, so of a daemon the `attempts` to send are checked.
opened_nothing() {
    if is_daemon; then
        # shellcheck disable=SC2154 # a scenario sets both
        that "$1" last_run_has ".attempts == $attempts"
    else
        equal "$1" "$before" connections
    fi
}

# set_clock OF OFFSET: the clock of `service` or `sandbox` differs from the machine's by so many seconds, as in +900.
set_clock() {
    local file=$root/usr/local/share/clock-of-$1
    # By renaming: the clock is read at any time.
    printf '%s' "$2" >"$file.part"
    chmod 0644 "$file.part"
    mv "$file.part" "$file"
}

# take_clocks: the service and its sandbox are started over with clocks of their own; timers stay as they are.
take_clocks() {
    local library=/usr/local/lib/libfaketime.so.1 fake
    cp "/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1" "$root$library"
    fake=(FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1 NO_FAKE_STAT=1)
    set_clock service +0
    set_clock sandbox +0
    sandbox_environment=("${fake[@]}" "LD_PRELOAD=$root$library"
        "FAKETIME_TIMESTAMP_FILE=$root/usr/local/share/clock-of-sandbox")
    start_over
    sandbox_environment=()
    drop_in clock <<E
[Service]
Environment=${fake[*]} LD_PRELOAD=$library
Environment=FAKETIME_TIMESTAMP_FILE=/usr/local/share/clock-of-service
ExecPaths=$library
E
}

# The unit is `$1` from here on; the other is stopped.
play_with() {
    inside systemctl stop "$unit" || true
    inside systemctl reset-failed "$unit" 2>/dev/null || true
    rm -rf "$root/etc/systemd/system/$unit.d"
    inside systemctl daemon-reload
    unit=$1
}

is_daemon() {
    [[ $unit == ghe-license-sync.service ]]
}

# run_unit [EXIT_CODE]: starts the daemon, or the timer's service, which ends with the code.
run_unit() {
    if is_daemon; then
        inside systemctl start "$unit"
        return
    fi
    report_exit_code
    local since
    mark
    inside timeout 120 systemctl start "$unit" || true
    until [[ -n $(exit_code) ]]; do
        [[ $(date +%s) -lt $((${since%.*} + 130)) ]] || return 1
        sleep 0.1
    done
    says "^${1:-0}\$" exit_code
}

# told_why REASON: the failure is a record with its reason.
told_why() {
    wrote ".REASON == \"$1\""
}

# systemd forgets a service that is loaded by nobody as soon as it has succeeded, with its exit code.
report_exit_code() {
    drop_in exit-code <<<$'[Service]\nExecStopPost=+/bin/sh -c \'echo "exit code $$EXIT_STATUS"\''
}

exit_code() {
    messages | sed -n 's/^exit code //p'
}

# run_again [EXIT_CODE]: restarts the daemon, or starts the timer's service once more.
run_again() {
    ! is_daemon || inside systemctl restart "$unit"
    run_unit "$@"
}

# last_run_has JQ_FILTER: the newest run, as `status --json` shows it, passes the filter.
last_run_has() {
    { as_service --json status || true; } >"$lab/records"
    jq -e ".last_run | $1" "$lab/records"
}

# waits_between LEAST MOST: so many seconds lie between the newest run's last attempt and its next.
waits_between() {
    last_run_has 'def at: sub("\\.[0-9]+Z$"; "Z") | fromdate;
        (.next_attempt_at | at) - (.updated_at | at) | . >= '"$1 and . <= $2"
}

# The list of servers at the cloud, one `ID NAME` a line.
listed_servers() {
    beside curl --silent --show-error --fail \
        --header "Authorization: Bearer $(<"$lab/sandbox-main/credentials/connect-read-token")" \
        "$(jq -r .cloud_url "$lab/sandbox-main/urls")enterprises/octo-corp/license-sync-status" |
        jq -r '.server_instances[] | "\(.server_id) \(.hostname)"'
}

# Enables the timer so that it elapses two seconds after each start of it, and then each hour as shipped.
enable_timer() {
    drop_in soon ghe-license-sync-sync.timer <<<$'[Timer]\nOnActiveSec=2s\nAccuracySec=100ms\nRandomizedDelaySec=0'
    inside systemctl enable --quiet ghe-license-sync-sync.timer
}

start_timer() {
    enable_timer
    inside systemctl restart ghe-license-sync-sync.timer
}

stop_timer() {
    inside systemctl disable --now --quiet ghe-license-sync-sync.timer
    drop_out soon ghe-license-sync-sync.timer
}
