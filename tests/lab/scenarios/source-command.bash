# shellcheck shell=bash
# A program as the source of the list, in the sandbox of the packaged units: what the shipped drop-in allows, what happens to
# a program that misbehaves, and that nothing of it is left.

readonly example=$root/usr/share/doc/ghe-license-sync/examples/source-command.conf
readonly source_program=/usr/local/bin/source

# allow PROGRAM...: the shipped drop-in for the unit, with these programs.
allow() {
    sed "s|^ExecPaths=.*|ExecPaths=$*|" "$example" | drop_in source-command
}

# source_is TIMEOUT PROGRAM [ARGUMENT]...: the list comes from this program.
source_is() {
    local timeout=$1 words
    shift
    words=$(printf ', "%s"' "$@")
    sed -E -i -e '/^timeout = /d' -e "s/^\\[server\\.source\\..*/[server.source.command]\\ntimeout = \"$timeout\"/" \
        -e "s#^(username|run) = .*#run = [${words#, }]#" "$settings/config.toml"
}

# begin TIMEOUT WAY: everything is new, and the program behaves like this.
begin() {
    start_over
    allow "$source_program" /usr/bin/perl
    source_is "$1" "$source_program" "$2"
}

# processes NUMBER: so many processes of the program are left.
processes() {
    equal_numbers "$1" "$(inside sh -c 'cat /proc/[0-9]*/comm 2>/dev/null' | grep -cx source)"
}

equal_numbers() {
    printf 'expected %s, found %s\n' "$@"
    [[ $1 -eq $2 ]]
}

# fails TIMEOUT WAY CAUSE: a list of a program that does this is not sent, and the service continues.
fails() {
    begin "$1" "$2"
    that "the service starts with a program that $2" inside systemctl start "$unit"
    patience=40 soon "the run fails: $3" wrote ".REASON == \"malformed-source\" and (.MESSAGE | test(\"$3\"))"
    that 'the service continues' is_active
    that 'it was not started again' restarts 0
    equal 'nothing was sent' 0 ask_uploads main
    soon 'nothing of the program is left' processes 0
}

# succeeds WAY: the list of a program that does this is sent.
succeeds() {
    begin 60s "$1"
    that "the service starts with a program that $1" inside systemctl start "$unit"
    patience=60 soon 'its list is confirmed' status_is 'last run confirmed'
    equal 'the cloud took one upload' 1 ask_uploads main
}

start_over
that 'the drop-in is shipped' test -f "$example"
reporter=$(sed -n 's/^username = "\(.*\)"$/\1/p' "$settings/config.toml")
server=$(sed -n '/^\[server\]$/,/^\[/s/^url = "\(.*\)"$/\1/p' "$lab/sandbox-main/config.toml")
that 'the report is downloaded' beside curl --silent --show-error --fail --output "$root/usr/local/share/all_users.csv" \
    --user "$reporter:$(<"$lab/sandbox-main/credentials/server-token")" "${server}stafftools/reports/all_users.csv"
chmod 0644 "$root/usr/local/share/all_users.csv"
install -m 0755 tests/lab/source "$root$source_program"

# What is to be done is said without the drop-in, and with one that leaves out the interpreter.
source_is 60s "$source_program" 'writes the report'
that 'without the drop-in the service does not start' never inside systemctl start "$unit"
soon 'it is not started again' failed_with ExecMainStatus 78
soon 'the journal names the drop-in' wrote '.MESSAGE | test("could not be started.*examples/source-command.conf")'
inside systemctl reset-failed "$unit"
allow "$source_program"
that 'with a drop-in without the interpreter it does not start either' never inside systemctl start "$unit"
soon 'the journal names the interpreter' wrote '.MESSAGE | test("may not execute its interpreter.*examples/source-command.conf")'
inside systemctl reset-failed "$unit"

start_over
allow /usr/bin/cat
source_is 60s /usr/bin/cat /usr/local/share/all_users.csv
that 'the service starts with one program that is allowed' inside systemctl start "$unit"
soon 'its list is confirmed' status_is 'last run confirmed'
that 'the drop-in exposes the service to no more' inside systemd-analyze security --no-pager --threshold=11 "$unit"
that 'the service stops' stops_in_time

for way in 'writes the report' 'reads standard input' 'tries to get out' 'leaves processes in its group'; do
    succeeds "$way"
    soon 'nothing of the program is left' processes 0
    that 'the service stops' stops_in_time
done

succeeds 'leaves a process that ignores SIGTERM in a session of its own'
that 'that process is left' processes 1
that 'the service stops in time all the same' stops_in_time
soon 'and takes the process with it' processes 0

fails 3s hangs 'did not end within 3s'
fails 3s 'ignores SIGTERM' 'did not end within 3s'
fails 3s 'floods standard error' 'did not end within 3s'
fails 3s 'floods standard output' 'did not end within 3s'
fails 60s 'writes half a row' 'has 3 cells'
fails 60s fails 'exit status: 3'
if says '^[0-9]+$' property TasksCurrent >/dev/null; then
    fails 3s 'forks until it cannot' 'did not end within 3s'
else
    cannot_try 'a program that forks until it cannot' 'the controller pids is not available'
fi
if says '^[0-9]+$' property MemoryCurrent >/dev/null; then
    fails 60s 'takes all memory' 'SIGKILL'
else
    cannot_try 'a program that takes all memory' 'the controller memory is not available'
fi

begin 10m hangs
that 'the service starts with a program that hangs' inside systemctl start "$unit"
soon 'the program runs' processes 1
that 'the service stops within ten seconds' stops_in_time
soon 'nothing of the program is left' processes 0
source_is 60s "$source_program" 'writes the report'
that 'it starts again' inside systemctl start "$unit"
patience=60 soon 'the list is confirmed' status_is 'last run confirmed'
equal 'the cloud took one upload' 1 ask_uploads main

# The timer's service.
play_with ghe-license-sync-sync.service
begin 60s 'writes the report'
that 'the timer confirms the list of a program' run_unit 0
equal 'the cloud took one upload' 1 ask_uploads main
begin 3s 'ignores SIGTERM'
that 'of a program that hangs it reports the data as wrong' run_unit 65
soon 'nothing of the program is left' processes 0
begin 60s 'leaves a process that ignores SIGTERM in a session of its own'
that 'the timer confirms the list of a program that leaves a process' run_unit 0
soon 'and the process ends with the service' processes 0
begin 60s 'writes the report'
drop_out source-command
that 'without the drop-in the settings are wrong' run_unit 78
soon 'the journal names the drop-in' wrote '.MESSAGE | test("examples/source-command.conf")'
play_with ghe-license-sync.service

# A service of the template.
start_over
settle_instance program
unit=ghe-license-sync@program.service
allow /usr/bin/cat
cp "$settings/program.toml" "$settings/config.toml"
source_is 60s /usr/bin/cat /usr/local/share/all_users.csv
mv "$settings/config.toml" "$settings/program.toml"
that 'an instance starts with a program' inside systemctl start "$unit"
soon 'its list is confirmed' status_is 'last run confirmed'
that 'it stops' stops_in_time
play_with ghe-license-sync.service

# A report through a pipe, by hand.
by_hand() {
    inside systemd-run --quiet --wait --pipe --uid=ghe-license-sync \
        --property=StateDirectory=ghe-license-sync --property=StateDirectoryMode=0700 \
        --property=LoadCredential=connect-private-key:ghe-license-sync.connect-private-key \
        --property=LoadCredential=server-token:ghe-license-sync.server-token ghe-license-sync "$@"
}

start_over
sed -i -e 's/^\[server.source.report\]$/[server.source.file]/' -e 's|^username = .*|path = "-"|' "$settings/config.toml"
that 'the service does not start with standard input as the source' never inside systemctl start "$unit"
soon 'it is not started again' failed_with ExecMainStatus 78
soon 'the journal says why' wrote '.MESSAGE | test("the daemon cannot read standard input")'
that 'a person sends a report through a pipe' by_hand sync <"$root/usr/local/share/all_users.csv"
equal 'the cloud took one upload' 1 ask_uploads main
that 'an empty pipe is refused' exits_with 65 by_hand sync </dev/null
rm "$root$source_program" "$root/usr/local/share/all_users.csv" "$settings/program.toml"
