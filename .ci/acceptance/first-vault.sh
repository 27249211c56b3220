#!/usr/bin/env bash
# A first vault as a script drives it: what stdout, --json and the exit codes promise, and what damage does.
set -euo pipefail

fail() { printf 'first-vault: %s\n' "$*" >&2; exit 1; }

# expect CODE COMMAND…: runs it, output into the files out and err, and checks the exit code.
expect() {
  local want=$1 got=0
  shift
  "$@" >out 2>err || got=$?
  [ "$got" -eq "$want" ] || { cat out err >&2; fail "$* exited $got, want $want"; }
}
has() { grep -Eq -- "$2" "$1" || { cat "$1" >&2; fail "no $2 in $1 of the last command"; }; }
hasnt() { ! grep -Eq -- "$2" "$1" || { cat "$1" >&2; fail "$2 in $1 of the last command"; }; }

secret='correct-horse-7/…"'

expect 0 opsvault version
expect 0 opsvault init vault --name 'Contact centre' --member maria --no-passphrase \
  --safes telephony,cabinets,billing,office --json
has out '"vault_id": *"[0-9a-f]{64}"'
has out '"device": *"[a-z2-7]{16}"'
vault_id=$(grep -Eo '[0-9a-f]{64}' out | head -n 1)
[ "$(sha256sum vault/policy/000001-*.yaml | cut -c 1-64)" = "$vault_id" ] || fail 'the vault id is not the hash of policy 1'
expect 2 opsvault init vault --name 'Again' --member maria --no-passphrase
cd vault

# Found from inside the directory, from a directory below, by flag and by variable.
expect 0 opsvault status --json
has out '"name": *"Contact centre"'
has out '"member": *"maria"'
(cd policy && opsvault status --json >/dev/null) || fail 'not found from below'
cd ..
expect 10 opsvault status
expect 0 opsvault --vault vault status
expect 0 opsvault status --vault vault
export OPSVAULT_DIR=$PWD/vault
expect 0 opsvault status

printf 'title: SIP trunk\nurl: https://sip.example.net\nusername: trunk-7\npassword: %s\nfloor: third\n' \
  "'$secret'" >entry.yaml
opsvault insert telephony/sip-trunk --kind sip --from - <entry.yaml >out 2>err || { cat err; fail 'insert --from -'; }
hasnt out 'correct-horse'
hasnt err 'correct-horse'
printf '%s' "$secret" >value
opsvault insert cabinets/Кабинет --kind cabinet --field password --stdin <value || fail 'insert --stdin'
expect 2 opsvault insert telephony/sip-trunk --kind sip --from entry.yaml
opsvault insert telephony/sip-trunk --kind sip --from - <entry.yaml >out 2>err && fail 'a second insert went through'
has err 'edit'
opsvault generate office/wifi --kind wifi </dev/null >out 2>err || { cat err; fail generate; }

expect 0 opsvault show telephony/sip-trunk
hasnt out 'correct-horse'
has out 'SIP trunk'
expect 0 opsvault show -f password telephony/sip-trunk --reason 'trunk down'
[ "$(cat out)" = "$secret" ] || fail 'show -f printed something else'
[ "$(wc -l <out)" -eq 1 ] || fail 'show -f must end its value with one newline'
expect 0 opsvault show telephony/sip-trunk -p
[ "$(cat out)" = "$secret" ] || fail 'show -p'
expect 0 opsvault show -f password 'cabinets/КАБИНЕТ'
[ "$(cat out)" = "$secret" ] || fail 'case twins are one path'
expect 0 opsvault read telephony/sip-trunk#username
[ "$(cat out)" = trunk-7 ] || fail read
expect 0 opsvault show telephony/sip-trunk --json
has out '"kind": *"sip"'
has out '"version": *1'
hasnt out 'correct-horse'
expect 10 opsvault show telephony/nothing
expect 10 opsvault show -f nothing telephony/sip-trunk
expect 2 opsvault show ../etc/passwd
expect 2 opsvault show
expect 2 opsvault nonsense

expect 0 opsvault ls --json
has out '"path": *"telephony/sip-trunk"'
has out '"readable": *true'
hasnt out 'correct-horse'
expect 0 opsvault ls telephony
hasnt out 'office'
expect 0 opsvault find sip.example
has out 'telephony/sip-trunk'

printf 'second' >value
opsvault edit telephony/sip-trunk --field password --stdin <value || fail 'edit --stdin'
expect 0 opsvault show -f password --version 1 telephony/sip-trunk
[ "$(cat out)" = "$secret" ] || fail 'the first version is gone'
expect 0 opsvault show -f password telephony/sip-trunk
[ "$(cat out)" = second ] || fail 'the second version is not shown'
expect 0 opsvault mv telephony/sip-trunk telephony/trunk-a
expect 0 opsvault show -f password telephony/trunk-a
expect 0 opsvault rm telephony/trunk-a
expect 10 opsvault show -f password telephony/trunk-a
expect 0 opsvault restore telephony/trunk-a
expect 0 opsvault show -f password telephony/trunk-a
[ "$(cat out)" = second ] || fail 'restore brought something else back'
expect 0 opsvault history telephony/trunk-a --json
has out '"op": *"delete"'

expect 0 opsvault can maria read telephony/trunk-a --json
has out '"allowed": *true'
expect 0 opsvault who telephony/trunk-a --json
has out '"member": *"maria"'
expect 0 opsvault what maria --json
has out 'telephony/trunk-a'
expect 10 opsvault can nobody read telephony/trunk-a
expect 0 opsvault policy show
expect 0 opsvault policy verify

expect 0 opsvault audit verify --json
has out '"findings": *\[\]'
expect 0 opsvault audit list --op secret.reveal --json
has out 'telephony/sip-trunk'
has out 'trunk down'
hasnt out 'correct-horse'
[ "$(wc -l <out)" -ge 5 ] || fail 'reveals are missing from the log'

# Nothing secret and nothing readable by others on disk.
! grep -rqaF 'correct-horse' vault "$OPSVAULT_HOME" || fail 'a password in clear on disk'
! grep -rqaF 'sip-trunk' vault || fail 'a path in clear in the vault'
[ -z "$(find "$OPSVAULT_HOME" -perm /077)" ] || fail 'local state that others can read'

# Somebody else's machine: the vault is not joined there.
OPSVAULT_HOME=$PWD/elsewhere opsvault show telephony/trunk-a >out 2>err && fail 'a stranger reads the card'
hasnt out '.'

# flip FILE OFFSET: one bit of one byte.
flip() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
  # shellcheck disable=SC2059
  printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
touched() { cp -r vault touched; }
export OPSVAULT_DIR=$PWD/touched

touched
log=$(ls touched/logs/*/000001.jsonl)
flip "$log" 300
expect 13 opsvault audit verify --full --json
has out '"code": *"(EDIT|GAP|TRUNCATED|BADKEY)"'
rm -rf touched

touched
log=$(ls touched/logs/*/000001.jsonl)
sed -i '3d' "$log"
expect 13 opsvault audit verify --full
rm -rf touched

touched
policy=$(ls touched/policy/000001-*.yaml)
flip "$policy" 30
expect 13 opsvault policy verify
rm -rf touched

touched
for file in touched/entries/*/*.entry; do flip "$file" 100; done
expect 13 opsvault show -f password telephony/trunk-a
hasnt out '.'
rm -rf touched

# A copy without a version that this device has seen is not shown as if it were new.
ls vault/entries/*/*.entry >before
OPSVAULT_DIR=$PWD/vault opsvault edit cabinets/Кабинет --field password --stdin <value || fail edit
newest=$(ls vault/entries/*/*.entry | grep -vxFf before)
touched
rm "touched/${newest#vault/}"
expect 13 opsvault show -f password cabinets/Кабинет
hasnt out '.'
expect 0 opsvault show --stale -f password cabinets/Кабинет
[ "$(cat out)" = "$secret" ] || fail '--stale shows what is there'
rm -rf touched

# The original is as it was.
export OPSVAULT_DIR=$PWD/vault
expect 0 opsvault show -f password telephony/trunk-a
[ "$(cat out)" = second ] || fail 'the original was changed'
expect 0 opsvault audit verify --full
echo 'first-vault: all good'
