# shellcheck shell=bash
# The files of the RPM and its scripts, run as rpm runs them: this system has no rpm of its own.

rpm=$(echo target/rpm/*.rpm)

# script WHEN COUNT: runs the script; COUNT tells how many versions will be there afterwards.
script() {
    rpm --query --package --queryformat "%{$1}" "$rpm" | inside sh -es "$2"
}

# files COMMAND...: gives the paths of the package to the command.
files() {
    rpm --query --package --list "$rpm" | sed "s|^|$root|" | xargs "$@"
}

inside dpkg --purge ghe-license-sync >/dev/null 2>&1
{ rpm2cpio "$rpm" || true; } | (cd "$root" && cpio --quiet --extract --make-directories --unconditional)
that 'the files of the RPM are there' files ls
that 'the script after the installation succeeds' script POSTIN 1
that 'there is a user without a shell' says ':/usr/sbin/nologin$' inside getent passwd ghe-license-sync
equal 'the place of the credentials is root'"'"'s alone' 'root:root 700' inside stat -c '%U:%G %a' /etc/credstore
equal 'the service is not enabled' disabled inside systemctl is-enabled "$unit"
equal 'the service is not started' inactive inside systemctl is-active "$unit"

that 'it can be enabled and started' inside systemctl enable --now "$unit"
that 'it says that the gate is closed' status_is '^gate closed: .*connect-disabled'
before=$(main_pid)
that 'the script of an upgrade succeeds' script POSTIN 2
that 'the service runs again' is_active
that 'as another process' test "$(main_pid)" != "$before"
before=$(main_pid)
that 'the scripts of the version that goes succeed' script PREUN 1
that 'one by one' script POSTUN 1
equal 'and leave the service alone' "$before" main_pid

settle_instance one --seed 41
that 'an instance can be enabled and started' inside systemctl enable --now ghe-license-sync@one.service
that 'the script before the removal succeeds' script PREUN 0
equal 'the service is stopped' inactive inside systemctl is-active "$unit"
equal 'and so is the instance' inactive inside systemctl is-active ghe-license-sync@one.service
files rm
that 'the script after the removal succeeds' script POSTUN 0
equal 'no unit is left' '' inside systemctl list-unit-files --no-legend 'ghe-license-sync*'
equal 'no link to a unit is left' '' inside find /etc/systemd -name 'ghe-license-sync*' -type l
