# shellcheck shell=bash
# A higher version in its place, then away with it, then with everything. An instance goes the same way.

pid_of_instance() {
    inside systemctl show --value --property=MainPID ghe-license-sync@one.service
}

# as_instance COMMAND...: as the user of the instance, outside of its unit.
as_instance() {
    inside setpriv --reuid=ghe-license-sync-one --regid=ghe-license-sync-one --clear-groups "$@"
}

start_over
that 'the service is enabled and started' inside systemctl enable --now "$unit"
soon 'and confirmed' status_is 'last run confirmed'
rm -rf "$root/var/lib/ghe-license-sync-one"
settle_instance one --seed 31
that 'an instance is enabled and started' inside systemctl enable --now ghe-license-sync@one.service
old_instance=$(pid_of_instance)

rm -rf "$lab/upgraded"
dpkg-deb --raw-extract "$package" "$lab/upgraded"
sed -i 's/^Version: .*/&+lab1/' "$lab/upgraded/DEBIAN/control"
dpkg-deb --build "$lab/upgraded" "$lab/upgraded.deb" >/dev/null
cp "$settings/config.toml" "$lab/settings-before"
old=$(main_pid)
that 'a higher version installs over it' install_package "$lab/upgraded.deb"
that 'the version is the new one' says '\+lab1$' inside dpkg-query --show ghe-license-sync
that 'the service runs again' is_active
that 'as another process' test "$(main_pid)" != "$old"
that 'the instance runs again' inside systemctl is-active ghe-license-sync@one.service
that 'as another process, too' test "$(pid_of_instance)" != "$old_instance"
that 'the settings are as they were' cmp "$lab/settings-before" "$settings/config.toml"
soon 'the history is there' status_is '^waiting; next at .*last run confirmed'
equal 'and nothing was sent again' 1 ask_uploads main

that 'the package can be removed' inside dpkg --remove ghe-license-sync
equal 'its service is stopped' inactive inside systemctl is-active "$unit"
equal 'and so is the instance' inactive inside systemctl is-active ghe-license-sync@one.service
that 'the settings stay' test -f "$settings/config.toml"
that 'the state stays' test -f "$state/state.db"
that 'and that of the instance' inside test -f /var/lib/ghe-license-sync-one/state.db

# What is not the package's: what a service led to by links, what an administrator made, what belongs to another user.
mkdir -p "$root/srv/kept"
touch "$root/srv/kept/file"
as_instance ln -s /srv/kept /var/lib/ghe-license-sync-one/directory
as_instance ln -s /srv/kept/file /var/lib/ghe-license-sync-one/file
ln -s /srv/kept "$root/var/lib/ghe-license-sync-linked"
mkdir "$root/var/lib/ghe-license-sync-foreign"
that 'the package can be purged' inside sh -c 'dpkg --purge ghe-license-sync >/purged 2>&1'
that 'the settings are gone' test ! -e "$settings"
that 'the state is gone' test ! -e "$state"
for directory in /var/lib/ghe-license-sync-one /run/ghe-license-sync-one /run/ghe-license-sync; do
    that "$directory is gone" inside test ! -e "$directory"
done
that 'what the links of the service led to is there' test -f "$root/srv/kept/file"
for name in linked foreign; do
    that "what was not made by the service is there" inside test -e "/var/lib/ghe-license-sync-$name"
    that 'and is reported' says "/var/lib/ghe-license-sync-$name .*stay" cat "$root/purged"
done
rm -r "$root/srv/kept" "$root"/var/lib/ghe-license-sync-{linked,foreign} "$root/purged"
equal 'the credentials are gone' '' find "$root/etc/credstore" -name 'ghe-license-sync*'
that 'the user stays' inside getent passwd ghe-license-sync
equal 'and owns nothing' '' inside find / -xdev -user ghe-license-sync
equal 'nor does that of the instance' '' inside find / -xdev -user ghe-license-sync-one
equal 'no unit is left' '' inside systemctl list-unit-files --no-legend 'ghe-license-sync*'
equal 'no link to a unit is left' '' inside find /etc/systemd -name 'ghe-license-sync*' -type l
rm -rf "$lab/upgraded" "$lab/upgraded.deb"
