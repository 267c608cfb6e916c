# shellcheck shell=bash
# A small system with a systemd of its own, in a container; and sandboxes beside it, in its network.
#
# It knows nothing of what is tested. Everything that is started is ended by `clean_up`, each process by its number.

readonly lab=$PWD/target/lab
readonly root=$lab/root
# Another lab may run on this machine.
readonly machine=ghe-lab-$$
# Numbers of the container's manager on the outside, of its init, and of what was started beside it.
nspawn=
init=
neighbors=()
# What every sandbox finds in its environment, as NAME=VALUE.
sandbox_environment=()

give_up() {
    printf 'tests/lab: %s\n' "$1" >&2
    exit 1
}

need_tools() {
    [[ $(id -u) -eq 0 ]] || give_up 'a container needs root'
    local missing=() tool
    for tool in systemd-nspawn:systemd-container debootstrap:debootstrap nsenter:util-linux curl:curl jq:jq \
        faketime:faketime python3:python3; do
        command -v "${tool%%:*}" >/dev/null || missing+=("${tool#*:}")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    printf 'installing %s\n' "${missing[*]}"
    .ci/install "${missing[@]}"
}

# A fresh root, unpacked from an archive that is made once. The same distribution as this machine's, so that what was
# linked here runs there.
make_root() {
    local suite mirror archive
    suite=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    archive=$lab/$suite.tar
    if [[ ! -f $archive ]]; then
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" | head -n 1)
        printf 'making a %s from %s\n' "$suite" "$mirror"
        discard_root
        debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates "$suite" "$root" "$mirror" \
            >"$lab/debootstrap.log" 2>&1 || give_up "no root could be made; see $lab/debootstrap.log"
        tar -C "$root" --one-file-system --exclude=./var/cache/apt/archives/*.deb -cf "$archive.part" .
        mv "$archive.part" "$archive"
    fi
    discard_root
    mkdir "$root"
    tar -C "$root" -xf "$archive"
    # What was logged is there after a reboot, too.
    mkdir -p "$root/var/log/journal"
}

discard_root() {
    [[ ! -d $root ]] || rm -rf --one-file-system "$root"
}

# boot [NETWORK_OPTION]: boots with a network of its own, or with the one that the option of systemd-nspawn names.
boot() {
    # No user, no register: there may be no systemd on the outside.
    # The capability and the call are for the filters of sockets that units have.
    (
        enter_own_cgroups
        exec systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --link-journal=no \
            "${1:---private-network}" --capability=CAP_NET_ADMIN,CAP_BPF --system-call-filter=bpf --console=pipe \
            --machine="$machine"
    ) </dev/null >"$lab/console.log" 2>&1 &
    nspawn=$!
    until [[ -n $init ]]; do
        kill -0 "$nspawn" 2>/dev/null || give_up "the container ended; see $lab/console.log"
        read -r init <"/proc/$nspawn/task/$nspawn/children" || true
        [[ -n $init && $(readlink "/proc/$init/exe") == */systemd ]] || { init='' && sleep 0.2; }
    done
    local deadline=$((SECONDS + 60))
    until inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; do
        [[ $SECONDS -lt $deadline ]] || give_up "the container is not up after a minute; see $lab/console.log"
        sleep 0.2
    done
    free_controllers
}

hierarchies() {
    findmnt --noheadings --raw --types cgroup,cgroup2 --output TARGET
}

# The container's manager would share its groups, and so the services in them, with that of another lab. A hierarchy that
# takes no groups is left alone.
enter_own_cgroups() {
    local hierarchy
    for hierarchy in $(hierarchies); do
        mkdir -p "$hierarchy/$machine" && printf '%d' "$BASHPID" >"$hierarchy/$machine/cgroup.procs"
    done 2>/dev/null || true
}

leave_no_cgroups() {
    local hierarchy
    for hierarchy in $(hierarchies); do
        [[ ! -d $hierarchy/$machine ]] || find "$hierarchy/$machine" -depth -type d -exec rmdir {} +
    done || true
}

# With the first version of cgroups the container's manager may not use controllers. The groups are the container's own.
free_controllers() {
    local controller freed=
    for controller in cpu cpuacct pids; do
        inside mount -o remount,bind,rw "/sys/fs/cgroup/$controller" 2>/dev/null && freed=yes
    done
    [[ -z $freed ]] || inside systemctl daemon-reexec
}

# Shuts the system down and boots it again in the same network, which the newest sandbox holds meanwhile.
reboot() {
    local deadline=$((SECONDS + 60))
    # SIGRTMIN+4 starts poweroff.target; the manager of the container ends with it.
    kill -s RTMIN+4 "$init"
    while kill -0 "$nspawn" 2>/dev/null; do
        [[ $SECONDS -lt $deadline ]] || give_up 'the container did not shut down in a minute'
        sleep 0.2
    done
    wait "$nspawn" || true
    init='' nspawn=''
    boot "--network-namespace-path=/proc/$sandbox/ns/net"
}

# Runs a command in the container.
inside() {
    nsenter --target "$init" --all --root --wd -- /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

# Runs a command of this machine in the container's network.
beside() {
    nsenter --target "$init" --net -- "$@"
}

# start_sandbox NAME [OPTION]...: serves below $lab/NAME, which it leaves with the settings and the credentials.
# The number of its process goes to `sandbox`.
start_sandbox() {
    local directory=$lab/sandbox-$1
    shift
    rm -rf "$directory"
    mkdir -m 0700 "$directory"
    # Not by `beside`: the number would be that of a shell.
    nsenter --target "$init" --net -- env "${sandbox_environment[@]}" "$lab/ghe-license-sync" --json sandbox \
        --directory "$directory" --users 200 "$@" >"$directory/urls" &
    sandbox=$!
    neighbors+=("$sandbox")
    until grep -qs cloud "$directory/urls"; do
        kill -0 "$sandbox" 2>/dev/null || give_up "the sandbox $directory did not start"
        sleep 0.1
    done
}

# start_beside PORT COMMAND...: starts a server of this machine in the container's network and waits for it to listen.
start_beside() {
    local port=$1
    shift
    # Not by `beside`: the number would be that of a shell.
    nsenter --target "$init" --net -- "$@" </dev/null >/dev/null 2>&1 &
    neighbors+=("$!")
    until beside bash -c "true </dev/tcp/127.0.0.1/$port" 2>/dev/null; do
        kill -0 "${neighbors[-1]}" 2>/dev/null || give_up "$1 did not start"
        sleep 0.1
    done
}

stop_sandbox() {
    kill "$1"
    wait "$1" || true
}

# Ends what was started last.
stop_beside() {
    stop_sandbox "${neighbors[-1]}"
}

clean_up() {
    local process
    for process in "${neighbors[@]}"; do
        kill "$process" 2>/dev/null || true
    done
    if [[ -n $init ]]; then
        # The first process of a container takes all others with it.
        kill -KILL "$init" 2>/dev/null || true
    elif [[ -n $nspawn ]]; then
        kill -KILL "$nspawn" 2>/dev/null || true
    fi
    wait
    leave_no_cgroups
    discard_root
    rm -rf "$lab"/sandbox-* "$lab"/upgraded* "$lab"/{pages,explanation,heard,records,said,settings-before,untrusted.pem}
}
