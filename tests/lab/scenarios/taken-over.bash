# shellcheck shell=bash
# One of two instances is taken over: whatever runs in its unit does not reach the other, and what it leaves in its state
# directory makes root change nothing elsewhere.

# What the process listens on, one socket a line: the inode.
listening() {
    inside sh -c "
        { awk '\$4 == \"0A\" { print \$10 }' /proc/net/tcp /proc/net/tcp6
          awk '\$4 == \"00010000\" { print \$7 }' /proc/net/unix; } | sort >/tmp/listening
        ls -l /proc/$1/fd | sed -n 's/.*socket:\[\([0-9]*\)\]\$/\1/p' | sort | comm -12 - /tmp/listening
        rm /tmp/listening"
}

# What was created or changed since the file was, outside of the instance, its private /tmp and the journal.
changed_elsewhere() {
    inside find / -xdev -cnewer /before -not -path '/var/lib/ghe-license-sync-one*' -not -path '/tmp*' \
        -not -path '/var/tmp*' -not -path '/var/log/journal/*'
    inside find /run/ghe-license-sync-two /run/nologin -cnewer /before 2>/dev/null || true
}

# baited KIND FILE: root looks into what was left in the place of the file, and starts the real service on it.
baited() {
    local command
    probe_alone bait "Environment=KIND=$1 FILE=$2"
    drop_out probe
    inside touch /before
    for command in status history 'check --offline'; do
        that "$command of root ends, with $1 in the place of $2" \
            never exits_with 124 inside sh -c "timeout 20 ghe-license-sync --instance one $command"
    done
    inside timeout 60 systemctl start "$unit" 2>/dev/null || true
    inside systemctl stop "$unit"
    inside systemctl reset-failed "$unit" 2>/dev/null || true
    equal 'nothing was changed elsewhere' '' changed_elsewhere
}

inside systemctl stop ghe-license-sync.service
rm -rf "$root"/var/lib/ghe-license-sync-{one,two}
seed=20
for name in one two; do
    seed=$((seed + 1))
    settle_instance "$name" --seed "$seed"
    unit=ghe-license-sync@$name.service
    mark
    that "$name starts" inside systemctl start "$unit"
    soon "$name is confirmed" status_is 'last run confirmed'
done
other=$(main_pid)
equal 'the other has no socket that one could connect to' '' listening "$other"

unit=ghe-license-sync@one.service
install_probe intruder
that 'one is taken over' probe_alone intruder "Environment=OTHER=two OTHER_PID=$other"
equal 'the intruder can read what is public, write to what is its own, and nothing else' "$(expected_of intruder)" probed
equal 'there is no set-user-ID file of the intruder' '' inside find / -xdev -user ghe-license-sync-one -perm /6000
unit=ghe-license-sync@two.service
equal 'the other was not restarted' "$other" main_pid
that 'and is active' is_active
# It changes its own state when it runs.
inside systemctl stop "$unit"

unit=ghe-license-sync@one.service
install_probe bait
for kind in /etc/nologin /run/nologin /etc/passwd /var/lib/ghe-license-sync-two/state.db fifo socket directory; do
    for file in state.db state.db-wal state.db-shm opening.lock daemon.lock; do
        baited "$kind" "$file"
    done
done
rm -rf "$root"/usr/local/bin/{can,intruder,bait} "$root/before" "$root/var/lib/ghe-license-sync-one"
unit=ghe-license-sync.service
