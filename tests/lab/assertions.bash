# shellcheck shell=bash
# Statements about the service, each with its sentence. The first that does not hold ends everything.

held=0
untried=0

# that SENTENCE COMMAND...: the command succeeds.
that() {
    local sentence=$1
    shift
    if "$@" >"$lab/said" 2>&1; then
        note "$sentence"
    else
        refute "$sentence" "$@"
    fi
}

# soon SENTENCE COMMAND...: the command succeeds within $patience seconds.
soon() {
    local sentence=$1 deadline=$((SECONDS + ${patience:-15}))
    shift
    until "$@" >"$lab/said" 2>&1; do
        [[ $SECONDS -lt $deadline ]] || refute "$sentence" "$@"
        sleep 0.1
    done
    note "$sentence"
}

# equal SENTENCE EXPECTED COMMAND...: the command says exactly that.
equal() {
    local sentence=$1 expected=$2 found
    shift 2
    found=$("$@" 2>&1) || true
    printf 'expected: %s\nfound:    %s\n' "$expected" "$found" >"$lab/said"
    if [[ $found == "$expected" ]]; then
        note "$sentence"
    else
        refute "$sentence" "$@"
    fi
}

# says PATTERN COMMAND...: the command says something that matches the extended regular expression.
says() {
    local pattern=$1
    shift
    "$@" >"$lab/heard" 2>&1 || true
    cat "$lab/heard"
    grep -qE -- "$pattern" "$lab/heard"
}

# exits_with CODE COMMAND...: the command ends with this exit code.
exits_with() {
    local code=0 wanted=$1
    shift
    "$@" || code=$?
    [[ $code -eq $wanted ]]
}

# never COMMAND...: the command fails.
never() {
    ! "$@"
}

note() {
    held=$((held + 1))
    printf 'ok   [%3d s] %s\n' "$SECONDS" "$1"
}

# cannot_try SENTENCE REASON: this machine cannot show whether it holds.
cannot_try() {
    untried=$((untried + 1))
    printf 'not tried [%3d s] %s: %s\n' "$SECONDS" "$1" "$2"
}

refute() {
    local sentence=$1
    shift
    {
        printf 'FAIL [%3d s] %s\n\n$ %s\n' "$SECONDS" "$sentence" "$*"
        cat "$lab/said"
        printf '\n'
        inside systemctl status --no-pager --full "${unit:-ghe-license-sync.service}" || true
        inside journalctl --no-pager --output=short-precise --lines=40 --unit='ghe-license-sync*' || true
    } >&2
    exit 1
}
