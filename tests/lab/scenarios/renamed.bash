# shellcheck shell=bash
# The enterprise server gets another name while the cloud processes what it sent: it stays the same server to the cloud.

server_ids() {
    listed_servers | cut -d ' ' -f 1
}

# The server ID and the name in each upload, one a line.
senders() {
    local id
    for id in $(ask uploads | jq -r '.uploads[].id'); do
        ask "uploads/$id/body" | zcat | jq -r '.server | "\(.id) \(.hostname)"'
    done
}

grep -qs '^127\.0\.0\.1.*localhost' "$root/etc/hosts" || printf '127.0.0.1 localhost\n' >>"$root/etc/hosts"
for played in ghe-license-sync.service ghe-license-sync-sync.service; do
    play_with "$played"
    start_over
    fault location:latency=60s
    that "$played starts" inside systemctl start --no-block "$unit"
    soon 'the cloud accepted a document' last_run_has '.state == "accepted"'
    listed=$(server_ids)
    id=$(last_run_has .destination.server_id | jq -r .)
    equal 'under the ID of this server' "$id" server_ids
    that 'the service is stopped' inside systemctl stop "$unit"
    sed -i '/^\[server\]$/,/^\[/s|^url = "http://127\.0\.0\.1:|url = "http://localhost:|' "$settings/config.toml"
    that 'the server has another name in the settings' says '^url = "http://localhost:' cat "$settings/config.toml"
    fault clear
    that 'the service starts with it' run_unit
    patience=40 soon 'the document is confirmed' last_run_has '.state == "confirmed" and .receipt != null'
    equal 'it was one upload' 1 ask_uploads main
    that 'no conflict was reported' never wrote '.REASON == "identity-conflict"'
    equal 'the cloud lists the same server' "$listed" server_ids

    # The next list comes by the new name.
    if is_daemon; then
        that 'SIGUSR1 asks for a sync' inside systemctl kill --signal=SIGUSR1 "$unit"
    else
        that 'a person runs a sync' inside systemd-run --quiet --wait --pipe --uid=ghe-license-sync \
            --property=LoadCredential=connect-private-key:ghe-license-sync.connect-private-key \
            --property=LoadCredential=connect-read-token:ghe-license-sync.connect-read-token \
            --property=LoadCredential=server-token:ghe-license-sync.server-token ghe-license-sync sync
    fi
    patience=40 soon 'the cloud took a second upload' uploads 2
    soon 'which is confirmed' last_run_has '.state == "confirmed" and .hostname == "localhost"'
    equal 'both came from one server ID, by two names' "$id 127.0.0.1
$id localhost" senders
    equal 'the cloud lists one server, by the new name' "$id localhost" listed_servers
    that 'no conflict was reported' never wrote '.REASON == "identity-conflict"'
done
play_with ghe-license-sync.service
