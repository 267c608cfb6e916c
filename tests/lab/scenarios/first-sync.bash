# shellcheck shell=bash
# From the installed package to a confirmed sync, as an operator goes: settings, credentials, restart.

start_sandbox main --fault meta:sunset=90d
main_sandbox=$sandbox
mark
settings_for main
credentials_for main
that 'credentials are given at the start, so the service is restarted' inside systemctl restart "$unit"
soon 'the cloud took one upload' uploads 1
soon 'the service says that it was confirmed and when the next is' \
    status_is '^waiting; next at 20[-0-9: ]+ UTC; last run confirmed 20[-0-9: ]+ UTC, [0-9]+ licenses$'
equal 'one line for each change of state' 'collecting
frozen
sending
accepted
confirmed' states
for subject in 'The program has started' 'The gate is open' 'A window is due' 'The daemon is ready' 'Waiting' \
    'A host announces the end of the API version'; do
    soon "journald has the record that the catalog explains as: $subject" received "$subject"
done
that 'no line is written twice' test -z "$(messages | sort | uniq -d)"
run_id=$(records | jq -r 'select(.RUN_ID) | .RUN_ID' | sort -u)
that 'all of them bear the same run' test "$(wc -w <<<"$run_id")" -eq 1
soon 'journalctl filters by it' wrote '.STATE == "confirmed"' "RUN_ID=$run_id"
soon 'the fields tell who consumes licenses in numbers' wrote '.STATE == "frozen" and (.USERS | test("^[0-9]+$")) and .DIGEST'
soon 'the identifier is that of the program' \
    wrote '.STATE == "confirmed" and .SYSLOG_IDENTIFIER == "ghe-license-sync" and .PRIORITY == "6"'
that 'the journal has no address of a user' never says '[a-z0-9.]+@[a-z0-9-]+\.[a-z]' messages
that 'the command line tells the same' says 'health +healthy' \
    as_service status
