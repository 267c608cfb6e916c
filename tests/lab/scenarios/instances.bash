# shellcheck shell=bash
# Two enterprise servers, served by one machine: nothing of one is in the other, and a shell finds what the unit works on.

# last_run OPTION...: the ID of the newest run that a shell finds with these options.
last_run() {
    # The exit code tells of the health.
    { as_service "$@" --json status || true; } | jq -r '.last_run.id'
}

inside systemctl disable --now --quiet ghe-license-sync.service
# The store of the other scenarios belongs to another server.
rm -f "$state"/state.db*
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
rm -f "$settings/config.toml"
settings_for one
equal 'a shell that names no instance finds no run' null last_run
for name in one two; do
    file=/etc/ghe-license-sync/$name.toml
    that "a shell finds the run of $name" says '^[0-9a-f-]{36}$' last_run --instance "$name"
    equal "and finds it by the settings file" "$(last_run --instance "$name")" last_run --config "$file"
    that "check names the state directory of $name" says "^directory = \"/var/lib/ghe-license-sync/$name\" +# default$" \
        as_service --instance "$name" check --offline
    that "check names the credentials of the unit" says "/etc/credstore/ghe-license-sync\\.$name\\.server-token" \
        as_service --instance "$name" check --offline
done
that 'the two runs are not the same' test "$(last_run --instance one)" != "$(last_run --instance two)"
that 'an instance and a settings file exclude each other' exits_with 64 \
    as_service --instance one --config /etc/ghe-license-sync/two.toml status
that 'the unit of a name that no instance can have fails' never inside systemctl start ghe-license-sync@config.service
unit=ghe-license-sync@config.service
soon 'and is not restarted' failed_with ExecMainStatus 64
inside systemctl reset-failed "$unit"
unit=ghe-license-sync@one.service
that 'one can be stopped' inside systemctl stop "$unit"
that 'and the other goes on' inside systemctl is-active ghe-license-sync@two.service
inside systemctl disable --now --quiet ghe-license-sync@one ghe-license-sync@two
unit=ghe-license-sync.service
