# shellcheck shell=bash
# A list that differs too much is held until a person approves it.

start_over
that 'the service starts' inside systemctl start "$unit"
soon 'and is confirmed' status_is 'last run confirmed'

# Behind the same address, other people.
start_sandbox others --seed 99
sed -i "s|^url = .*|$(grep '^url = ' "$lab/sandbox-others/config.toml")|" "$settings/config.toml"
install -m 0600 "$lab/sandbox-others/credentials/server-token" "$root/etc/credstore/ghe-license-sync.server-token"
mark
that 'the service starts with the other people' inside systemctl restart "$unit"
that 'SIGUSR1 asks for a sync' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'the list is held, and a person is asked for' wrote '.STATE == "held" and .REASON == "mass-change" and .PRIORITY == "3"'
soon 'the service says so' status_is 'last run held .*mass-change'
that 'the exit code shows the health' exits_with 4 as_service status
that 'nothing was sent' uploads 1

digest=$(as_service --json status | jq -r '.held.frozen.digest' || true)
that 'another digest releases nothing' exits_with 64 as_service approve 0123456789ab
that 'a person approves it' as_service approve "${digest:0:12}"
patience=90 soon 'the service sends it by itself' status_is 'last run confirmed'
that 'the cloud took it' uploads 2
that 'with the digest that was held' says "$digest" ask uploads
equal 'the history tells who approved it' ghe-license-sync approver
that 'it is not released twice' exits_with 64 as_service approve "$digest"
all_explained mass-change
