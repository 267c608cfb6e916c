# shellcheck shell=bash
# Wrong steps of an operator: each explained by `systemctl status`, by `journalctl -x` and by `check`.

# status_tells PATTERN: what systemctl shows matches.
status_tells() {
    says "$1" inside systemctl status --no-pager --full --lines=20 "$unit"
}

# check_tells PATTERN: what the check says to the service's user matches.
check_tells() {
    says "$1" as_service check --offline
}

# A key file instead of the systemd credential: first with the wrong owner, then open to a group, then as it should be.
start_over
key=/etc/ghe-license-sync/key.pem
rm "$root/etc/credstore/ghe-license-sync.connect-private-key"
install -m 0600 "$lab/sandbox-main/credentials/connect-private-key" "$root$key"
setting connect "private-key-file = \"$key\""
that 'a key file of root keeps the service from starting' never inside systemctl start "$unit"
soon 'it is not restarted' failed_with ExecMainStatus 77
soon 'the journal knows the reason' wrote '.REASON == "credentials-missing" and .PRIORITY == "3"'
that 'systemctl status names the file' status_tells "could not be read from $key: Permission denied"
that 'journalctl -x explains it' explained credentials-missing
that 'check names the file' check_tells "could not be read from $key: Permission denied"

mark
inside chown ghe-license-sync:ghe-license-sync "$key"
inside chmod 0640 "$key"
that 'a key file that a group can read keeps the service from starting' never inside systemctl start "$unit"
soon 'it is not restarted' failed_with ExecMainStatus 77
soon 'the journal knows the reason' wrote '.REASON == "credentials-missing" and .PRIORITY == "3"'
that 'systemctl status tells the mode' status_tells "$key is readable by other users \\(mode 0640\\)"
that 'check tells the mode' check_tells "$key is readable by other users \\(mode 0640\\)"
that 'check tells what to do' check_tells "chmod 0600 $key"

inside chmod 0600 "$key"
that 'with the mode that was named check takes the file' check_tells "^good +connect-private-key: .*$key"
that 'and the service starts' inside systemctl start "$unit"
soon 'and is confirmed' status_is 'last run confirmed'
rm "$root$key"

# proxy_told URL WHAT: with the proxy nothing is sent, and what it does is reported.
proxy_told() {
    setting server "proxy = \"$1\""
    sed -i '/^\[server\]$/,/^\[/s|^url = .*|url = "https://github.example.com/"|' "$settings/config.toml"
    that "the service starts with a proxy that $2" inside systemctl start "$unit"
    soon 'the refusal is a record, and a warning' \
        wrote ".REASON == \"proxy-refused\" and .PRIORITY == \"4\" and (.MESSAGE | test(\"$2\"))"
    soon 'the service says so and when it tries again' status_is '^waiting; next at .*proxy-refused'
    that 'systemctl status tells more' status_tells "the proxy did not open a connection \\(.*$2"
    that 'journalctl -x explains it' explained proxy-refused
    that 'check names the proxy' check_tells "way to the server: https://github.example.com/ by the proxy $1"
    that 'the service continues' is_active
}

start_over
proxy_told http://127.0.0.1:9/ 'cannot be reached'
start_over
# The sandbox is no proxy.
proxy_told "$(jq -r .cloud_url "$lab/sandbox-main/urls")" 'it is not a proxy'

# A server whose certificate nobody vouches for.
start_over
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$lab/untrusted.pem" -out "$lab/untrusted.pem.part" 2>/dev/null
cat "$lab/untrusted.pem.part" >>"$lab/untrusted.pem"
rm "$lab/untrusted.pem.part"
start_beside 4433 openssl s_server -quiet -www -accept 127.0.0.1:4433 -cert "$lab/untrusted.pem"
sed -i '/^\[server\]$/,/^\[/s|^url = .*|url = "https://127.0.0.1:4433/"|' "$settings/config.toml"
that 'the service starts with a server that it cannot trust' inside systemctl start "$unit"
soon 'the certificate is a record' wrote '.REASON == "tls-untrusted"'
soon 'the service says so' status_is 'tls-untrusted'
that 'systemctl status tells more' status_tells 'certificate'
that 'journalctl -x explains it' explained tls-untrusted
that 'check tells whom it would ask' check_tells 'way to the server: https://127.0.0.1:4433/'

# A sync that is asked for while a switch is off.
for switch in connect:connect-disabled license-sync:license-sync-disabled; do
    start_over
    sed -i "/^\\[${switch%:*}\\]\$/,/^\\[/s/^enabled = true/enabled = false/" "$settings/config.toml"
    that "the service starts with ${switch%:*} off" inside systemctl start "$unit"
    soon 'it says so' status_is "^gate closed: .*${switch#*:}"
    that 'SIGUSR1 is answered' inside systemctl kill --signal=SIGUSR1 "$unit"
    soon 'by a warning' wrote ".REASON == \"${switch#*:}\" and .PRIORITY == \"4\""
    that 'systemctl status tells it' status_tells "${switch#*:}"
    that 'check tells it' check_tells "gate .*${switch#*:}"
    that 'nothing was sent' uploads 0
done

all_explained connect-disabled license-sync-disabled credentials-missing proxy-refused tls-untrusted
