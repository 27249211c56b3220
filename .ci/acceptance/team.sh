#!/usr/bin/env bash
# Three people, three copies and a stick: joining with digits, scoped access, a request answered by text, offline
# edits, a conflict, a leaver, and a log that was cut. Each person has a local state and a directory of their own;
# nothing but files goes from one to the other.
set -euo pipefail

. "$REPO/.ci/acceptance/people"

# Maria's half hour: a vault, four safes, two people, a stick.
expect 0 as maria opsvault init maria --name 'Contact centre' --member maria --no-passphrase --json
put maria telephony/pbx 'pbx-1'
put maria billing/hosting 'hosting-1'
expect 0 as maria opsvault safe set billing --access lead=manage,agent=request
expect 0 as maria opsvault sync stick --json
[ -f stick/opsvault.yaml ] || fail 'sync made no copy'

enrol ivan agent
enrol vera auditor

# Each reads what the policy gives, and no more.
expect 0 as ivan opsvault show -f password telephony/pbx --reason 'trunk down'
[ "$(cat out)" = pbx-1 ] || fail 'ivan got something else'
expect 11 as ivan opsvault show -f password billing/hosting --reason curious
expect 11 as vera opsvault show -f password telephony/pbx --reason curious
expect 0 as vera opsvault ls --json
has out 'telephony/pbx'
expect 0 as ivan opsvault can ivan read billing/hosting --json
has out '"allowed": *false'
has out '"maria"'

# A request without a network: text goes one way, text comes back.
expect 0 as ivan opsvault request billing/hosting --for 4h --reason 'INC-7' --text
cp out request.txt
expect 0 as maria opsvault approve --text request.txt --yes
cp out answer.txt
expect 0 as ivan opsvault sync --text answer.txt
expect 0 as ivan opsvault show -f password billing/hosting --reason 'INC-7'
[ "$(cat out)" = hosting-1 ] || fail 'the grant gave something else'
expect 0 as maria opsvault grants --json
has out 'billing/hosting'
expect 0 as maria opsvault sync
expect 0 as maria opsvault revoke "$(sed -n 's/.*"id": *"\([0-9a-f]*\)".*/\1/p' <(as maria opsvault grants --json) | head -n 1)"

# Offline edits on both sides: different entries merge by themselves, the same one is a conflict that a person resolves.
expect 0 as ivan opsvault sync
printf 'hosting-2' | as maria opsvault edit billing/hosting --field password --stdin >/dev/null
expect 0 as maria opsvault role give ivan lead
expect 0 as maria opsvault sync
expect 0 as ivan opsvault sync
printf 'pbx-ivan' | as ivan opsvault edit telephony/pbx --field password --stdin >/dev/null 2>&1
rm -rf away && mv stick away # nobody reaches it: both write on
printf 'pbx-ivan-2' | as ivan opsvault edit telephony/pbx --field password --stdin >/dev/null 2>&1
printf 'wifi-1' | as ivan opsvault insert office/wifi --kind wifi --field password --stdin >/dev/null 2>&1
mv away stick
expect 0 as maria opsvault sync
mv stick away
printf 'x-maria' | as maria opsvault edit telephony/pbx --field password --stdin >/dev/null 2>&1
mv away stick
expect 0 as ivan opsvault sync
expect 0 as maria opsvault sync
expect 15 as maria opsvault conflicts
has out 'telephony/pbx'
expect 15 as maria opsvault show -f password telephony/pbx --reason which
expect 0 as maria opsvault resolve telephony/pbx --take maria
expect 0 as maria opsvault show -f password telephony/pbx --reason now
[ "$(cat out)" = x-maria ] || fail 'resolve took another one'
expect 0 as maria opsvault conflicts
expect 0 as maria opsvault show -f password office/wifi --reason merged
expect 0 as maria opsvault sync
expect 0 as ivan opsvault sync
expect 0 as ivan opsvault conflicts

# A leaver: nothing new for him, and a list of what to change.
expect 0 as maria opsvault member rm ivan
put maria telephony/new 'after-ivan'
expect 0 as maria opsvault sync
expect 0 as maria opsvault rotate list --json
has out 'billing/hosting'
has out 'opened'
expect 0 as vera opsvault sync "$PWD/stick"
as ivan opsvault sync >out 2>err || true
got=0; as ivan opsvault show -f password telephony/new --reason x >out 2>err || got=$?
[ "$got" -ne 0 ] || fail 'a leaver read something new'
hasnt out after-ivan

# Everybody's copy is whole, and says so.
for who in maria vera; do
  expect 0 as "$who" opsvault sync
  expect 0 as "$who" opsvault audit verify --full
done

# Maria's own log, cut and signed anew, can't be shown to Vera, who has met it: here the host cuts a copy.
log=$(find stick/logs -name '000001.jsonl' -size +4k | head -n 1)
head -n 3 "$log" >cut && cp cut "$log"
expect 0 as vera opsvault sync # the whole log is put back
expect 0 as vera opsvault audit verify
echo 'team: everything held'
