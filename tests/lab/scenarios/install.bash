# shellcheck shell=bash
# What `dpkg --install` leaves: files, a user, units that are sound, and a service that is silent until it is configured.

owner_and_mode() {
    inside stat -c '%U:%G %a' "$1"
}

equal 'the program belongs to root' 'root:root 755' owner_and_mode /usr/bin/ghe-license-sync
equal 'the settings belong to root and can be read' 'root:root 644' owner_and_mode /etc/ghe-license-sync/config.toml
equal 'the place of the credentials is root'"'"'s alone' 'root:root 700' owner_and_mode /etc/credstore
that 'there is a user without a shell' says ':/usr/sbin/nologin$' inside getent passwd ghe-license-sync
that 'the user cannot log in with a password' says '^ghe-license-sync L' inside passwd --status ghe-license-sync

equal 'the units are free of mistakes' '' inside systemd-analyze verify --man=no ghe-license-sync.service \
    ghe-license-sync@one.service ghe-license-sync-sync.service ghe-license-sync-sync.timer
for shipped in ghe-license-sync.service ghe-license-sync@one.service ghe-license-sync-sync.service; do
    that "$shipped is exposed by no more than 1.1" inside systemd-analyze security --no-pager --threshold=11 "$shipped"
done
equal 'the service is not enabled' disabled inside systemctl is-enabled "$unit"
equal 'the service is not started' inactive inside systemctl is-active "$unit"

mark
before=$(connections)
that 'the service can be enabled and started with the settings as they are' inside systemctl enable --now "$unit"
that 'it is active' is_active
that 'it says that the gate is closed' status_is '^gate closed: .*connect-disabled.*nothing is sent$'
equal 'it opened no connection' "$before" connections
equal 'its state directory is its own' 'ghe-license-sync:ghe-license-sync 700' owner_and_mode /var/lib/ghe-license-sync
equal 'and so is the database' 'ghe-license-sync:ghe-license-sync 600' owner_and_mode /var/lib/ghe-license-sync/state.db
equal 'its cache directory is its own' 'ghe-license-sync:ghe-license-sync 700' owner_and_mode /var/cache/ghe-license-sync
soon 'it says that it is ready' wrote '.MESSAGE == "ready"'
equal 'it wrote what it waits for, and no more' 'started
gate closed: Connect is not enabled (connect-disabled); nothing is sent
ready' messages
soon 'the catalog explains the second' received 'The gate is closed'
soon 'the first line tells the version' wrote '.MESSAGE == "started" and (.VERSION | test("^[0-9.]+$"))'
that 'SIGUSR1 is answered' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'with the reason why nothing happens' wrote '.REASON == "connect-disabled" and .PRIORITY == "4"'
equal 'and without a connection' "$before" connections
