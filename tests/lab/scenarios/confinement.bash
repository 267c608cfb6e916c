# shellcheck shell=bash
# What the service cannot do, asked from within: a probe runs before it, shut in as it is.

start_over
mkdir -p "$root/home/person"
printf 'private\n' >"$root/home/person/file"
chmod -R a+rX "$root/home/person"
cp tests/lab/probe "$root/usr/local/bin/probe"
drop_in probe <<<$'[Service]\nExecStartPre=/bin/sh /usr/local/bin/probe'
that 'the service starts with a probe before it' inside systemctl start "$unit"
equal 'the probe can do what the service needs, and nothing else' "$(sed -n 's/^# expected: //p' tests/lab/probe)" probed

pid=$(main_pid)
for line in NoNewPrivs:.1 Seccomp:.2 CapEff:.0000000000000000 CapBnd:.0000000000000000 CapAmb:.0000000000000000; do
    that "the daemon's status has $line" says "^$line\$" inside cat "/proc/$pid/status"
done
that 'it leaves no core file' says '^Max core file size +0 +0 ' inside cat "/proc/$pid/limits"
rm -r "$root/usr/local/bin/probe" "$root/home/person"
