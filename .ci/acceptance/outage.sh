#!/usr/bin/env bash
# The internet is out. Two people and a stick go through the shipped runbook: three routes to an end, a program that is
# killed twice in the middle, a run that is handed over to another machine, goes on on paper and comes back, and a report
# that tells it as it was.
set -euo pipefail

. "$REPO/.ci/acceptance/people"

expect 0 as maria opsvault init maria --name 'Contact centre' --member maria --no-passphrase --json
put maria telephony/sip-trunk 'sip-secret-1'
put maria office/lte-router 'lte-secret-1'
expect 0 as maria opsvault sync stick --json
enrol ivan agent

expect 0 as maria opsvault runbook new --from no-internet --lang en -o no-internet.md
expect 0 as maria opsvault runbook publish no-internet.md
expect 14 as maria opsvault run no-internet --dry-run # nobody is on call
has out 'duty:on-call'
sed -i 's/duty:on-call/member:maria/' no-internet.md # made theirs
expect 0 as maria opsvault runbook lint no-internet.md
expect 0 as maria opsvault runbook publish no-internet.md
expect 0 as maria opsvault sync
expect 0 as ivan opsvault sync
expect 0 as ivan opsvault run no-internet --dry-run

# The first route: it was one machine.
cat >one-machine.yaml <<'END'
answers:
  confirm: {checks: all, inputs: {wan_light: green, began_at: "09:10"}, decision: One machine or one site}
  one-machine: {checks: all, decision: "It works, or only this machine fails"}
END
expect 0 as ivan opsvault run no-internet --answers one-machine.yaml --json
has out '"state": *"done"'

# The second: closed for the day. What was switched is taken back before the run ends.
cat >closed.yaml <<'END'
answers:
  confirm: {checks: all, inputs: {wan_light: red, began_at: "09:10"}, decision: Everything}
  alarm: {checks: all, inputs: {incident_lead: Ivan}}
  first-notice: {checks: all, inputs: {next_update: "09:30"}}
  phones: {checks: all, inputs: {forward_to: "+7 900 000-00-00"}, decision: "Yes"}
  paper: {checks: all}
  provider: {checks: all, inputs: {provider_ticket: T-1, promised_at: nobody knows}, decision: "Longer, or nobody knows"}
  lte: {skip: "the LTE router is at the repair shop", decision: "No"}
  hotspot: {checks: all}
  wait: {checks: all, decision: "Not yet, and it has been two hours"}
  day: {checks: all, decision: Close for today}
  close-day: {checks: all, inputs: {night_phone: Maria}}
  undo-forwarding: {checks: all}
END
expect 5 as maria opsvault run no-internet --answers closed.yaml --json
has out '"kind":"closing"'
has out '"kind":"undo-begun"'
has out '"kind":"aborted"'

# The third, in pieces. Ivan begins; the program is killed twice, wherever it is, and nothing is asked again.
cat >begin.yaml <<'END'
answers:
  confirm: {checks: all, inputs: {wan_light: red, began_at: "11:02"}, decision: Everything}
  alarm: {checks: all, inputs: {incident_lead: Ivan}}
  first-notice: {checks: all, inputs: {next_update: "11:25"}, notices: sent}
  phones: {checks: all, inputs: {forward_to: "+7 900 000-00-00"}, decision: "Yes"}
  paper: {checks: all}
END
# killed N ARGUMENT…: Ivan's opsvault, killed when it has told of N events.
killed() {
  local after=$1 pid
  shift
  rm -f events
  mkfifo events
  OPSVAULT_HOME=$PWD/ivan.home OPSVAULT_DIR=$PWD/ivan opsvault "$@" >events 2>err &
  pid=$!
  { head -n "$after" && kill -9 "$pid" 2>/dev/null && cat; } <events >told || true
  wait "$pid" 2>/dev/null || true
}
killed 3 run no-internet --answers begin.yaml --json
expect 0 as ivan opsvault runs --json
run=$(field run)
killed 9 run --resume "$run" --answers begin.yaml --json
expect 4 as ivan opsvault run --resume "$run" --answers begin.yaml --json
has out '"step":"provider"'

# Handed over: an offer with a word, accepted on another machine. From then on Ivan's machine goes no further.
expect 0 as ivan opsvault run handover "$run" --to maria --brief 'calls run over my mobile' --json
expect 0 as ivan opsvault sync
expect 0 as maria opsvault sync
expect 0 as maria opsvault run accept "$run" --yes --json
cat >provider.yaml <<'END'
answers:
  provider: {checks: all, inputs: {provider_ticket: T-77, promised_at: nobody knows}, decision: "Longer, or nobody knows"}
  lte: {checks: all, decision: "Yes"}
  on-lte: {checks: all}
END
expect 4 as maria opsvault run --resume "$run" --answers provider.yaml --json
expect 0 as maria opsvault sync
expect 0 as ivan opsvault sync
late=0
as ivan opsvault run --resume "$run" --answers provider.yaml --json >out 2>err || late=$?
[ "$late" -ne 0 ] || fail 'ivan went on with a run that maria has'

# The battery: on with paper, and back, with the times that stand on it.
expect 0 as maria opsvault run to-paper "$run" -o live.html --reason 'battery at 15 %'
has live.html 'T-77'
hasnt live.html 'sip-secret-1|lte-secret-1'
cat >sheet.yaml <<'END'
answers:
  wait: {checks: all, decision: "Yes, for ten minutes without a break"}
  restore: {checks: all, decision: "Yes"}
END
expect 0 as maria opsvault run from-paper "$run" --witness Ivan --answers sheet.yaml --at "$(date +%H:%M)" --json
cat >after.yaml <<'END'
answers:
  closing-notice: {checks: all, notices: sent}
  reconcile: {checks: all, inputs: {forms_out: "50", forms_back: "50"}, decision: "Yes, the numbers agree"}
  debrief: {checks: all}
  undo-forwarding: {waive: taken off in step 16}
  undo-lte: {checks: all}
END
expect 0 as maria opsvault run --resume "$run" --answers after.yaml --json
has out '"state": *"done"'

# The report tells it as it was, on both machines alike, and holds no secret. The log is whole.
expect 0 as maria opsvault sync
expect 0 as ivan opsvault sync
for who in maria ivan; do
  expect 0 as "$who" opsvault runs report "$run" --format md
  for told in 'ivan' 'calls run over my mobile' 'T-77' 'battery at 15 %' 'Ivan' 'taken off in step 16'; do has out "$told"; done
  hasnt out 'sip-secret-1|lte-secret-1'
  cp out "report.$who"
done
cmp report.maria report.ivan || fail 'the two reports differ'
expect 0 as maria opsvault runs report "$run" -o report.html
expect 0 as maria opsvault audit verify --full
expect 0 as maria opsvault audit list --run "$run" --json
has out '"op":"run.start"'

echo 'outage: everything held'
