exec 2>&1
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT

export INDELIBLE_ADDRESS=unix:$ROOT/indelible.sock
DATA=$ROOT/var/lib/indelible/data
ANCHOR=

# Everything is as it stands but the socket's place, and the answers to questions.
indelible() {
    case "$1 ${2-} $*" in
    *" --yes"* | *" --dry-run"*) command indelible "$@" ;;
    "serve --config "*) exec "$(type -P indelible)" "$@" ;;
    "serve "*) shift; exec "$(type -P indelible)" serve --listen "$INDELIBLE_ADDRESS" "$@" ;;
    "ledger succeed "* | "erase "* | "backup restore "* | *"keys rotate identity"*) command indelible "$@" --yes ;;
    *) command indelible "$@" ;;
    esac
}

# The daemon as an installation has it.
installed() {
    mkdir -p "$ROOT/var/lib/indelible"
    (umask 077; head -c 24 /dev/urandom | base64 > "$ROOT/passphrase")
    systemctl start indelible
}

systemctl() {
    case $1 in
    start)
        command indelible serve --listen "$INDELIBLE_ADDRESS" --data "$DATA" ${ANCHOR:+--anchor "$ANCHOR"} \
            --passphrase-file "$ROOT/passphrase" >> "$ROOT/daemon.log" 2>&1 &
        DAEMON=$!
        command indelible status --wait 60 > /dev/null
        ;;
    stop) kill "$DAEMON"; wait "$DAEMON" || true ;;
    esac
}

# The log of a daemon that systemd does not know, and of a kernel that a container may not ask.
journalctl() { tail -n 200 "$ROOT/daemon.log"; }
dmesg() { command dmesg "$@" 2> /dev/null || true; }

ledger() {
    command indelible ledger create "$1" --quiet > /dev/null
    more "$1"
    # One that reports find something wrong with: no actor, no system.
    printf '{"specversion":"1.0","id":"unnamed","source":"/agent","type":"ai.decision.v1","time":"2026-07-02T08:00:00Z","result":"pass"}\n' |
        command indelible append "$1" - --quiet > /dev/null
}

# A hundred and fifty decisions more, one of them that the pages look for.
more() {
    local first=${NUMBER:-0} number
    NUMBER=$((first + 150))
    for ((number = first; number < NUMBER; number++)); do
        printf '{"specversion":"1.0","id":"d%s","source":"/agent","type":"ai.decision.v1","time":"2026-07-02T08:00:00Z","actor":"mk","system":"scoring","model":"m1","result":"pass"}\n' $number
    done | command indelible append "$1" - --quiet > /dev/null
}

append_about() {
    command indelible append "$1" --id about --source /agent --type com.example.note.v1 --data-subject "$2" > /dev/null
}

# Until the identity key has signed for all of it.
settled() {
    local size published
    for ((tries = 0; tries < 200; tries++)); do
        read -r size published < <(command indelible ledger show "$1" --output json | jq -r '"\(.size) \(.published_size)"')
        [ "$size" = "$published" ] && return
        sleep 0.1
    done
    return 1
}

# As after a repair: the store is the second one, and the first is still there.
a_second_store() {
    systemctl stop indelible
    mv "$DATA/store-0001" "$DATA/store-0002"
    sed -i s/store-0001/store-0002/ "$DATA/live"
    mkdir "$DATA/store-0001"
    systemctl start indelible
}

softhsm2-util() { command softhsm2-util "$@" --pin 1234 --so-pin 1234; }
