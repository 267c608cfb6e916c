# shellcheck shell=bash
# Reloading, good and bad, and a sync on request.

start_over
that 'the service starts' inside systemctl start "$unit"
soon 'and is confirmed' status_is 'last run confirmed'

mark
uploads_before=$(ask_uploads main)
that 'SIGUSR1 asks for a sync' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'which is done now' wrote '.STATE == "confirmed"'
that 'with an upload of its own' uploads $((uploads_before + 1))

mark
sed -i 's/^enterprise = .*/enterprize = "typo"/' "$settings/config.toml"
that 'a reload with a wrong file comes back' inside timeout 10 systemctl reload "$unit"
soon 'the file is refused' wrote '.REASON == "config-invalid" and .PRIORITY == "3"'
soon 'the record shows the key' wrote '.MESSAGE | test("enterprize")'
soon 'the service says so' status_is '^the changed settings were refused, the old ones stay in force'
that 'it continues' is_active
that 'SIGUSR1 still asks for a sync' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'under the old settings' wrote '.STATE == "confirmed"'

mark
settings_for main
sed -i '0,/^enabled = true/s//enabled = false/' "$settings/config.toml"
that 'a reload closes the gate' inside systemctl reload "$unit"
soon 'and the service says so' status_is '^gate closed: .*connect-disabled'
settings_for main
that 'a reload opens it again' inside systemctl reload "$unit"
soon 'and the service waits for the next window' status_is '^waiting; next at'
that 'it never was restarted' restarts 0

# In the middle of a run: it continues as it began, and the next is by the new settings.
start_over
fault report:latency=6s
that 'the service starts' inside systemctl start "$unit"
soon 'a run is collecting' run_is collecting
sed -i 's|^username = .*|username = "nobody"|' "$settings/config.toml"
that 'a reload comes back while the run continues' inside timeout 5 systemctl reload "$unit"
soon 'the new settings are in force' wrote '.MESSAGE | test("settings were read again")'
soon 'the service says by which settings the run continues' \
    status_is '^the run under way keeps its connection to the cloud'
that 'the run was not touched' run_is collecting
soon 'it is confirmed' status_is '^waiting; next at .*last run confirmed'
equal 'it was one run' 'collecting
frozen
sending
accepted
confirmed' states
that 'SIGUSR1 asks for another' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'which the server refuses to the user of the new settings' wrote '.REASON == "credentials-refused"'
that 'nothing more was sent' uploads 1

settings_for main
fault report:latency=60s
that 'a reload brings the old settings back' inside systemctl reload "$unit"
that 'SIGUSR1 asks for another' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'a run is collecting' run_is collecting
that 'a reload comes back while the run continues' inside timeout 5 systemctl reload "$unit"
that 'the service stops within ten seconds all the same' stops_in_time
soon 'it says what happens to the run' wrote '.MESSAGE | test("^stopped during a run")'
