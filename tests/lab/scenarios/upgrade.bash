# shellcheck shell=bash
# A higher version in its place, then away with it, then with everything.

start_over
that 'the service is enabled and started' inside systemctl enable --now "$unit"
soon 'and confirmed' status_is 'last run confirmed'

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
that 'the settings are as they were' cmp "$lab/settings-before" "$settings/config.toml"
soon 'the history is there' status_is '^waiting; next at .*last run confirmed'
equal 'and nothing was sent again' 1 ask_uploads main

that 'the package can be removed' inside dpkg --remove ghe-license-sync
equal 'its service is stopped' inactive inside systemctl is-active "$unit"
that 'the settings stay' test -f "$settings/config.toml"
that 'the state stays' test -f "$state/state.db"
that 'the package can be purged' inside dpkg --purge ghe-license-sync
that 'the settings are gone' test ! -e "$settings"
that 'the state is gone' test ! -e "$state"
equal 'the credentials are gone' '' find "$root/etc/credstore" -name 'ghe-license-sync*'
that 'the user stays' inside getent passwd ghe-license-sync
equal 'and owns nothing' '' inside find / -xdev -user ghe-license-sync
equal 'no unit is left' '' inside systemctl list-unit-files --no-legend 'ghe-license-sync*'
equal 'no link to a unit is left' '' inside find /etc/systemd -name 'ghe-license-sync*' -type l
rm -rf "$lab/upgraded" "$lab/upgraded.deb"
