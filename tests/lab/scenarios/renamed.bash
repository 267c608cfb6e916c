# shellcheck shell=bash
# The enterprise server gets another name between accepted and confirmed: it stays the same server to the cloud.

server_ids() {
    listed_servers | cut -d ' ' -f 1
}

# The server ID and the name in each upload, one a line.
senders() {
    local id
    for id in $(ask uploads | jq -r '.uploads[].id'); do
        ask "uploads/$id/body" | zcat | jq -r '.server | "\(.id) \(.hostname)"'
    done
}

# accepted: the cloud has the document, and it is not confirmed.
accepted() {
    soon 'the cloud accepted a document' last_run_has '.state == "accepted"'
    listed=$(server_ids)
    id=$(last_run_has .destination.server_id | jq -r .)
    equal 'under the ID of this server' "$id" server_ids
}

rename() {
    sed -i '/^\[server\]$/,/^\[/s|^url = "http://127\.0\.0\.1:|url = "http://localhost:|' "$settings/config.toml"
    that 'the server has another name in the settings' says '^url = "http://localhost:' cat "$settings/config.toml"
    that 'the document is not confirmed yet' last_run_has '.state == "accepted"'
}

confirmed_once() {
    patience=40 soon 'the document is confirmed' last_run_has '.state == "confirmed" and .receipt != null'
    equal 'it was one upload' 1 ask_uploads main
    equal 'by the former name' "$id 127.0.0.1" senders
    that 'no conflict was reported' never wrote '.REASON == "identity-conflict"'
    equal 'the cloud lists the same server' "$listed" server_ids
}

# next_list_by_the_new_name SENTENCE COMMAND...: the command leads to another run.
next_list_by_the_new_name() {
    that "$@"
    patience=40 soon 'the cloud took a second upload' uploads 2
    soon 'which is confirmed' last_run_has '.state == "confirmed" and .hostname == "localhost"'
    equal 'both came from one server ID, by two names' "$id 127.0.0.1
$id localhost" senders
    equal 'the cloud lists one server, by the new name' "$id localhost" listed_servers
    that 'no conflict was reported' never wrote '.REASON == "identity-conflict"'
}

grep -qs '^127\.0\.0\.1.*localhost' "$root/etc/hosts" || printf '127.0.0.1 localhost\n' >>"$root/etc/hosts"

# The daemon is reloaded while it waits for the confirmation, and keeps the token that it was given for the former name.
start_over
fault 'location:pending*always'
that 'the daemon starts' inside systemctl start "$unit"
accepted
process=$(main_pid)
rename
that 'the daemon is reloaded' inside systemctl reload "$unit"
soon 'the token does not go to the new name' wrote '.REASON == "config-invalid" and (.MESSAGE | test("server-token. was given"))'
that 'polling continues' last_run_has '.state == "accepted"'
fault clear
confirmed_once
equal 'by the process that sent it' "$process" main_pid
that 'it is restarted' inside systemctl restart "$unit"
next_list_by_the_new_name 'a user asks for a sync' inside systemctl kill --signal=SIGUSR1 "$unit"

# The daemon is stopped meanwhile.
start_over
fault 'location:pending*always'
that 'the daemon starts' inside systemctl start "$unit"
accepted
that 'the daemon is stopped' inside systemctl stop "$unit"
rename
fault clear
that 'the daemon starts again' run_unit
confirmed_once

# The timer's service is called twice.
play_with ghe-license-sync-sync.service
take_clocks
setting license-sync 'confirm-timeout = "2s"'
fault 'location:pending*always'
that "the timer's service ends without a confirmation" run_unit 75
soon 'it says why' told_why unconfirmed
accepted
rename
fault clear
set_clock sandbox +900
set_clock service +900
that 'its next call succeeds' run_unit
confirmed_once
set_clock sandbox +700000
set_clock service +700000
next_list_by_the_new_name 'it is called a week later' run_unit
play_with ghe-license-sync.service
