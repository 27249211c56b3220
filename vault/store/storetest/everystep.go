package storetest

import (
	"fmt"
	"testing"
)

// maxSteps ends a scenario that never comes to an end.
const maxSteps = 20_000

// Outcome tells a check what happened to the scenario.
type Outcome struct {
	Fault Fault
	Step  int   // the step that failed, counted from 1
	Err   error // what the scenario returned
}

// EveryStep runs a scenario once for each of its steps and each fault, and for
// the faults that stop the process once more with the stop after its end.
//
// Each time, on a new filesystem: setup prepares it, without faults, and what
// it wrote is made durable; then scenario runs, and one of its steps fails as
// the fault says; then, for faults that stop the process, the filesystem is
// restarted; then check is called, without faults. Scenario must open its
// directories through the Faulty (m.Dir), in each call anew, and return the
// first error it meets. It must take the same steps each time.
//
// A check has two things to look at. First, what the fault left: the state
// before, the state after, or something that the next command tells from both,
// never a part that passes for the whole; and when the scenario returned nil,
// the state after, because it has promised durability. Second, that calling
// the scenario's operation again, as the next command would, now works and
// leads to the state after.
//
// setup may be nil. A scenario that takes no step fails the test.
func EveryStep(t *testing.T, setup func(m *Faulty) error, scenario func(m *Faulty) error,
	check func(t *testing.T, m *Faulty, o Outcome)) {
	t.Helper()
	for _, fault := range Faults() {
		for step := 1; !oneStep(t, fault, step, setup, scenario, check); step++ {
			if step == maxSteps {
				t.Fatalf("%s: more than %d steps", fault, maxSteps)
			}
		}
	}
}

// oneStep makes one step fail; last says that there was none left to fail.
func oneStep(t *testing.T, fault Fault, step int, setup, scenario func(m *Faulty) error,
	check func(t *testing.T, m *Faulty, o Outcome)) (last bool) {
	t.Helper()
	m := prepared(t, setup)
	m.FailAt(step, fault)
	err := scenario(m)
	name := fmt.Sprintf("%s at step %d", fault, step)
	if last = m.Steps() < step; last {
		finished(t, step, err)
		if !fault.stops() {
			return last
		}
		name = fault.String() + " after the end"
	}
	m.Restart()
	o := Outcome{Fault: fault, Step: step, Err: err}
	t.Run(name, func(t *testing.T) { check(t, m, o) })
	return last
}

func prepared(t *testing.T, setup func(m *Faulty) error) *Faulty {
	t.Helper()
	m := New()
	if setup == nil {
		return m
	}
	if err := setup(m); err != nil {
		t.Fatalf("setup: %v", err)
	}
	m.Settle()
	return m
}

// finished looks at the run in which no step was left to fail.
func finished(t *testing.T, step int, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("without a fault the scenario fails: %v", err)
	}
	if step == 1 {
		t.Fatal("the scenario takes no step, so nothing was tested")
	}
}
