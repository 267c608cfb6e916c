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
that 'the record shows the key' wrote '.MESSAGE | test("enterprize")'
that 'the service says so' status_is '^the changed settings were refused, the old ones stay in force'
that 'it goes on' is_active
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
