# shellcheck shell=bash
# Two enterprise servers, served by one machine: nothing of one is in the other, and a shell finds what the unit works on.

# last_run OPTION...: the ID of the newest run that a shell finds with these options.
last_run() {
    # The exit code shows the health.
    { as_service "$@" --json status || true; } | jq -r '.last_run.id'
}

inside systemctl disable --now --quiet ghe-license-sync.service
# The store of the other scenarios belongs to another server.
rm -f "$state"/state.db*
seed=10
for name in one two; do
    seed=$((seed + 1))
    settle_instance "$name" --seed "$seed"
    that "the user of $name cannot log in" says ':/usr/sbin/nologin$' inside getent passwd "ghe-license-sync-$name"
done
that 'two instances can be enabled and started' inside systemctl enable --now ghe-license-sync@one ghe-license-sync@two
for name in one two; do
    unit=ghe-license-sync@$name.service
    soon "$name is confirmed" status_is 'last run confirmed'
    equal "the cloud of $name took one upload" 1 ask_uploads "$name"
    for directory in "/var/lib/ghe-license-sync-$name 700" "/run/ghe-license-sync-$name 755"; do
        equal "${directory% *} belongs to $name" "ghe-license-sync-$name:ghe-license-sync-$name ${directory#* }" \
            inside stat -c '%U:%G %a' "${directory% *}"
    done
    that "$name has a state of its own" inside test -f "/var/lib/ghe-license-sync-$name/state.db"
    equal "the server of $name reported for itself" "$(sed -n 's/^id = "\(.*\)"/\1/p' "$lab/sandbox-$name/config.toml")" \
        server_of_upload "$name"
done
rm -f "$settings/config.toml"
settings_for one
unit=ghe-license-sync.service
equal 'a shell that names no instance finds no run' null last_run
for name in one two; do
    unit=ghe-license-sync@$name.service
    file=/etc/ghe-license-sync/$name.toml
    that "a shell finds the run of $name" says '^[0-9a-f-]{36}$' last_run --instance "$name"
    equal "and finds it by the settings file" "$(last_run --instance "$name")" last_run --config "$file"
    that "check names the state directory of $name" says "^directory = \"/var/lib/ghe-license-sync-$name\" +# default$" \
        as_service --instance "$name" check --offline
    that "check names the credentials of the unit" says "/etc/credstore/ghe-license-sync\\.$name\\.server-token" \
        as_service --instance "$name" check --offline
    runs+=("$(last_run --instance "$name")")
done
that 'the two runs are not the same' test "${runs[0]}" != "${runs[1]}"
that 'an instance and a settings file exclude each other' exits_with 64 \
    as_service --instance one --config /etc/ghe-license-sync/two.toml status

# refused NAME SENTENCE: the unit of the instance is not started, and not started again by itself.
refused() {
    unit=ghe-license-sync@$1.service
    mark
    that "$2" never inside systemctl start "$unit"
}

refused three 'an instance whose user does not exist does not start'
soon 'and is not started again' failed_with ExecMainStatus 217
that 'systemctl status says why' says 'status=217/USER' inside systemctl status --no-pager "$unit"
inside systemctl reset-failed "$unit"
for name in config sync; do
    make_user "$name"
    refused "$name" "an instance cannot have the name $name"
    soon 'and is not started again' failed_with ExecMainStatus 64
    soon 'the journal says why' wrote '.MESSAGE | test("belongs to no instance|is the name of the timer")'
    inside systemctl reset-failed "$unit"
done
that 'a user whose name would be too long cannot be created' never make_user fifteen-charact
refused fifteen-charact 'an instance of that name does not start'
soon 'since its user does not exist' failed_with ExecMainStatus 217
inside systemctl reset-failed "$unit"
refused a:b 'an instance that no user can be named after does not start'
equal 'since the service manager does not load its unit' bad-setting property LoadState
unit=ghe-license-sync@one.service
that 'one can be stopped' inside systemctl stop "$unit"
that 'and the other continues' inside systemctl is-active ghe-license-sync@two.service
inside systemctl disable --now --quiet ghe-license-sync@one ghe-license-sync@two
unit=ghe-license-sync.service
