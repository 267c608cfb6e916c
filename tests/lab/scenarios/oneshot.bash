# shellcheck shell=bash
# For sites that prefer a timer: a run when one is due, and nothing else.

start_over
unit=ghe-license-sync-sync.service
that 'the service runs the sync that is due and ends' inside timeout 60 systemctl start "$unit"
equal 'it is not active afterwards' inactive property ActiveState
equal 'it succeeded' success property Result
equal 'the cloud took one upload' 1 ask_uploads main
soon 'the journal tells' wrote '.STATE == "confirmed"'
that 'it succeeds as well when nothing is due' inside timeout 60 systemctl start "$unit"
equal 'and sends nothing' 1 ask_uploads main

sed -i '0,/^enabled = true/s//enabled = false/' "$settings/config.toml"
that 'it succeeds as well with the gate closed' inside timeout 60 systemctl start "$unit"
equal 'and sends nothing' 1 ask_uploads main

start_over
fault 'upload:reset*100'
that 'the program says that a document waits in the store' run_unit 75
equal 'which is no failure of the unit' success property Result
soon 'with a warning' wrote '.PRIORITY == "4" and .MESSAGE_ID' REASON=unreachable-cloud
equal 'which is in the journal once' 1 count_messages 'the cloud has not said that it took the license usage'
fault clear

start_over
printf 'ghp_wrong\n' >"$root/etc/credstore/ghe-license-sync.server-token"
that 'with a token that is refused it fails' never inside timeout 60 systemctl start "$unit"
equal 'with the exit code for credentials' 77 property ExecMainStatus
soon 'with an error' wrote '.PRIORITY == "3" and .MESSAGE_ID' REASON=credentials-refused
equal 'which is in the journal once' 1 count_messages 'no license usage was sent'
soon 'and a line that says what to do' wrote '.MESSAGE | test("^  help: ")'
equal 'it is not restarted, since the timer starts it again' 0 property NRestarts
drop_out quick
inside systemctl reset-failed "$unit"

that 'the timer can be enabled' inside systemctl enable --now ghe-license-sync-sync.timer
that 'and tells when it elapses next' says '^[A-Z][a-z]{2} 20.*ghe-license-sync-sync.timer' \
    inside systemctl list-timers --no-pager --no-legend ghe-license-sync-sync.timer
that 'it elapses each hour' says 'OnCalendar=hourly|OnCalendar=\*-\*-\* \*:00:00' \
    inside systemctl show --property=TimersCalendar ghe-license-sync-sync.timer
inside systemctl disable --now --quiet ghe-license-sync-sync.timer
unit=ghe-license-sync.service
