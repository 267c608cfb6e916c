# shellcheck shell=bash
# The machine boots with a wrong clock, which is set right a minute later: the document waits, and is confirmed in its
# window. The clock is that of the unit; the machine's own cannot be set from a container.

# boot_with OFFSET: the machine boots with the unit enabled and its clock off by so many seconds.
boot_with() {
    take_clocks
    set_clock service "$1"
    if is_daemon; then
        inside systemctl enable --quiet "$unit"
    else
        report_exit_code
        enable_timer
    fi
    mark
    that "the machine boots with $unit and a clock that is off by $1 seconds" reboot
    booted=$SECONDS
    if is_daemon; then
        soon 'the daemon is active' is_active
    else
        soon 'the timer started the service, which failed' says '^77$' exit_code
    fi
}

# refused_by_clock WHICH: the first attempt failed as it does with a clock that is 15 minutes off.
refused_by_clock() {
    soon 'the journal has the reason' told_why credentials-refused
    soon 'and the clock' wrote '.MESSAGE | test("clock is (15m|14m 59s) '"$1"'")'
    soon 'the document stays frozen' last_run_has '.state == "frozen" and .reason == "credentials-refused"'
    that 'its next attempt is in 1 to 2 hours' waits_between 3595 7205
    that 'nothing was sent' uploads 0
    window=$(windows)
    digest=$(last_run_has .frozen.digest | jq -r .)
    before=$(connections)
    attempts=$(last_run_has .attempts)
}

# The clock stays wrong for a minute after the boot.
pass_a_minute() {
    local left=$((booted + 60 - SECONDS))
    [[ $left -le 0 ]] || sleep "$left"
    equal 'no connection was opened in the first minute' "$before" connections
}

# delivered: the document that was refused is confirmed, once and by the run that made it.
delivered() {
    is_daemon || that 'the timer is started again' start_timer
    patience=130 soon 'it is confirmed' last_run_has '.state == "confirmed"'
    is_daemon || stop_timer
    equal 'the cloud took one upload' 1 ask_uploads main
    equal 'it is the document that was frozen' "$digest" digest_of_upload
    equal 'of one run in one window' "$window" windows
}

windows() {
    as_service --json history | jq -r '.runs[].window'
}

digest_of_upload() {
    ask uploads | jq -r '.uploads[0].digest'
}

enabled=$(inside systemctl is-enabled ghe-license-sync.service || true)
play_ahead() {
    play_with "$1"
    boot_with +900
    refused_by_clock ahead
    pass_a_minute
    set_clock service +0
    delivered
    ! is_daemon || inside systemctl disable --quiet "$unit"
}

play_behind() {
    play_with "$1"
    boot_with -900
    refused_by_clock behind
    pass_a_minute
    set_clock service +0
    that 'a start with the right clock, before its time' run_again
    opened_nothing 'opens no connection'
    set_clock sandbox +7200
    set_clock service +7200
    delivered
    ! is_daemon || inside systemctl disable --quiet "$unit"
}

# Each takes a boot and a minute. Two show both errors and both ways to start; .ci/deep plays the other two as well.
play_ahead ghe-license-sync.service
play_behind ghe-license-sync-sync.service
if [[ ${GHE_LICENSE_SYNC_DEEP:-} == 1 ]]; then
    play_behind ghe-license-sync.service
    play_ahead ghe-license-sync-sync.service
fi
play_with ghe-license-sync.service
[[ $enabled != enabled ]] || inside systemctl enable --quiet ghe-license-sync.service
all_explained credentials-refused
