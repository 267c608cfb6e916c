# shellcheck shell=bash
# For sites that prefer a timer: one run, and the time of the next.

start_over
unit=ghe-license-sync-sync.service
drop_in main <<<$'[Service]\nRestart=no'
that 'the service runs a sync and ends' inside timeout 60 systemctl start "$unit"
equal 'it is not active afterwards' inactive property ActiveState
equal 'it ended well' success property Result
equal 'the cloud took one upload' 1 ask_uploads main
that 'the journal tells' wrote '.STATE == "confirmed"'

sed -i '0,/^enabled = true/s//enabled = false/' "$settings/config.toml"
that 'with the gate closed it ends well, too' inside timeout 60 systemctl start "$unit"
equal 'and without an upload' 1 ask_uploads main
settings_for main

mark
printf 'ghp_wrong\n' >"$root/etc/credstore/ghe-license-sync.server-token"
that 'with a token that is refused it fails' never inside timeout 60 systemctl start "$unit"
equal 'with the exit code for credentials' 77 property ExecMainStatus
that 'and says why' wrote '.MESSAGE | test("credentials-refused")'
drop_out main
inside systemctl reset-failed "$unit"

that 'the timer can be enabled' inside systemctl enable --now ghe-license-sync-sync.timer
that 'and tells when it elapses next' says '^[A-Z][a-z]{2} 20.*ghe-license-sync-sync.timer' \
    inside systemctl list-timers --no-pager --no-legend ghe-license-sync-sync.timer
inside systemctl disable --now --quiet ghe-license-sync-sync.timer
unit=ghe-license-sync.service
