# shellcheck shell=bash
# What the service cannot do, asked from within: a probe runs before it, equally confined. Then the probe runs once more
# for each directive that stops something: with the directive reset, it can do that.

# controlled FILE...: what these files of the unit's control group say, in either version of cgroups.
controlled() {
    local group file
    group=$(property ControlGroup)
    for file in "$@"; do
        inside sh -c "cat /sys/fs/cgroup$group/$file /sys/fs/cgroup/*$group/$file 2>/dev/null" || true
    done | xargs
}

# lacking WHAT: why this machine cannot show what the probe can do, if so.
lacking() {
    case $1 in
        'start a hundred processes')
            [[ -n $processes ]] || printf 'the controller pids is not available'
            ;;
        'send to a multicast group')
            ! inside journalctl --quiet --no-pager --grep='does not support BPF/cgroup firewalling' >/dev/null ||
                printf 'the service manager cannot use BPF'
            ;;
        'bind a port')
            ! says '-BPF_FRAMEWORK' inside systemctl --version >/dev/null ||
                printf 'the service manager was built without BPF_FRAMEWORK'
            ;;
    esac
}

# needed DIRECTIVE WHAT: with the directive, which resets one of the unit, the probe can do this.
needed() {
    local reason
    reason=$(lacking "$2")
    if [[ -n $reason ]]; then
        cannot_try "it cannot $2" "$reason"
        lacked+=("$2: yes")
        return
    fi
    probe_alone probe "$1"
    that "with ${1%%=*}= reset it can $2" finds "$2: yes"
}

start_over
mkdir -p "$root/home/person"
printf 'private\n' >"$root/home/person/file"
chmod -R a+rX "$root/home/person"
# By mistake.
install -m 0644 "$root/home/person/file" "$root/etc/credstore/open-to-all"
chmod 0755 "$root/etc/credstore"
install_probe probe

for command in /bin/true "$(inside sh -c 'echo /lib*/ld-linux-*.so.[12] | cut -d " " -f 1') /bin/true"; do
    drop_in other <<<"[Service]"$'\n'"ExecStartPre=$command"
    that "$command cannot be started in the unit" never inside systemctl start "$unit"
    inside systemctl stop "$unit"
done
soon 'since it is not executable there' wrote '.MESSAGE | test("Failed at step EXEC spawning /bin/true: Permission denied")'
soon 'and cannot be loaded by another program' wrote '.MESSAGE | test("/bin/true: failed to map segment from shared object")'
drop_out other

drop_in probe <<<$'[Service]\nExecStartPre=/usr/local/bin/probe\nExecPaths=/usr/bin /usr/local/bin'
that 'the service starts with a probe before it' inside systemctl start "$unit"
mapfile -t found < <(probed)
pid=$(main_pid)
for line in NoNewPrivs:.1 Seccomp:.2 CapEff:.0000000000000000 CapBnd:.0000000000000000 CapAmb:.0000000000000000; do
    that "the daemon's status has $line" says "^$line\$" inside cat "/proc/$pid/status"
done
that 'it leaves no core file' says '^Max core file size +0 +0 ' inside cat "/proc/$pid/limits"
processes=$(controlled pids.max)
[[ -z $processes ]] || equal 'it has 64 processes and threads at most' 64 controlled pids.max
if [[ -n $(controlled cpu.cfs_quota_us cpu.max) ]]; then
    equal 'it takes one processor at most' '100000 100000' controlled cpu.max cpu.cfs_quota_us cpu.cfs_period_us
else
    cannot_try 'it takes one processor at most' 'the controller cpu is not available'
fi

inside systemctl stop "$unit"
lacked=(none)
needed NoExecPaths= 'run a program that it wrote'
needed InaccessiblePaths= 'read a credential whose mode is wrong'
needed InaccessiblePaths= 'connect to the system bus'
needed InaccessiblePaths= 'write to shared memory'
needed ReadOnlyPaths= 'write to /run/lock'
needed SystemCallFilter=memfd_create 'run a program in memory'
needed TasksMax=infinity 'start a hundred processes'
needed IPAddressDeny= 'send to a multicast group'
needed SocketBindDeny= 'bind a port'
equal 'with none of them reset it can do what the service needs, and nothing else' \
    "$(expected_of probe | grep -Fvx -f <(printf '%s\n' "${lacked[@]/%: yes/: no}"))" \
    grep -Fvx -f <(printf '%s\n' "${lacked[@]}") <(printf '%s\n' "${found[@]}")
drop_out probe
rm -r "$root"/usr/local/bin/{can,probe} "$root/home/person" "$root/etc/credstore/open-to-all"
chmod 0700 "$root/etc/credstore"
