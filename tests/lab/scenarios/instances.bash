# shellcheck shell=bash
# Two enterprise servers, served by one machine: nothing of one is in the other.

inside systemctl disable --now --quiet ghe-license-sync.service
seed=10
for name in one two; do
    seed=$((seed + 1))
    start_sandbox "$name" --seed "$seed"
    settings_for "$name" "$name.toml"
    credentials_for "$name" "ghe-license-sync.$name"
done
that 'two instances can be enabled and started' inside systemctl enable --now ghe-license-sync@one ghe-license-sync@two
for name in one two; do
    unit=ghe-license-sync@$name.service
    soon "$name is confirmed" status_is 'last run confirmed'
    equal "the cloud of $name took one upload" 1 ask_uploads "$name"
    that "$name has a state of its own" test -f "$state/$name/state.db"
    equal "the server of $name reported for itself" "$(sed -n 's/^id = "\(.*\)"/\1/p' "$lab/sandbox-$name/config.toml")" \
        server_of_upload "$name"
done
unit=ghe-license-sync@one.service
that 'one can be stopped' inside systemctl stop "$unit"
that 'and the other goes on' inside systemctl is-active ghe-license-sync@two.service
inside systemctl disable --now --quiet ghe-license-sync@one ghe-license-sync@two
unit=ghe-license-sync.service
