# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ghe_license_sync_global_optspecs
    string join \n config= instance= set= v/verbose json h/help V/version
end

function __fish_ghe_license_sync_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ghe_license_sync_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ghe_license_sync_using_subcommand
    set -l cmd (__fish_ghe_license_sync_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "run" -d 'Runs the daemon in the foreground: it syncs by the schedule, each week by default'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "sync" -d 'Runs one sync now: collect, freeze, send, confirm'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "upload" -d 'Sends a document from a file, and waits for the confirmation as a sync does'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "review" -d 'Shows how today\'s list differs from the last confirmed one, while a list is held for review'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "approve" -d 'Releases the document that is held for review, once'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "discard" -d 'Deletes the document that is held for review; it is never sent'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "status" -d 'Shows the gate, the last runs, the outbox and the health'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "export" -d 'Writes the document that a sync would send to a file or to standard output, and sends nothing'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "check" -d 'Checks settings, credentials and trust roots, and shows what is in force'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "history" -d 'Lists past runs, the newest first'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "report" -d 'Reports the licenses that the cloud counts as consumed; needs only Connect enabled, and sends nothing'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_needs_command" -f -a "explain" -d 'Explains why users are counted twice, how certain that is, and how many licenses a fix frees'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand run" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -l dry-run -d 'Shows the counts of what would be sent; freezes and sends nothing'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -l scheduled -d 'Does only what is due, by the schedule and the waits in the store; for a timer'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand sync" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -l sha256 -d 'The SHA-256 of the file, from the host that wrote it, in the place of that in FILE.sha256' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -l max-age -d 'How old the list in it may be' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand upload" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -l show-users -d 'Lists the new users by ID and login'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand review" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand approve" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand discard" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -l cloud -d 'Shows the last sync of each server of the account, as the cloud lists it; needs only Connect enabled, and sends nothing'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand status" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l output -d 'Writes the document to a new file, or to one in this directory that is named by time, server and digest, which its owner alone can read, and a checksum for `sha256sum -c` beside it; `-` is standard output [default: standard output]' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l force -d 'Replaces a file that is there'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l frozen -d 'Exports the document that waits in the store, frozen, held or written to a file, and asks no server'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand export" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -l offline -d 'Opens no connection'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand check" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -l limit -d 'How many runs at most' -r
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -l format -d 'As a table for people, as CSV with the counts for a spreadsheet, or like `--json` [default: table]' -r -f -a "table\t''
csv\t''
json\t''"
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand history" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l format -d 'How the report is written, a table by default; `--json` is the same as `--format json`, and `html` is a page with charts' -r -f -a "table\t''
csv\t''
json\t''
html\t''"
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l output -d 'Writes the report to a new file, which its owner alone can read; `-` is standard output' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l report -d 'The same with the server\'s list from an all-users report that was downloaded; it does not connect to the server' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l host -d 'The server\'s host name in the cloud\'s list, if it is not that of `server.url`' -r -f -a "(__fish_print_hostnames)"
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l show-users -d 'Lists every license with login and addresses, in CSV, JSON and HTML'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l force -d 'Replaces a file that is there'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l explain -d 'Reads the server\'s list as well, and shows why users are counted twice and what fixing it frees, as `explain` does'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -s h -l help -d 'Print help'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand report" -s V -l version -d 'Print version'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l report -d 'Takes the server\'s list from an all-users report that was downloaded, and does not connect to the server' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l host -d 'The server\'s host name in the cloud\'s list, if it is not that of `server.url`' -r -f -a "(__fish_print_hostnames)"
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l graphql -d 'Answers of the cloud\'s GraphQL API that were saved as JSON: `externalIdentities`, `enterpriseServerInstallations` with `userAccounts`, `domains`. What they hold is taken from them alone. Can be repeated' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l format -d 'How the answer is written; `--json` is the same as `--format json`' -r -f -a "table\t''
csv\t''
json\t''"
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l output -d 'Writes the answer to a new file, which its owner alone can read; `-` is standard output' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l config -d 'The settings file' -r -F
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l instance -d 'One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l set -d 'Sets one key over file and environment, like `--set log.level=debug`' -r -f
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l show-users -d 'Lists every fix with logins and addresses'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l force -d 'Replaces a file that is there'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -s v -l verbose -d 'Writes the log to standard error as well'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -l json -d 'Answers in JSON'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ghe-license-sync -n "__fish_ghe_license_sync_using_subcommand explain" -s V -l version -d 'Print version'
