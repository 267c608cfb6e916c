# shellcheck shell=bash
# A daemon that hangs is ended by systemd's watchdog and started again. Made to hang by the lab's own build.

cp "$lab/ghe-license-sync" "$root/usr/local/bin/ghe-license-sync"

# hang AT: the daemon hangs there from now on.
hang() {
    start_over
    drop_in hang <<E
[Service]
ExecStart=
ExecStart=/usr/local/bin/ghe-license-sync run
ExecPaths=/usr/local/bin
WatchdogSec=2s
Environment=FAILPOINTS=$1=pause
E
}

hang worker
that 'a service whose loop will hang starts' inside systemctl start "$unit"
patience=30 soon 'the watchdog ends it' wrote '.MESSAGE | test("Watchdog timeout")'
drop_out hang
patience=30 soon 'systemd starts it again' says '^[1-9]' property NRestarts
patience=30 soon 'and it works' status_is 'last run confirmed'

hang run
that 'a service whose run will hang starts' inside systemctl start "$unit"
patience=40 soon 'it sees that the run is stuck' wrote '.REASON == "internal" and (.MESSAGE | test("stuck"))'
patience=30 soon 'the watchdog ends it' wrote '.MESSAGE | test("Watchdog timeout")'
equal 'it said so once' 1 count_messages stuck
drop_out hang
patience=30 soon 'systemd starts it again' says '^[1-9]' property NRestarts
patience=30 soon 'and it works' status_is 'last run confirmed'
equal 'the cloud took exactly one upload' 1 ask_uploads main

# A run that ends in a defect is a failed run and not a dead daemon.
start_over
drop_in panic <<E
[Service]
ExecStart=
ExecStart=/usr/local/bin/ghe-license-sync run
ExecPaths=/usr/local/bin
Environment=FAILPOINTS=run=1*panic
E
that 'a service whose run will panic starts' inside systemctl start "$unit"
soon 'the panic is reported as a defect' wrote '.REASON == "internal" and .PRIORITY == "3" and (.MESSAGE | test("defect"))'
soon 'it waits before the next attempt' status_is '^waiting; next at'
that 'the daemon continues' is_active
equal 'systemd did not have to start it again' 0 property NRestarts
that 'a person may ask for another run' inside systemctl kill --signal=SIGUSR1 "$unit"
soon 'and it works' status_is 'last run confirmed'
drop_out panic
rm "$root/usr/local/bin/ghe-license-sync"
all_explained internal
