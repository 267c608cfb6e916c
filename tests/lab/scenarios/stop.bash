# shellcheck shell=bash
# Stopping in every state: within ten seconds, and without losing or doubling anything.

for moment in report:collecting upload:sending location:accepted; do
    point=${moment%:*} in_state=${moment#*:}
    start_over
    hold_up "$point"
    that "the service starts towards $in_state" inside systemctl start "$unit"
    soon "a run is $in_state" run_is "$in_state"
    that 'the service stops within ten seconds' stops_in_time
    soon 'it says what happens to the run' wrote '.MESSAGE | test("^stopped during a run")'
    that 'it starts again' inside systemctl start "$unit"
    patience=40 soon 'the run comes to its end' status_is 'last run confirmed'
    equal 'the cloud took exactly one upload' 1 ask_uploads main
done
that 'the service stops at once when it is idle' stops_in_time
