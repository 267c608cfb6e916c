# shellcheck shell=bash
# License sync is off, and the daemon watches the servers of the account: no App and no token of a server.

# list_server HOST DAYS: the cloud lists the server with a last sync so many days ago, by its built-in license sync.
list_server() {
    local server
    server=$(jq -n --arg host "$1" --arg at "$(date -u -d "-$2 days" +%FT%TZ)" \
        '{server_id: "6f3f0d6e", hostname: $host, synced_at: $at, status: "'"${3:-success}"'", built_in_sync: true}')
    beside curl --silent --show-error --fail --json "$server" "$(jq -r .cloud_url "$lab/sandbox-main/urls")_sandbox/servers"
}

# by_reader ARGUMENT...: a command of an operator who has the read token.
by_reader() {
    inside systemd-run --quiet --wait --pipe --uid=ghe-license-sync \
        --property=LoadCredential=connect-read-token:ghe-license-sync.connect-read-token ghe-license-sync "$@"
}

# samples METRIC: its samples in the file.
samples() {
    inside cat /run/ghe-license-sync/metrics.prom | grep "^ghe_license_sync_$1{"
}

# metric_is METRIC HOST VALUE: it has this value for the server.
metric_is() {
    samples "$1" | grep -F "host=\"$2\"} $3"
}

# fires ALERT METRIC: by the shipped rules, the sample of the metric as it is in the file fires the alert.
fires() {
    local series
    series=$(samples "$2") || return 1
    cat >"$lab/alert.yml" <<YAML
rule_files: [$PWD/config/alerts/ghe-license-sync.rules.yml]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series: [{series: '${series% *}', values: '${series##* }x12'}]
    promql_expr_test:
      - expr: count(ALERTS{alertname="$1", alertstate="firing"})
        eval_time: 30m
        exp_samples: [{labels: '{}', value: 1}]
YAML
    promtool test rules "$lab/alert.yml"
}

# explained_by_journal SUBJECT: `journalctl -x` has the catalog entry beside the record.
explained_by_journal() {
    inside journalctl --no-pager --catalog --unit="$unit" --since="@$since" >"$lab/explanation" &&
        says "Subject: $1\$" cat "$lab/explanation"
}

start_over
rm "$root/etc/credstore/ghe-license-sync.connect-private-key" "$root/etc/credstore/ghe-license-sync.server-token"
sed -i -e '/^client-id = /d' -e '/^installation-id = /d' -e '/^\[license-sync\]$/,/^\[/s/^enabled = true$/enabled = false/' \
    "$settings/config.toml"
printf '[metrics]\ntextfile = "/run/ghe-license-sync/metrics.prom"\n' >>"$settings/config.toml"
list_server ghes-1.example.com 1
that 'check says that it watches and what is off' \
    says '^watch on: the daemon asks .* nothing is collected or sent' inside ghe-license-sync check --offline
that 'the service starts' inside systemctl start "$unit"
soon 'it says that it watches' received 'The servers of the cloud account are watched'
soon 'the server is fresh' metric_is cloud_server_stale ghes-1.example.com 0

list_server ghes-1.example.com 9
that 'a reload asks at once' inside systemctl reload "$unit"
soon 'the server that turned stale is reported' received 'The license sync of a server is stale'
that 'the journal explains it' explained_by_journal 'The license sync of a server is stale'
for word in 'status --cloud' '--report'; do
    that "and says what to do: $word" says "$word" cat "$lab/explanation"
done
soon 'the metric says so' metric_is cloud_server_stale ghes-1.example.com 1
sentence='the shipped rule fires by it'
if command -v promtool >/dev/null; then
    that "$sentence" fires GheLicenseSyncServerStale cloud_server_stale
else
    cannot_try "$sentence" 'there is no promtool'
fi
that 'status shows it without a question' says '^watch .*1 stale; ghes-1.example.com is stale' as_service status
that 'status --cloud exits with 5' exits_with 5 by_reader status --cloud
that 'and names the server' says '^cloud .*|stale +ghes-1.example.com' by_reader status --cloud
reloads() {
    inside systemctl reload "$unit" && [[ $(records MESSAGE_ID=9a6ce42fc00248839f3ad91f98b09f0a | wc -l) -eq 1 ]]
}
that 'it is reported once, also after a reload' reloads

# The report of the server, as an operator downloads it there.
reporter=$(sed -n 's/^username = "\(.*\)"$/\1/p' "$lab/sandbox-main/config.toml")
server=$(sed -n '/^\[server\]$/,/^\[/s/^url = "\(.*\)"$/\1/p' "$lab/sandbox-main/config.toml")
that 'the report is downloaded' beside curl --silent --show-error --fail --output "$root/var/tmp/all_users.csv" \
    --user "$reporter:$(<"$lab/sandbox-main/credentials/server-token")" "${server}stafftools/reports/all_users.csv"
chmod 0644 "$root/var/tmp/all_users.csv"
# So that the cloud lists its users, as it does after a sync of its own.
that 'the server reports once' beside "$lab/ghe-license-sync" --config "$lab/sandbox-main/config.toml" sync
that 'explain --report explains who is counted twice' \
    says 'certain' by_reader explain --report /var/tmp/all_users.csv --host 127.0.0.1

list_server ghes-1.example.com 0 failure
that 'a reload asks at once' inside systemctl reload "$unit"
soon 'the sync that failed is reported' received 'The last license sync of a server failed'
list_server ghes-1.example.com 0
fault 'status:503*1'
that 'a reload asks at once' inside systemctl reload "$unit"
soon 'a cloud that does not answer is reported' received 'The sync status of the servers could not be read'
that 'a reload asks at once' inside systemctl reload "$unit"
soon 'its answer is reported' received 'The sync status of the servers can be read again'
soon 'and that the server is fresh again' received 'The license sync of a server is fresh again'
soon 'the metric says so' metric_is cloud_server_stale ghes-1.example.com 0

rm "$root/etc/credstore/ghe-license-sync.connect-read-token"
that 'it starts without the token' inside systemctl restart "$unit"
soon 'and says that it does not watch' received 'The servers of the cloud account are not watched'
that 'the service stops' stops_in_time
