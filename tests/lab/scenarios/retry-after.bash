# shellcheck shell=bash
# The cloud asks for an hour: nobody but a person sends before, and the time is kept over restarts.

# limited: the upload was answered 429 with Retry-After: 3600.
limited() {
    take_clocks
    fault upload:429@3600
    that "$unit starts while the cloud asks for an hour" run_unit 75
    soon 'the journal has the reason' told_why rate-limited
    soon 'the document stays frozen' last_run_has '.state == "frozen" and .reason == "rate-limited" and .attempts == 1'
    that 'its next attempt is in an hour' waits_between 3595 3605
    that 'nothing was sent' uploads 0
    digest=$(last_run_has .frozen.digest | jq -r .)
    before=$(connections)
    attempts=$(last_run_has .attempts)
}

kept_waiting() {
    that "$1" run_again
    is_daemon && soon 'it waits' status_is '^waiting; next at .*rate-limited'
    opened_nothing 'no connection was opened'
}

# delivered: one more attempt was made.
delivered() {
    patience=130 soon 'it is confirmed' last_run_has '.state == "confirmed" and .attempts == 2'
    equal 'the cloud took one upload, the frozen one' "$digest" digests_of_uploads
}

# confirmed_digest_is DIGEST: the last confirmed document is that one.
confirmed_digest_is() {
    { as_service --json status || true; } | jq -e --arg digest "$1" '.last_confirmed.frozen.digest == $digest'
}

digests_of_uploads() {
    ask uploads | jq -r '.uploads[].digest'
}

# A sync by a person at a site with the timer, as in docs/service.md.
sync_by_hand() {
    inside systemd-run --quiet --wait --pipe --uid=ghe-license-sync \
        --property=LoadCredential=connect-private-key:ghe-license-sync.connect-private-key \
        --property=LoadCredential=server-token:ghe-license-sync.server-token ghe-license-sync sync
}

for played in ghe-license-sync.service ghe-license-sync-sync.service; do
    play_with "$played"

    limited
    kept_waiting 'it is started again'
    kept_waiting 'and again'
    if is_daemon; then
        that 'it is reloaded by a person' inside systemctl reload "$unit"
    else
        mark
        start_timer
        soon 'the timer starts it, and it ends' says '^exit code 0$' messages
        equal 'no connection was opened' "$before" connections
        stop_timer
        that 'a person runs a sync' sync_by_hand
    fi
    if is_daemon; then
        delivered
    else
        equal 'the cloud took the frozen document, and no other' "$digest" digests_of_uploads
        that 'which is confirmed' confirmed_digest_is "$digest"
    fi

    limited
    set_clock sandbox +3540
    set_clock service +3540
    kept_waiting 'it is started after 59 minutes'
    set_clock sandbox +3660
    set_clock service +3660
    if is_daemon; then
        delivered
    else
        start_timer
        delivered
        that 'by the timer, which elapses again within the hour' says 'ghe-license-sync-sync.timer' \
            inside systemctl list-timers --no-pager --no-legend ghe-license-sync-sync.timer
        stop_timer
    fi
done
play_with ghe-license-sync.service
all_explained rate-limited
