# shellcheck shell=bash
# `kill -9` in the middle of a run: systemd starts the service again, and the run continues to one upload.

# The place where the sandbox makes a run take long, and the state it is in then.
for moment in report:collecting upload:sending location:accepted; do
    point=${moment%:*} in_state=${moment#*:}
    start_over
    hold_up "$point"
    that "the service starts towards $in_state" inside systemctl start "$unit"
    soon "a run is $in_state" run_is "$in_state"
    killed=$(main_pid)
    inside systemctl kill --signal=KILL --kill-who=main "$unit"
    soon 'systemd starts it again' restarts 1
    that 'as another process' test "$(main_pid)" != "$killed"
    if [[ $in_state == collecting ]]; then
        soon 'it waits before it collects again' status_is '^waiting; next at .*last run failed'
        that 'for 5 to 10 minutes' waits_between 295 605
        that 'unless a person reloads it' inside systemctl reload "$unit"
    fi
    patience=40 soon 'the run comes to its end' status_is 'last run confirmed'
    equal 'the cloud took exactly one upload' 1 ask_uploads main
    [[ $in_state == collecting ]] ||
        soon 'that it was resumed is in the journal' received 'An unfinished run continues'
    that 'nothing waits any more' says '^outbox +empty$' as_service status
done
