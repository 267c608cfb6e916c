# shellcheck shell=bash
# The catalog explains nothing that journald never gets. What no other scenario brings about is brought about here.

# gives REASON: a run that begins now ends with a record that has the reason.
gives() {
    that 'the service starts' inside systemctl restart "$unit"
    soon "journald has a record with the reason $1" wrote ".REASON == \"$1\" and .MESSAGE_ID"
}

for case in report:403=permission-missing report:503=server-error report:html=malformed-source \
    upload:html=malformed-answer upload:413=payload-too-large upload:422=rejected; do
    start_over
    fault "${case%=*}"
    gives "${case#*=}"
done

# The server refuses to say who uses a product, and the run continues.
start_over
sed -i '/^\[server\]$/a enterprise = "octo-corp"' "$settings/config.toml"
fault 'products:404*always'
that 'the service starts' inside systemctl restart "$unit"
soon 'journald has a warning that products were refused' \
    wrote '.PRIORITY == "4" and (.MESSAGE | test("says nothing about products")) and .MESSAGE_ID'
soon 'and the list is confirmed' wrote '.STATE == "confirmed"'

# This host name stands under another server ID at the cloud.
start_over
sed -i '/^id = /d' "$settings/config.toml"
fault 'status:other-id*always'
gives identity-conflict

# by_a_person ARGUMENT...: a command that is run so that its log leads to the journal.
by_a_person() {
    inside systemd-run --quiet --wait --uid=ghe-license-sync \
        --property=LoadCredential=connect-private-key:ghe-license-sync.connect-private-key \
        --property=LoadCredential=server-token:ghe-license-sync.server-token ghe-license-sync --verbose "$@"
}

# recorded REASON: since `mark`, journald got a record with the reason, from whatever unit.
recorded() {
    [[ -n $(inside journalctl --quiet --no-pager --since="@$since" --lines=1 --output=cat "REASON=$1") ]]
}

# Beside a run that is on.
start_over
hold_up report
that 'the service starts' inside systemctl start "$unit"
soon 'a run is collecting' run_is collecting
that 'a sync beside it is refused' never by_a_person sync
soon 'journald has a record with the reason already-running' recorded already-running

# What was made for another account.
start_over
fault 'upload:404*always'
that 'the service starts' inside systemctl start "$unit"
soon 'a document waits' last_run_has '.state == "frozen" and .reason == "permission-missing"'
sed -i 's/^enterprise = .*/enterprise = "octo-labs"/' "$settings/config.toml"
gives destination-changed

# from_server PATH [OPTION]...: what the sandbox's server answers there.
from_server() {
    local url
    url=$(sed -n '/^\[server\]$/,/^\[/s/^url = "\(.*\)"$/\1/p' "$lab/sandbox-main/config.toml")
    mkdir -p "$lab/pages/${1%/*}"
    beside curl --silent --show-error --fail --output "$lab/pages/$1" "${@:2}" "${url%/}/$1"
}

# serve_report SED_SCRIPT: from here on a server whose report is the sandbox's, edited; it counts its users as before.
serve_report() {
    local token path
    token=$(<"$lab/sandbox-main/credentials/server-token")
    rm -rf "$lab/pages"
    for path in meta enterprise/settings/license enterprise/stats/users; do
        from_server "api/v3/$path" --header "Authorization: Bearer $token"
    done
    from_server stafftools/reports/all_users.csv --user "$(reporter):$token"
    sed -i "$1" "$lab/pages/stafftools/reports/all_users.csv"
    start_beside 8099 python3 -m http.server --bind 127.0.0.1 --directory "$lab/pages" 8099
    sed -i '/^\[server\]$/,/^\[/s|^url = .*|url = "http://127.0.0.1:8099/"|' "$settings/config.toml"
}

# The name of the administrator whose token it is.
reporter() {
    sed -n 's/^username = "\(.*\)"$/\1/p' "$lab/sandbox-main/config.toml"
}

start_over
serve_report '2,100d'
gives count-mismatch
digest=$(as_service --json status | jq -r '.held.frozen.digest' || true)
that 'a person discards it' by_a_person discard "${digest:0:12}"
soon 'journald has a record with the reason discarded' recorded discarded
stop_beside

start_over
serve_report '2,$d'
gives empty-collection
stop_beside

# A state directory that is lost, a key and a file that cannot be written.
start_over
that 'the service starts' inside systemctl start "$unit"
soon 'and is confirmed' status_is 'last run confirmed'
inside systemctl stop "$unit"
rm -rf "${state:?}"
printf 'no key\n' >"$root/etc/credstore/ghe-license-sync.fingerprint-key"
printf '[metrics]\ntextfile = "/etc/ghe-license-sync.prom"\n' >>"$settings/config.toml"
that 'it starts without its state' inside systemctl start "$unit"
soon 'it continues' status_is 'last run confirmed'
rm "$root/etc/credstore/ghe-license-sync.fingerprint-key"

# A file for a person, which nobody uploads for two days.
start_over
inside install -d -m 0700 -o ghe-license-sync -g ghe-license-sync /srv/license-usage
printf '[Service]\nReadWritePaths=/srv/license-usage\nNoExecPaths=/srv/license-usage\n' \
    >"$root/etc/systemd/system/$unit.d/license-usage.conf"
inside systemctl daemon-reload
sed -i '/^\[license-sync\]$/a delivery = "file"\ndirectory = "/srv/license-usage"' "$settings/config.toml"
that 'the service starts' inside systemctl restart "$unit"
soon 'journald has a record that the file was written' wrote '.STATE == "written" and .MESSAGE_ID'
inside systemctl stop "$unit"
python3 - "$state/state.db" <<'END'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute("UPDATE run SET written_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 days') WHERE state = 'written'")
END
that 'the service starts' inside systemctl start "$unit"
soon 'journald has a reminder of the file' wrote '.MESSAGE | test("has waited since")'
rm -r "$root/etc/systemd/system/$unit.d/license-usage.conf" "$root/srv/license-usage"
inside systemctl daemon-reload

# Entries of the catalog of which journald got no record, one subject a line.
never_received() {
    local id subject
    while read -r id subject; do
        [[ -n $(inside journalctl --quiet --no-pager --lines=1 --output=cat "MESSAGE_ID=$id") ]] || printf '%s\n' "$subject"
    done < <(awk '/^-- / { id = $2 } /^Subject: / { sub("^Subject: ", ""); print id, $0 }' \
        config/journald/ghe-license-sync.catalog)
}

sentence='journald got a record for each entry of the catalog'
if [[ ${#scenarios[@]} -eq ${#all_scenarios[@]} ]]; then
    equal "$sentence" '' never_received
else
    cannot_try "$sentence" 'only some scenarios are played'
fi
