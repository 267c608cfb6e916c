# shellcheck shell=bash
# What an operator sees when it does not work: by `systemctl status` and in the journal.

# A setting that is wrong: told at the start, and left to a person.
start_over
sed -i 's/^enterprise = .*/enterprize = "typo"/' "$settings/config.toml"
that 'a wrong setting keeps the service from starting' never inside systemctl start "$unit"
soon 'it is not restarted' failed_with ExecMainStatus 78
that 'the service says that it did not start' status_is '^did not start: '
soon 'the journal shows the line' wrote '.MESSAGE | test("enterprize")'

# A credential that is missing.
start_over
rm "$root/etc/credstore/ghe-license-sync.server-token"
that 'a missing credential keeps the service from starting' never inside systemctl start "$unit"
soon 'it is not restarted' failed_with ExecMainStatus 77
that 'the service says which is missing' status_is '^did not start: server-token'
soon 'the journal names the credential' wrote '.MESSAGE | test("server-token")'

# A key that is none.
start_over
printf 'no key\n' >"$root/etc/credstore/ghe-license-sync.connect-private-key"
that 'a key that is none keeps the service from starting' never inside systemctl start "$unit"
soon 'it is not restarted' failed_with ExecMainStatus 77
soon 'the journal names the key' wrote '.MESSAGE | test("connect-private-key")'

# A token that the server refuses.
start_over
printf 'ghp_wrong\n' >"$root/etc/credstore/ghe-license-sync.server-token"
that 'the service starts with a token that looks good' inside systemctl start "$unit"
soon 'the refusal is a record' wrote '.REASON == "credentials-refused" and .PRIORITY == "3"'
soon 'the service says so' status_is 'credentials-refused'
soon 'journalctl finds it by the reason' wrote 'true' REASON=credentials-refused
that 'the service continues' is_active
that 'nothing was sent' uploads 0

# A key that the cloud does not know.
start_over
openssl genrsa -traditional 2048 >"$root/etc/credstore/ghe-license-sync.connect-private-key" 2>/dev/null
that 'the service starts with a key that looks good' inside systemctl start "$unit"
soon 'the refusal is a record' wrote '.REASON == "credentials-refused" and .PRIORITY == "3"'
soon 'the service says so and keeps the document' status_is 'last run frozen.*credentials-refused'
that 'nothing was sent' uploads 0

# A server that is not there.
start_over
stop_sandbox "$main_sandbox"
main_sandbox=
that 'the service starts without its server' inside systemctl start "$unit"
soon 'the server is a record, and a warning' wrote '.REASON == "unreachable-server" and .PRIORITY == "4"'
soon 'the service says so and when it tries again' status_is '^waiting; next at .*unreachable-server'
equal 'it is reported once' 1 count_messages 'no license usage was sent'
that 'the service continues' is_active
all_explained config-invalid credentials-missing credentials-refused unreachable-server
