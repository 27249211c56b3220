# Runs one step after another for .ci/run, keeps the time of each, and remembers what failed.
# Sourced, not run.

passed=0
failed=()
wanted=("$@")

# wants NAME: whether NAME is to run: no names given, or this one among them.
wants() {
  [ ${#wanted[@]} -eq 0 ] && return 0
  local name
  for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return 0; done
  return 1
}

# step NAME COMMAND…: a step's whole output is shown when it fails, its last lines when it doesn't.
step() {
  local name=$1 log status started=$SECONDS
  shift
  wants "$name" || return 0
  log=$work/$name.log
  printf '=== %s: %s\n' "$name" "$*"
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  if [ $status -eq 0 ]; then
    passed=$((passed + 1))
    tail -n "${OPSVAULT_CI_TAIL:-25}" "$log"
    printf -- '--- ok: %s (%d s)\n' "$name" $((SECONDS - started))
  else
    failed+=("$name")
    tail -n 400 "$log"
    printf -- '--- FAILED: %s (exit %d, %d s)\n' "$name" $status $((SECONDS - started))
  fi
}

summary() {
  printf '\n=== all steps: %d s\n' "$SECONDS"
  local name
  for name in "${failed[@]}"; do printf 'failed: %s\n' "$name"; done
  if [ $((passed + ${#failed[@]})) -eq 0 ]; then
    echo 'no step ran: is the name right?'
    exit 2
  fi
  printf 'steps: %d passed, %d failed\n' "$passed" "${#failed[@]}"
  [ ${#failed[@]} -eq 0 ]
}
