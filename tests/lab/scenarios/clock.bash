# shellcheck shell=bash
# A machine that starts with a wrong clock, which is set right later: the document waits, and is confirmed in its window.

# refused_by_clock WHICH: the first attempt failed as it does with a clock that is 15 minutes off.
refused_by_clock() {
    soon 'the journal has the reason' told_why credentials-refused
    that 'and the clock' wrote '.MESSAGE | test("clock is (15m|14m 59s) '"$1"'")'
    soon 'the document stays frozen' last_run_has '.state == "frozen" and .reason == "credentials-refused"'
    that 'its next attempt is in 1 to 2 hours' waits_between 3595 7205
    that 'nothing was sent' uploads 0
    before=$(connections)
    that 'a start before that time' run_again
    equal 'opens no connection' "$before" connections
}

# delivered: the document that was refused is confirmed, once and by the run that made it.
delivered() {
    is_daemon || that 'the next start sends it' run_again
    patience=130 soon 'it is confirmed' last_run_has '.state == "confirmed"'
    equal 'the cloud took one upload' 1 ask_uploads main
    equal 'it is the document that was frozen' "$digest" digest_of_upload
    equal 'of one run in one window' "$window" windows
}

windows() {
    as_service --json history | jq -r '.[].window'
}

digest_of_upload() {
    ask uploads | jq -r '.uploads[0].digest'
}

for played in ghe-license-sync.service ghe-license-sync-sync.service; do
    play_with "$played"

    take_clocks
    set_clock service +900
    that "$played starts with a clock that is 15 minutes ahead" run_unit 77
    refused_by_clock ahead
    window=$(windows)
    digest=$(last_run_has .frozen.digest | jq -r .)
    set_clock service +0
    delivered

    take_clocks
    set_clock service -900
    that "$played starts with a clock that is 15 minutes behind" run_unit 77
    refused_by_clock behind
    window=$(windows)
    digest=$(last_run_has .frozen.digest | jq -r .)
    set_clock service +0
    before=$(connections)
    that 'a start with the right clock, before its time' run_again
    equal 'opens no connection' "$before" connections
    set_clock sandbox +7200
    set_clock service +7200
    delivered
done
play_with ghe-license-sync.service
all_explained credentials-refused
