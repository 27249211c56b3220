#!/usr/bin/env bash
# A vault made by opsvault gives up a password to awk, age, sha256sum and ssh-keygen alone, following
# docs/recovery.md to the letter; and the checks of that page see what was touched.
set -euo pipefail

fail() { printf 'recovery: %s\n' "$*" >&2; exit 1; }
blocks=$REPO/.ci/acceptance/recovery-blocks

opsvault init vault --name 'Contact centre' --member maria --safes telephony,billing --no-passphrase --json
export OPSVAULT_DIR=$PWD/vault
for path in telephony/sip-trunk telephony/wifi 'telephony/Запасной канал' billing/hosting; do
  printf 'title: %s\nusername: trunk-7\npassword: "old %s"\n' "$path" "$path" |
    opsvault insert "$path" --kind service --from -
done
printf 'new "quoted" пароль' | opsvault edit telephony/sip-trunk --field password --stdin
opsvault show -f password telephony/sip-trunk --reason 'so that the log has a reveal' >/dev/null
unset OPSVAULT_DIR
identity=$(find "$OPSVAULT_HOME/identities" -name maria.txt)
[ -n "$identity" ] || fail 'init --no-passphrase left no identities/maria.txt'

# From here on: no opsvault.
recover() { "$blocks" "$1" "$2" "$3" >recovery.sh && sh recovery.sh >recovered.txt 2>&1 || true; }

recover "$PWD/vault" "$identity" telephony/sip-trunk
cat recovered.txt
grep -Eq 'new \\?"quoted\\?" пароль' recovered.txt || fail 'no password'
grep -q 'trunk-7' recovered.txt || fail 'no user name'
grep -q 'WRONG' recovered.txt && fail 'the checks call an honest vault wrong'
grep -qi -e 'not found' -e 'no such file' -e 'syntax error' recovered.txt && fail 'a command of the page failed'
[ "$(grep -c '^  good' recovered.txt)" -ge 14 ] || fail 'fewer checks than the page has'
grep -q 'telephony/Запасной канал' recovered.txt || fail 'a Cyrillic path is missing from the list'
grep -q '/entries/.*\.entry$' recovered.txt || fail 'the shortcut found no file'

recover "$PWD/vault" "$identity" billing/hosting
grep -qF 'old billing/hosting' recovered.txt || fail 'no password of the other safe'

# A passphrase, typed at age's own prompt.
printf 'correct horse battery staple orbit lamp\n' >passphrase
OPSVAULT_HOME=$PWD/state2 opsvault init vault2 --name 'Locked' --member anna --safes telephony --passphrase-file passphrase
printf 'title: x\npassword: behind a passphrase\n' |
  OPSVAULT_HOME=$PWD/state2 opsvault insert telephony/x --kind service --from - --vault "$PWD/vault2" --passphrase-file passphrase
locked=$PWD/state2/identities/anna.age
"$blocks" "$PWD/vault2" "$locked" telephony/x >recovery.sh
(sleep 2; cat passphrase; sleep 8) | script -qec 'sh recovery.sh' recovered.txt >/dev/null
grep -q 'behind a passphrase' recovered.txt || { cat recovered.txt; fail 'no password behind a passphrase'; }
grep -q 'WRONG' recovered.txt && fail 'the checks call an honest vault wrong'

# Touched copies: each must be called wrong.
entry=$(cd vault && ls entries/*/*-000002-*.entry)
touched() {
  what=$1
  recover "$PWD/touched" "$identity" telephony/sip-trunk
  grep -q -e 'WRONG' -e 'does not open' recovered.txt || { cat recovered.txt; fail "$what: not noticed"; }
  echo "noticed: $what"
  rm -rf touched
}
cp -r vault touched && sed -i 's/^author maria$/author mario/' "touched/$entry" && touched 'another author in the header'
cp -r vault touched && sed -i '0,/"op":"vault.init"/s//"op":"vault.unit"/' touched/logs/*/000001.jsonl && touched 'an edited log line'
cp -r vault touched && sed -i '2d' touched/logs/*/000001.jsonl && touched 'a log line cut out'
cp -r vault touched &&
  printf '# a comment\n' >>"$(ls touched/policy/000001-*.yaml)" && touched 'an edited policy'
cp -r vault touched && sed -i 's/^label .*/label other/' touched/devices/*.device && touched 'another device file'

# A password of the attacker's choice, sealed to the safe's public recipient and put where the old one was.
cp -r vault touched
recipient=$(cat touched/safes/telephony/*.recipient | grep -o 'age1pq1[a-z0-9]*' | head -n 1)
awk '/^-----BEGIN AGE /{n++} n < 2' "vault/$entry" >"touched/$entry"
printf 'fields:\n  password: theirs\n' | age -a -r "$recipient" >>"touched/$entry"
touched 'a secret put in by somebody else'
echo 'recovery: all good'
